//! Signals from the public over HTTP: from a stranger's form to the response, and attacks on it.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use dfg_plan::{Kind, record::ResponseKind};
use dfg_store::Token;
use dfg_web::{Letter, erase_old, tell_news};
use jiff::Timestamp;

use crate::{
    access::{Desk, HOST},
    site::now,
};

const FORM: &str = "kind=challenge&words=Buses+have+no+signal.+We+miss+calls.&theme=data";

/// The value of a hidden field.
fn hidden(body: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let at = body.find(&mark).unwrap() + mark.len();
    body[at..].split('"').next().unwrap().to_owned()
}

/// Raises a signal from an address, and gives where it leads.
async fn raise(desk: &Desk, more: &str, from: &str) -> (StatusCode, String, String) {
    let form = format!("{FORM}{more}");
    let headers = [("origin", HOST), ("x-client", from)];
    let answer = desk
        .ask(Method::POST, "/signals/new", &headers, &form)
        .await;
    (
        answer.status,
        answer.header("location").to_owned(),
        answer.body,
    )
}

async fn moderator(desk: &Desk) -> String {
    desk.signed_in("lead@example.org", &["programme-lead"])
        .await
        .1
}

/// Lets the only waiting signal in under a title, and gives the answer's status.
async fn let_in(desk: &Desk, lead: &str, id: u32, title: &str) -> StatusCode {
    let form = format!(
        "title={title}&summary=Buses+lack+coverage&kind=challenge&theme=data&area=&reason=&verdict=let-in"
    );
    let path = format!("/desk/signals/{id}");
    desk.post(&path, lead, &form).await.status
}

fn one(letters: Vec<Letter>, to: &str) -> Letter {
    let mut own: Vec<Letter> = letters.into_iter().filter(|one| one.to == to).collect();
    assert_eq!(own.len(), 1, "{own:?}");
    own.remove(0)
}

#[tokio::test]
async fn a_strangers_signal_is_let_in_responded_to_and_followed() {
    let desk = Desk::with_ledger(now).await;
    let lead = moderator(&desk).await;
    let blank = desk.get("/signals/new", "").await;
    assert_eq!(blank.header("cache-control"), "no-store");
    let token = hidden(&blank.body, "token");
    let other = desk.get("/signals/new", "").await;
    assert_ne!(token, hidden(&other.body, "token"), "each form has its own");
    let more = format!("&email=me%40example.org&token={token}");
    let (status, follow, _) = raise(&desk, &more, "192.0.2.9").await;
    assert_eq!((status, follow.len()), (StatusCode::SEE_OTHER, 16 + 64));
    // Sent twice, it is one signal, and leads to the same page.
    assert_eq!(raise(&desk, &more, "192.0.2.9").await.1, follow);
    assert_eq!(desk.store.raised_signals().await.unwrap().len(), 1);
    let letter = one(desk.letters(), "me@example.org");
    assert!(letter.text.contains(&format!("{HOST}{follow}")));
    let page = desk.get(&follow, "").await;
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.body.contains("waits to be read"), "{}", page.body);

    let list = desk.get("/desk/signals", &lead).await;
    assert!(
        list.body.contains("Buses have no signal</a>"),
        "{}",
        list.body
    );
    let one_page = desk.get("/desk/signals/1", &lead).await;
    assert!(
        !one_page.body.contains("me@example.org"),
        "moderators need no address"
    );
    assert_eq!(
        let_in(&desk, &lead, 1, "Not-spots+on+buses").await,
        StatusCode::SEE_OTHER
    );
    let plan = desk.site.history().current();
    let signal = &plan.signals["not-spots-on-buses"];
    assert_eq!(signal.summary, "Buses lack coverage");
    assert_eq!(desk.store.load(|_, _| ()).await.unwrap().current(), plan);
    let news = one(desk.letters(), "me@example.org");
    assert!(news.subject.starts_with("Your signal is in the plan"));
    // Not yet public: the stranger is told, but sent to no page that is not there.
    assert_eq!(
        desk.get("/signals/not-spots-on-buses", "").await.status,
        StatusCode::NOT_FOUND
    );
    let page = desk.get(&follow, "").await;
    assert!(page.body.contains("Your signal is in the plan"));
    assert!(
        !page.body.contains("href=\"/signals/not-spots"),
        "{}",
        page.body
    );
    assert_eq!(let_in(&desk, &lead, 1, "Again").await, StatusCode::CONFLICT);

    let path = "/desk/responses/not-spots-on-buses";
    let watch = desk
        .post(
            path,
            &lead,
            "response=watch&until=2027-06&reason=We+measure+first",
        )
        .await;
    assert_eq!(watch.status, StatusCode::SEE_OTHER, "{}", watch.body);
    let news = one(desk.letters(), "me@example.org");
    assert!(news.text.contains("June 2027") && news.text.contains("We measure first"));
    let answer = desk
        .post(
            path,
            &lead,
            "response=activity&activity=national-edge-ai-hub",
        )
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let plan = desk.site.history().current();
    let kind = plan.signals["not-spots-on-buses"]
        .response
        .as_ref()
        .unwrap()
        .kind;
    assert_eq!(kind, ResponseKind::Answered);
    assert!(
        plan.activities["national-edge-ai-hub"]
            .answers
            .iter()
            .any(|slug| slug.as_str() == "not-spots-on-buses")
    );
    assert!(
        one(desk.letters(), "me@example.org")
            .subject
            .contains("answered")
    );
    // Told once: another pass has nothing to tell, on this server or another.
    let again = desk.another(now).await;
    assert_eq!(tell_news(&again.access, &plan).await.unwrap(), 0);
    // No personal data in the ledger.
    for (_, _, body) in desk.store.entries_after(0).await.unwrap() {
        for word in ["me@example.org", "We miss calls", follow.as_str()] {
            assert!(!body.contains(word), "{word}");
        }
    }
}

