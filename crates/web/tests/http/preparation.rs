//! Preparing an edition over HTTP: saved, previewed by those who may, published once, and told to
//! those who follow.

use axum::http::StatusCode;
use dfg_plan::{
    Draft, Key, Kind, Slug,
    change::{Action, Change},
};
use jiff::Timestamp;

use crate::{access::Desk, site::now};

const SECRET: &str = "The quiet wording that nobody has read yet";
const ACTIVITY: &str = "/activities/national-edge-ai-hub";

fn later() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

/// Records a change that no edition includes.
async fn record(desk: &Desk, summary: &str) {
    let mut history = desk.store.load(|_, _| ()).await.unwrap();
    let fields = serde_json::json!({ "summary": summary });
    let draft = Draft {
        actor: "programme lead".to_owned(),
        reason: "the partners found better words".to_owned(),
        changes: vec![Change {
            key: Key::new(Kind::Activity, Slug::parse("national-edge-ai-hub").unwrap()),
            on: None,
            action: Action::Set(fields.as_object().cloned().unwrap().into_iter().collect()),
        }],
        ..Draft::default()
    };
    let sealed = draft.seal(history.head(), later(), crate::site::TODAY);
    desk.store.append(&sealed, &[]).await.unwrap();
    history.append(sealed).unwrap();
    desk.site.replace(history);
}

fn hidden(body: &str, name: &str) -> String {
    let from = format!("name=\"{name}\" value=\"");
    let rest = body.split_once(&from).unwrap().1;
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_edition_is_saved_previewed_and_published() {
    let desk = Desk::with_ledger(later).await;
    let (_, lead) = desk
        .signed_in("lead@example.org", &["programme-lead"])
        .await;
    let nothing = desk.get("/desk/edition", &lead).await;
    assert!(nothing.body.contains("There is nothing to publish"));

    record(&desk, SECRET).await;
    let page = desk.get("/desk/edition", &lead).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Prepare edition 2"), "{}", page.body);
    assert!(page.body.contains("The wording of one text changed."));
    assert!(page.body.contains("value=\"Edition 2, November 2026\""));
    assert!(!page.body.contains("Publish edition 2"), "no reason yet");

    let form = "revision=0&title=Second&foreword=Hello+%3Cscript%3Ealert(1)%3C/script%3E";
    let silent = desk.post("/desk/edition", &lead, form).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        silent
            .body
            .contains("Say why this edition is published now")
    );
    assert!(
        silent.body.contains("Hello &#60;script&#62;"),
        "{}",
        silent.body
    );
    // Faulty, and yet nothing typed is lost.
    let page = desk.get("/desk/edition", &lead).await;
    assert!(page.body.contains("value=\"Second\""));

    let form = format!("{form}&reason=the+quarter+is+over").replace("revision=0", "revision=1");
    let saved = desk.post("/desk/edition", &lead, &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);

    // The preview has the words and stays a preview; the public has neither.
    let preview = desk.get(&format!("{ACTIVITY}?edition=next"), &lead).await;
    assert_eq!(preview.status, StatusCode::OK);
    assert_eq!(preview.header("cache-control"), "no-store");
    assert!(preview.body.contains(SECRET));
    assert!(preview.body.contains("Preview of edition 2"));
    assert!(preview.body.contains("/pipeline?edition=next"));
    let own = desk.get("/editions/2?edition=next", &lead).await;
    assert!(own.body.contains("Second"), "{}", own.body);
    assert!(!own.body.contains("<script>alert"));
    let changes = desk.get("/changes?from=1&to=2&edition=next", &lead).await;
    assert!(changes.body.contains("the partners found better words"));

    let page = desk.get("/desk/edition", &lead).await;
    let (through, revision) = (
        hidden(&page.body, "through"),
        hidden(&page.body, "revision"),
    );
    let publish = format!("through={through}&revision={revision}");
    let published = desk
        .post("/desk/edition/publication", &lead, &publish)
        .await;
    assert_eq!(
        published.status,
        StatusCode::SEE_OTHER,
        "{}",
        published.body
    );
    assert_eq!(published.header("location"), "/editions/2");
    let public = desk.get(ACTIVITY, "").await;
    assert!(
        public.body.contains(SECRET),
        "the public site changes at once"
    );
    // Pressed twice: there is one edition 2 and no edition 3.
    let again = desk
        .post("/desk/edition/publication", &lead, &publish)
        .await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert_eq!(
        desk.get("/editions/3", "").await.status,
        StatusCode::NOT_FOUND
    );
    let history = desk.store.load(|_, _| ()).await.unwrap();
    let (edition, note) = history.latest_edition(None).unwrap();
    assert_eq!(
        (edition.title.as_str(), note.reason.as_str()),
        ("Second", "the quarter is over")
    );
    assert!(desk.store.edition_draft().await.unwrap().is_none());
}

#[tokio::test]
async fn a_preview_is_for_those_who_may_read_what_is_unpublished() {
    let desk = Desk::with_ledger(later).await;
    record(&desk, SECRET).await;
    let (_, reader) = desk.signed_in("reader@example.org", &["reader"]).await;
    let seen = desk.get(&format!("{ACTIVITY}?edition=next"), &reader).await;
    assert!(seen.body.contains(SECRET));
    for path in [
        ACTIVITY,
        "/",
        "/pipeline",
        "/editions",
        "/editions/2",
        "/changes",
        "/search",
        "/feeds/changes.atom",
        "/activities.csv",
        "/api/v1/activities",
        "/api/v1/activities/national-edge-ai-hub",
    ] {
        for query in ["edition=next", "edition=2", "q=quiet&edition=next"] {
            for cookies in [
                "",
                "__Host-dfg=0000000000000000000000000000000000000000000000000000000000000000",
            ] {
                let answer = desk.get(&format!("{path}?{query}"), cookies).await;
                assert!(!answer.body.contains(SECRET), "{path}?{query}");
                assert!(!answer.status.is_server_error(), "{path}?{query}");
                assert_ne!(answer.status, StatusCode::OK, "{path}?{query}");
            }
        }
    }
    // What was previewed is in no cache.
    let public = desk.get(ACTIVITY, "").await;
    assert!(!public.body.contains(SECRET));
}

