//! The one-minute update over HTTP: what its link opens, and what it does not; and reminders, by a
//! clock that is set.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use dfg_plan::{
    Pence,
    record::{Confidence, Trend},
};
use dfg_store::{
    PersonId, Token,
    update::{Reminder, Step},
};
use dfg_web::{Letter, send_reminders};
use jiff::Timestamp;

use crate::{
    access::{Desk, HOST},
    site::now,
};

/// Led by `newcastle-university`, of the theme `data`, under way.
const HUB: &str = "national-edge-ai-hub";
const DAY: Duration = Duration::from_hours(24);
const FORM: &str = "confidence=amber&trend=worsening&text=The+second+site+is+late.&\
                    milestones=First+site+open%0d%0aStaff+hired&spent=125%2C000";

async fn link(desk: &Desk, person: &PersonId, activity: &str) -> String {
    let token = Token::random().unwrap();
    let reminder = Reminder {
        activity: activity.to_owned(),
        period: token.reveal().to_owned(),
        step: Step::Due,
        person: person.clone(),
    };
    let made = desk
        .store
        .claim_update_link(&reminder, &token, now(), 28 * DAY);
    assert!(made.await.unwrap());
    format!("/update/{}", token.reveal())
}

#[tokio::test]
async fn a_link_opens_one_update_once() {
    let desk = Desk::with_ledger(now).await;
    let partner = desk
        .add("partner@example.org", &["partner:newcastle-university"])
        .await;
    let link = link(&desk, &partner, HUB).await;
    let before = desk.store.head().await.unwrap();
    // A program that looks through e-mail follows the link: nothing happens.
    for method in [Method::GET, Method::HEAD, Method::GET] {
        let page = desk.ask(method, &link, &[], "").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(page.headers.get("set-cookie").is_none());
    }
    assert_eq!(desk.store.head().await.unwrap(), before);
    let done = desk.post(&link, "", FORM).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(done.header("location"), "/update/done");
    assert!(
        done.headers.get("set-cookie").is_none(),
        "it signs nobody in"
    );
    assert_eq!(desk.get("/update/done", "").await.status, StatusCode::OK);
    let history = desk.store.load(|_, _| ()).await.unwrap();
    let plan = history.current();
    let hub = &plan.activities[HUB];
    assert_eq!(
        (hub.confidence, hub.trend),
        (Some(Confidence::Amber), Some(Trend::Worsening))
    );
    let [update] = hub.updates.as_slice() else {
        panic!("{:?}", hub.updates);
    };
    assert_eq!(update.text.as_deref(), Some("The second site is late."));
    assert_eq!(update.milestones, ["First site open", "Staff hired"]);
    assert_eq!(update.spent_pence, Some(Pence(12_500_000)));
    let note = history.notes().last().unwrap();
    assert_eq!(note.actor, partner.as_str());
    assert_eq!(note.keys.len(), 1, "one activity and nothing else");
    // Not public before an edition.
    let public = desk.get(&format!("/activities/{HUB}"), "").await;
    assert!(!public.body.contains("The second site is late"));

    let replayed = desk.post(&link, "", FORM).await;
    assert_eq!(replayed.status, StatusCode::NOT_FOUND);
    assert!(
        replayed.body.contains("The second site is late."),
        "nothing typed is lost"
    );
    assert_eq!(desk.get(&link, "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(desk.store.head().await.unwrap(), history.head());
}

#[tokio::test]
async fn of_many_who_press_at_once_one_counts() {
    let desk = Desk::with_ledger(now).await;
    let partner = desk
        .add("partner@example.org", &["partner:newcastle-university"])
        .await;
    let link = link(&desk, &partner, HUB).await;
    let other = desk.another(now).await;
    let posts = (0..16).map(|number| {
        let desk = if number % 2 == 0 { &desk } else { &other };
        desk.post(&link, "", FORM)
    });
    let mut done = 0;
    for answer in futures_of(posts).await {
        match answer {
            StatusCode::SEE_OTHER => done += 1,
            StatusCode::NOT_FOUND => {}
            status => panic!("{status}"),
        }
    }
    assert_eq!(done, 1);
    let plan = desk.store.load(|_, _| ()).await.unwrap().current();
    assert_eq!(plan.activities[HUB].updates.len(), 1);
}

/// Runs all of them at once, on one task.
async fn futures_of<F>(all: impl Iterator<Item = F>) -> Vec<StatusCode>
where
    F: Future<Output = crate::site::Answer>,
{
    let mut running: Vec<_> = all.map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(move |context| {
        for (one, status) in &mut running {
            if status.is_none()
                && let std::task::Poll::Ready(answer) = one.as_mut().poll(context)
            {
                *status = Some(answer.status);
            }
        }
        if running.iter().all(|(_, status)| status.is_some()) {
            let done = running.iter().filter_map(|(_, status)| *status);
            return std::task::Poll::Ready(done.collect());
        }
        std::task::Poll::Pending
    })
    .await
}

#[tokio::test]
async fn a_link_that_is_old_or_whose_holder_may_no_more_does_nothing() {
    let desk = Desk::with_ledger(now).await;
    let partner = desk
        .add("partner@example.org", &["partner:newcastle-university"])
        .await;
    let link = link(&desk, &partner, HUB).await;
    let before = desk.store.head().await.unwrap();
    let late = desk.another(|| now() + 28 * DAY).await;
    assert_eq!(late.get(&link, "").await.status, StatusCode::NOT_FOUND);
    let expired = late.post(&link, "", FORM).await;
    assert_eq!(expired.status, StatusCode::NOT_FOUND);
    assert!(expired.body.contains("The second site is late."));
    // Another organisation's representative now.
    let roles = [dfg_plan::Role::parse("partner:ibm").unwrap()];
    let store = &desk.store;
    store
        .set_roles(&partner, &roles, None, None, now())
        .await
        .unwrap();
    assert_eq!(
        desk.post(&link, "", FORM).await.status,
        StatusCode::NOT_FOUND
    );
    let roles = [dfg_plan::Role::parse("partner:newcastle-university").unwrap()];
    store
        .set_roles(&partner, &roles, None, None, now())
        .await
        .unwrap();
    assert_eq!(desk.get(&link, "").await.status, StatusCode::OK);
    store.remove_person(&partner, None, now()).await.unwrap();
    assert_eq!(
        desk.post(&link, "", FORM).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(store.head().await.unwrap(), before);
}

#[tokio::test]
async fn a_link_is_not_guessed_and_does_nothing_else() {
    let desk = Desk::with_ledger(now).await;
    let partner = desk
        .add("partner@example.org", &["partner:newcastle-university"])
        .await;
    let link = link(&desk, &partner, HUB).await;
    let token = link.strip_prefix("/update/").unwrap();
    for path in [
        format!("/sign-in/{token}"),
        format!("/signals/follow/{token}"),
        format!("/update/{}", Token::parse(token).unwrap().hash()),
    ] {
        assert_eq!(
            desk.get(&path, "").await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let cookie = format!("__Host-dfg={token}");
    let page = desk.get("/desk/updates", &cookie).await;
    assert!(page.header("location").starts_with("/sign-in"));
    // The form names another activity: the link's own counts.
    let form = format!("{FORM}&activity=trusted-connections&slug=trusted-connections");
    assert_eq!(
        desk.post(&link, "", &form).await.status,
        StatusCode::SEE_OTHER
    );
    let plan = desk.site.history().current();
    assert!(plan.activities["trusted-connections"].updates.is_empty());
    let headers = [("x-client", "198.51.100.3"), ("origin", HOST)];
    for guess in 0..31_u32 {
        let path = format!("/update/{guess:064x}");
        let answer = desk.ask(Method::POST, &path, &headers, FORM).await;
        let expected = if guess < 30 {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::TOO_MANY_REQUESTS
        };
        assert_eq!(answer.status, expected, "guess {guess}");
    }
}

#[tokio::test]
async fn mistakes_stand_beside_the_field_and_the_link_stays_good() {
    let desk = Desk::with_ledger(now).await;
    let partner = desk
        .add("partner@example.org", &["partner:newcastle-university"])
        .await;
    let link = link(&desk, &partner, HUB).await;
    let long = "word+".repeat(251);
    let script = "%3Cscript%3Ealert(1)";
    for (form, field) in [
        ("", "confidence"),
        (
            &*format!("confidence={script}&trend=steady&text=x"),
            "confidence",
        ),
        (&format!("confidence=red&trend={script}&text=x"), "trend"),
        ("confidence=red&trend=steady&text=+", "text"),
        (&format!("confidence=red&trend=steady&text={long}"), "text"),
        (
            &format!("confidence=red&trend=steady&text=a%00{script}"),
            "text",
        ),
        (
            &format!(
                "confidence=red&trend=steady&text=x&milestones={}",
                "a%0a".repeat(21)
            ),
            "milestones",
        ),
        (
            &format!("confidence=red&trend=steady&text=x&milestones=a%01{script}"),
            "milestones",
        ),
        (
            &format!("confidence=red&trend=steady&text=x&spent={script}"),
            "spent",
        ),
    ] {
        let page = desk.post(&link, "", form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert!(
            page.body.contains(&format!("id=\"{field}-error\"")),
            "{form}: {}",
            page.body
        );
        assert!(page.body.contains("<title>Error: Update: "));
        assert!(!page.body.contains("<script"), "{form}");
    }
    let form = "confidence=red&trend=steady&text=&milestones=Kept&spent=Also+kept";
    let page = desk.post(&link, "", form).await;
    for kept in [
        "value=\"red\" checked",
        "value=\"steady\" checked",
        "\nKept</textarea>",
        "Also kept",
    ] {
        assert!(page.body.contains(kept), "{kept}: {}", page.body);
    }
    assert_eq!(
        desk.post(&link, "", FORM).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn whoever_is_signed_in_reports_on_the_own_activities_only() {
    let desk = Desk::with_ledger(now).await;
    let path = format!("/desk/activities/{HUB}/update");
    for (email, role, expected) in [
        (
            "a@example.org",
            "partner:newcastle-university",
            StatusCode::SEE_OTHER,
        ),
        (
            "b@example.org",
            "partner:durham-university",
            StatusCode::NOT_FOUND,
        ),
        ("c@example.org", "group-member:data", StatusCode::SEE_OTHER),
        (
            "d@example.org",
            "group-member:workforce",
            StatusCode::NOT_FOUND,
        ),
        ("e@example.org", "steering-chair", StatusCode::NOT_FOUND),
    ] {
        let (_, cookie) = desk.signed_in(email, &[role]).await;
        let answer = desk.post(&path, &cookie, FORM).await;
        assert_eq!(answer.status, expected, "{role}: {}", answer.body);
        let list = desk.get("/desk/updates", &cookie).await;
        let own = expected == StatusCode::SEE_OTHER;
        assert_eq!(list.body.contains(&path), own, "{role}");
    }
    let lost = desk.post(&path, "__Host-dfg=gone", FORM).await;
    assert_eq!(lost.status, StatusCode::UNAUTHORIZED);
    assert!(
        lost.body.contains("The second site is late."),
        "nothing typed is lost"
    );
    let plan = desk.site.history().current();
    assert_eq!(plan.activities[HUB].updates.len(), 2);
}

fn to<'a>(letters: &'a [Letter], who: &str) -> Vec<&'a Letter> {
    let own = letters.iter().filter(|one| one.to == who);
    own.collect()
}

fn day(days: u32) -> Timestamp {
    now() + DAY * days
}

#[tokio::test]
async fn reminders_go_to_those_who_answer_once_and_again_when_late() {
    let desk = Desk::with_ledger(now).await;
    desk.add("lead@example.org", &["programme-lead"]).await;
    desk.add("chair@example.org", &["group-chair:data"]).await;
    desk.add("partner@example.org", &["partner:newcastle-university"])
        .await;
    let history = desk.site.history();
    let trial = send_reminders(&desk.access, &history, true).await.unwrap();
    assert!(desk.letters().is_empty(), "a trial sends nothing");
    let sent = send_reminders(&desk.access, &history, false).await.unwrap();
    assert_eq!(sent.len(), trial.len());
    assert_eq!(desk.letters(), sent);
    let title = &history.current().activities[HUB].title;
    let [partner] = to(&sent, "partner@example.org")[..] else {
        panic!("one letter a person");
    };
    assert!(partner.text.contains(title));
    for other in ["lead@example.org", "chair@example.org"] {
        let letters = to(&sent, other);
        assert_eq!(letters.len(), 1, "{other}");
        assert!(
            !letters[0].text.contains(title),
            "{other} is not asked for it"
        );
    }
    // On a second server, and an hour later: nothing twice.
    let second = desk.another(now).await;
    let again = send_reminders(&second.access, &history, false)
        .await
        .unwrap();
    assert_eq!(again, []);

    // The link in the letter works, and the activity is left alone until it is due again.
    let at = partner.text.find(title.as_str()).unwrap();
    let link = partner.text[at..].lines().nth(1).unwrap();
    let done = desk.post(link.strip_prefix(HOST).unwrap(), "", FORM).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);

    // Fourteen days of grace; on the fifteenth, it is late: told again, and to the lead.
    for (clock, late) in [
        ((|| day(14)) as fn() -> Timestamp, false),
        (|| day(15), true),
        // The same week: no second digest.
        (|| day(16), false),
    ] {
        let desk = desk.another(clock).await;
        let sent = send_reminders(&desk.access, &desk.site.history(), false)
            .await
            .unwrap();
        assert_eq!(!sent.is_empty(), late, "{sent:?}");
        for letter in &sent {
            assert!(
                letter.text.is_ascii() || !letter.text.contains('<'),
                "plain text"
            );
            if letter.to == "partner@example.org" {
                assert!(!letter.text.contains(title.as_str()), "reported on");
                assert!(letter.subject.contains("overdue"));
            }
        }
        if late {
            let lead = to(&sent, "lead@example.org");
            let digest = lead
                .iter()
                .find(|one| one.subject.ends_with("updates are overdue"));
            let digest = digest.expect("a digest");
            assert!(
                digest.text.contains("asked: Name of partner@example.org"),
                "{}",
                digest.text
            );
        }
    }
    // Three months after its update, on 22 February, the activity is due again.
    let desk = desk.another(|| day(92)).await;
    let sent = send_reminders(&desk.access, &desk.site.history(), false)
        .await
        .unwrap();
    let partner = to(&sent, "partner@example.org");
    assert_eq!(partner.len(), 1, "{sent:?}");
    assert!(
        partner[0]
            .text
            .contains(&format!("{title} (due since 22 February 2027)"))
    );
}

#[tokio::test]
async fn two_servers_send_each_reminder_once() {
    let desk = Desk::with_ledger(now).await;
    desk.add("lead@example.org", &["programme-lead"]).await;
    desk.add("partner@example.org", &["partner:newcastle-university"])
        .await;
    let other = desk.another(now).await;
    let history = desk.site.history();
    let (one, two) = tokio::join!(
        send_reminders(&desk.access, &history, false),
        send_reminders(&other.access, &history, false)
    );
    let links = |letters: &[Letter]| -> usize {
        let texts = letters
            .iter()
            .map(|one| one.text.matches("/update/").count());
        texts.sum()
    };
    let live = history.current();
    let live = live
        .activities
        .values()
        .filter(|one| dfg_plan::update::is_live(one));
    assert_eq!(links(&one.unwrap()) + links(&two.unwrap()), live.count());
}