#[tokio::test]
async fn a_signal_is_turned_away_with_a_reason() {
    let desk = Desk::with_ledger(now).await;
    let lead = moderator(&desk).await;
    let (_, follow, _) = raise(&desk, "&email=me%40example.org", "192.0.2.9").await;
    desk.letters();
    let before = desk.store.head().await.unwrap();
    let silent = desk
        .post(
            "/desk/signals/1",
            &lead,
            "title=A&summary=B&verdict=turn-away",
        )
        .await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(silent.body.contains("id=\"reason-error\""));
    assert!(silent.body.contains("value=\"A\""), "nothing typed is lost");
    let away = desk
        .post(
            "/desk/signals/1",
            &lead,
            "reason=It+is+%3Cb%3Enews%3C%2Fb%3E&verdict=turn-away",
        )
        .await;
    assert_eq!(away.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.store.head().await.unwrap(), before, "no entry is made");
    let page = desk.get(&follow, "").await;
    assert!(page.body.contains("It is &#60;b&#62;news"), "{}", page.body);
    assert!(
        one(desk.letters(), "me@example.org")
            .text
            .contains("It is <b>news</b>")
    );
}

#[tokio::test]
async fn floods_are_stopped_and_nothing_typed_is_lost() {
    let desk = Desk::with_ledger(now).await;
    for attempt in 0..11 {
        let (status, _, body) = raise(&desk, "", "198.51.100.7").await;
        let expected = if attempt < 10 {
            StatusCode::SEE_OTHER
        } else {
            StatusCode::TOO_MANY_REQUESTS
        };
        assert_eq!(status, expected, "signal {attempt}");
        assert_eq!(attempt < 10, !body.contains("Buses have no signal"));
    }
    // From many addresses at once: so many wait, and no more.
    for number in 10..200 {
        let from = format!("203.0.113.{number}");
        assert_eq!(raise(&desk, "", &from).await.0, StatusCode::SEE_OTHER);
    }
    let (status, _, body) = raise(&desk, "", "203.0.113.250").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert!(body.contains("Buses have no signal"));
    assert_eq!(desk.store.raised_signals().await.unwrap().len(), 200);
}

#[tokio::test]
async fn nobody_is_flooded_with_letters_that_others_ask_for() {
    let desk = Desk::with_ledger(now).await;
    for number in 0..6 {
        let from = format!("203.0.113.{number}");
        raise(&desk, "&email=victim%40example.org", &from).await;
    }
    assert_eq!(desk.letters().len(), 3);
}

#[tokio::test]
async fn mistakes_stand_beside_the_field_and_programs_are_caught() {
    let desk = Desk::with_ledger(now).await;
    let script = "%3Cscript%3Ealert(1)%3C/script%3E";
    let long = "a".repeat(1_001);
    for (form, field) in [
        (format!("words={script}&theme=data"), "kind"),
        (format!("kind={script}&words=x&theme=data"), "kind"),
        ("kind=challenge&theme=data".to_owned(), "words"),
        (format!("kind=challenge&words={long}&theme=data"), "words"),
        ("kind=challenge&words=a%00b&theme=data".to_owned(), "words"),
        (format!("kind=challenge&words=x&theme={script}"), "theme"),
        (
            format!("kind=challenge&words=x&theme=data&area={script}"),
            "area",
        ),
        (
            format!("kind=challenge&words=x&theme=data&email={script}"),
            "email",
        ),
        (
            "kind=challenge&words=x&theme=data&email=a%40b.org%0d%0aBcc:c%40d.org".to_owned(),
            "email",
        ),
    ] {
        let page = desk.post("/signals/new", "", &form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert!(page.body.contains("<title>Error: Raise a signal"));
        assert!(
            page.body.contains(&format!("id=\"{field}-error\"")),
            "{form}"
        );
        assert!(!page.body.contains("<script"), "{form}");
    }
    let (status, _, body) = raise(&desk, "&reference=http%3A%2F%2Fspam.example", "192.0.2.1").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("Buses have no signal"));
    assert!(desk.store.raised_signals().await.unwrap().is_empty());
}