#[tokio::test]
async fn what_two_people_do_to_an_edition_at_once_is_told() {
    let desk = Desk::with_ledger(later).await;
    let (_, lead) = desk
        .signed_in("lead@example.org", &["programme-lead"])
        .await;
    let (_, chair) = desk
        .signed_in("chair@example.org", &["steering-chair"])
        .await;
    record(&desk, "First words").await;
    let save = async |who: &str, revision: i64, title: &str| {
        let form = format!("revision={revision}&title={title}&foreword=&reason=it+is+time");
        desk.post("/desk/edition", who, &form).await
    };
    assert_eq!(save(&lead, 0, "Mine").await.status, StatusCode::SEE_OTHER);
    let stale = save(&chair, 0, "Theirs").await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(stale.body.contains("value=\"Theirs\"") && stale.body.contains("Mine"));
    assert_eq!(
        save(&chair, 1, "Theirs").await.status,
        StatusCode::SEE_OTHER
    );

    let page = desk.get("/desk/edition", &lead).await;
    let through = hidden(&page.body, "through");
    // The other saved meanwhile.
    let form = format!("through={through}&revision=1");
    let refused = desk.post("/desk/edition/publication", &lead, &form).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    // Something was recorded meanwhile.
    record(&desk, "Second words").await;
    let form = format!("through={through}&revision=2");
    let refused = desk.post("/desk/edition/publication", &lead, &form).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused
            .body
            .contains("Something was recorded since you looked")
    );
    let history = desk.store.load(|_, _| ()).await.unwrap();
    assert_eq!(history.latest_edition(None).unwrap().0.id.to_string(), "1");
}

#[tokio::test]
async fn those_who_follow_hear_of_each_edition_once() {
    let desk = Desk::with_ledger(later).await;
    let (_, lead) = desk
        .signed_in("lead@example.org", &["programme-lead"])
        .await;
    let wrong = desk.post("/follow/letters", "", "email=nobody").await;
    assert!(wrong.body.contains("Enter an e-mail address") && wrong.body.contains("nobody"));
    let asked = desk
        .post("/follow/letters", "", "email=Resident@example.org")
        .await;
    assert_eq!(asked.header("location"), "/follow/letters/asked");
    let letter = desk.letter().await;
    assert_eq!(letter.to, "resident@example.org");
    let path = letter.text.split("/follow/letters/").nth(1).unwrap();
    let path = format!("/follow/letters/{}", &path[..64]);
    // A mail scanner that opens the link does not confirm it.
    assert_eq!(desk.get(&path, "").await.status, StatusCode::OK);
    record(&desk, "First words").await;
    let publish = async || {
        let page = desk.get("/desk/edition", &lead).await;
        let revision = hidden(&page.body, "revision");
        let form = format!("revision={revision}&title=New&foreword=&reason=it+is+time");
        desk.post("/desk/edition", &lead, &form).await;
        let page = desk.get("/desk/edition", &lead).await;
        let (through, revision) = (
            hidden(&page.body, "through"),
            hidden(&page.body, "revision"),
        );
        let form = format!("through={through}&revision={revision}");
        let answer = desk.post("/desk/edition/publication", &lead, &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    };
    publish().await;
    assert!(desk.letters().is_empty(), "nobody has confirmed");

    assert_eq!(
        desk.post(&path, "", "do=begin").await.status,
        StatusCode::SEE_OTHER
    );
    record(&desk, "Second words").await;
    publish().await;
    let letters = desk.letters();
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert!(
        letters[0].subject.ends_with("edition 3 is out"),
        "{}",
        letters[0].subject
    );
    assert!(letters[0].text.contains("The wording of one text changed."));
    assert!(letters[0].text.contains(&path));

    // To ask again tells the asker nothing, and the mailbox how to end it.
    let again = desk
        .post("/follow/letters", "", "email=resident@example.org")
        .await;
    assert_eq!(again.header("location"), "/follow/letters/asked");
    assert!(desk.letter().await.text.contains("already"));

    assert_eq!(
        desk.post(&path, "", "do=end").await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(desk.get(&path, "").await.status, StatusCode::NOT_FOUND);
    record(&desk, "Third words").await;
    publish().await;
    assert!(desk.letters().is_empty());
}

#[tokio::test]
async fn a_person_sees_what_is_new_to_them() {
    let desk = Desk::with_ledger(now).await;
    let (_, reader) = desk.signed_in("reader@example.org", &["reader"]).await;
    let page = desk.get("/desk/since", &reader).await;
    assert!(page.body.contains("Nothing changed."), "{}", page.body);
    record(&desk, SECRET).await;
    let page = desk.get("/desk/since", &reader).await;
    assert!(
        page.body.contains("The wording of one text changed."),
        "{}",
        page.body
    );
    assert!(page.body.contains("the partners found better words"));
    let seq = hidden(&page.body, "seq");
    desk.post("/desk/since", &reader, &format!("seq={seq}"))
        .await;
    let page = desk.get("/desk/since", &reader).await;
    assert!(page.body.contains("Nothing changed."), "{}", page.body);
}