#[tokio::test]
async fn scripts_are_shown_as_text_to_moderators_and_on_the_private_page() {
    let desk = Desk::with_ledger(now).await;
    let lead = moderator(&desk).await;
    let form = "kind=challenge&words=%3Cscript%3Ealert(1)%3C/script%3E&theme=data";
    let raised = desk.post("/signals/new", "", form).await;
    let follow = raised.header("location").to_owned();
    for (path, cookies) in [
        (follow.as_str(), ""),
        ("/desk/signals", &lead),
        ("/desk/signals/1", &lead),
    ] {
        let page = desk.get(path, cookies).await;
        assert!(page.body.contains("alert(1)"), "{path}");
        assert!(!page.body.contains("<script"), "{path}");
    }
    let form = "title=%3Cscript%3Ex&summary=%3Cscript%3Ey&kind=challenge&theme=data&verdict=let-in";
    let done = desk.post("/desk/signals/1", &lead, form).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let page = desk.get("/desk/responses/script-x", &lead).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.body.contains("<script"), "{}", page.body);
}

#[tokio::test]
async fn a_private_link_is_not_guessed_and_a_wrong_one_tells_nothing() {
    let desk = Desk::with_ledger(now).await;
    raise(&desk, "", "192.0.2.9").await;
    let headers = [("x-client", "198.51.100.9")];
    for attempt in 0..31_u32 {
        let path = format!("/signals/follow/{attempt:064x}");
        let answer = desk.ask(Method::GET, &path, &headers, "").await;
        let expected = if attempt < 30 {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::TOO_MANY_REQUESTS
        };
        assert_eq!(answer.status, expected, "guess {attempt}");
        assert!(!answer.body.contains("Buses"));
    }
    // What the store keeps opens nothing.
    let token = Token::random().unwrap();
    let more = format!("&token={}", token.reveal());
    raise(&desk, &more, "192.0.2.10").await;
    let kept = format!("/signals/follow/{}", token.hash());
    assert_eq!(desk.get(&kept, "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_signal_waits_for_a_response_of_the_right_kind() {
    let desk = Desk::with_ledger(now).await;
    let lead = moderator(&desk).await;
    let path = "/desk/responses/games-cluster";
    for (form, field) in [
        ("", "response"),
        ("response=activity", "activity"),
        ("response=activity&activity=nowhere", "activity"),
        ("response=proposal&proposal=1", "proposal"),
        ("response=watch&until=2026-11-22", "until"),
        ("response=watch&until=soon", "until"),
        ("response=close&reason=+", "reason"),
    ] {
        let page = desk.post(path, &lead, form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert!(
            page.body.contains(&format!("id=\"{field}-error\"")),
            "{form}"
        );
    }
    let watch = "response=watch&until=2026-12-31&reason=";
    let watched = desk.post(path, &lead, watch).await;
    assert_eq!(watched.status, StatusCode::SEE_OTHER);
    let list = desk.get("/desk/signals", &lead).await;
    assert!(!list.body.contains(path), "it has a response");
    let later = desk.another(|| later(41)).await;
    let (_, chair) = later
        .signed_in("chair@example.org", &["group-chair:data"])
        .await;
    let list = later.get("/desk/signals", &chair).await;
    assert!(
        list.body
            .contains("watched until 31 December 2026, which is over")
    );
    let (_, lead) = desk
        .signed_in("lead2@example.org", &["programme-lead"])
        .await;
    let closed = desk
        .post(path, &lead, "response=close&reason=It+has+moved+on")
        .await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER);
    let history = desk.site.history();
    let note = history.notes().last().unwrap();
    assert_eq!(note.keys[0].kind, Kind::Signal);
    let people = desk.store.people().await.unwrap();
    let mut people = people.iter();
    let own = people.find(|one| one.email.as_deref() == Some("lead2@example.org"));
    assert_eq!(note.actor, own.unwrap().id.as_str(), "the moderator, by id");
}

fn later(days: i64) -> Timestamp {
    now() + Duration::from_hours(24 * u64::try_from(days).unwrap())
}

#[tokio::test]
async fn words_and_address_are_erased_when_their_time_is_over() {
    let desk = Desk::with_ledger(now).await;
    let lead = moderator(&desk).await;
    let (_, gone, _) = raise(&desk, "&email=me%40example.org", "192.0.2.9").await;
    let (_, waits, _) = raise(&desk, "&email=you%40example.org", "192.0.2.9").await;
    desk.post("/desk/signals/1", &lead, "reason=No&verdict=turn-away")
        .await;
    let soon = desk.another(|| later(29)).await;
    assert_eq!(erase_old(&soon.access).await.unwrap(), 0);
    let month = desk.another(|| later(31)).await;
    assert_eq!(erase_old(&month.access).await.unwrap(), 1);
    let page = month.get(&gone, "").await;
    assert!(
        page.body.contains("We have deleted your words"),
        "{}",
        page.body
    );
    assert!(page.body.contains("turned away"), "its end is still told");
    assert!(month.get(&waits, "").await.body.contains("Buses"));
    let year = desk.another(|| later(366)).await;
    assert_eq!(erase_old(&year.access).await.unwrap(), 1);
    assert!(year.get(&waits, "").await.body.contains("We have deleted"));
    assert_eq!(erase_old(&year.access).await.unwrap(), 0);
}
