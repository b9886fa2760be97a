//! Reviews, meetings and decisions over HTTP: the whole way, and what attackers try.

use axum::http::StatusCode;
use dfg_plan::{Slug, record::Stage};
use dfg_store::Store;
use jiff::Timestamp;

use crate::{
    access::Desk,
    author::{Author, activity, hidden},
    site::Answer,
};

const ROUND: &str = "group=data&title=Autumn+review&opens=2026-11-22&closes=2026-11-24\
    &criterion-1=Fit&weight-1=60&criterion-2=Value&weight-2=40&questions=What+is+missing%3F";

fn later() -> Timestamp {
    "2026-11-25T09:00:00Z".parse().unwrap()
}

fn activities(desk: &Desk) -> Vec<Slug> {
    let plan = desk.site.history().current();
    let data = plan.activities.iter().filter(|(_, one)| {
        let movable = one.stage != Some(Stage::Stopped) && one.stage != Some(Stage::Paused);
        one.theme.as_str() == "data" && movable && !one.events.is_empty()
    });
    data.map(|(slug, _)| slug.clone()).take(3).collect()
}

fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.header("location").to_owned()
}

/// Opens a review of three activities; gives its path.
async fn open(desk: &Desk, chair: &str) -> String {
    let mut form = ROUND.to_owned();
    for slug in activities(desk) {
        form.push_str("&activity=");
        form.push_str(slug.as_ref());
    }
    location(&desk.post("/desk/reviews/new", chair, &form).await)
}

fn scores(fit: u8, value: u8) -> String {
    format!("points-0={fit}&reason-0=Secret+reason+{fit}&points-1={value}&reason-1=Because")
}

#[tokio::test]
async fn nobody_sees_scores_before_closing_and_all_of_them_after() {
    let mut desk = Desk::new().await;
    let (_, lead) = desk
        .signed_in("lead@example.org", &["programme-lead"])
        .await;
    let (_, chair) = desk
        .signed_in("chair@example.org", &["group-chair:data"])
        .await;
    let (_, one) = desk
        .signed_in("one@example.org", &["group-member:data"])
        .await;
    let (_, other) = desk
        .signed_in("two@example.org", &["group-member:workforce"])
        .await;
    let begin = desk.get("/desk/reviews/new?group=data", &chair).await;
    assert_eq!(begin.status, StatusCode::OK, "{}", begin.body);
    assert!(begin.body.contains(" checked"));
    let bad = desk
        .post("/desk/reviews/new", &chair, "group=data&title=%3Cscript%3E")
        .await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!bad.body.contains("<script>"));
    for (who, cookies) in [("member", &one), ("other", &other)] {
        let refused = desk.post("/desk/reviews/new", cookies, ROUND).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{who}");
    }
    let review = open(&desk, &chair).await;
    let activity = activities(&desk)[0].clone();
    let page = format!("{review}/activities/{activity}");
    let saved = desk.post(&page, &one, &scores(4, 3)).await;
    assert_eq!(location(&saved), format!("{page}?saved=1"));
    assert!(desk.get(&page, &one).await.body.contains("Secret reason 4"));
    // A score without a reason is refused; the right one beside it is kept, and both stay typed.
    let partly = desk
        .post(
            &page,
            &chair,
            "points-0=2&reason-0=&points-1=1&reason-1=Typed+text",
        )
        .await;
    assert_eq!(partly.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(partly.body.contains("needs a reason") && partly.body.contains("Typed text"));
    let range = desk.post(&page, &chair, &scores(5, 1)).await;
    assert_eq!(range.status, StatusCode::UNPROCESSABLE_ENTITY);
    // The lead does not score, and a member of another group finds nothing.
    assert_eq!(
        desk.post(&page, &lead, &scores(4, 4)).await.status,
        StatusCode::NOT_FOUND
    );
    for path in [review.clone(), page.clone()] {
        assert_eq!(desk.get(&path, &other).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(
        desk.post(&page, &other, &scores(4, 4)).await.status,
        StatusCode::NOT_FOUND
    );
    // Not by any path, for anybody.
    let advice = format!("advice/{activity}");
    for cookies in [&lead, &chair, &one] {
        for path in [
            "results",
            "results.csv",
            "scores.csv",
            "results.json",
            &advice,
        ] {
            let early = desk.get(&format!("{review}/{path}"), cookies).await;
            assert_eq!(early.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    for path in [review.clone(), page.clone(), "/desk".to_owned()] {
        let seen = desk.get(&path, &chair).await;
        assert_eq!(seen.status, StatusCode::OK, "{path}");
        assert!(!seen.body.contains("Secret reason 4"), "{path}");
    }

    desk.set_time(later);
    let (fresh, stranger) = (desk.cookie_again("lead@example.org").await, other);
    let results = desk.get(&format!("{review}/results"), &fresh).await;
    assert_eq!(results.status, StatusCode::OK, "{}", results.body);
    assert!(results.body.contains("<svg") && results.body.contains("4.00"));
    assert!(results.body.contains("Missing"));
    let table = desk.get(&format!("{review}/scores.csv"), &fresh).await;
    assert!(table.body.contains("Secret reason 4"), "{}", table.body);
    let whole = desk
        .get(&format!("{review}/results.json"), &fresh)
        .await
        .json();
    assert_eq!(whole["results"]["draws"]["count"], 10_000);
    let hidden = desk.get(&format!("{review}/results"), &stranger).await;
    assert_ne!(hidden.status, StatusCode::OK);
    // Once seen, it is not opened again.
    let again = desk
        .post(&format!("{review}/closing"), &fresh, "closes=2026-12-24")
        .await;
    assert_eq!(again.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn an_interest_keeps_from_scoring_and_formulas_from_running() {
    let mut desk = Desk::new().await;
    let (_, chair) = desk
        .signed_in("chair@example.org", &["group-chair:data"])
        .await;
    let review = open(&desk, &chair).await;
    let plan = desk.site.history().current();
    let owned = activities(&desk).into_iter().find_map(|slug| {
        let owners = &plan.activities[&slug].owners;
        Some((
            owners.iter().find_map(|owner| owner.organisation.clone())?,
            slug,
        ))
    });
    let (organisation, slug) = owned.unwrap();
    let partner = format!("partner:{organisation}");
    let (_, tied) = desk
        .signed_in("tied@example.org", &["group-member:data", &partner])
        .await;
    let page = format!("{review}/activities/{slug}");
    assert!(
        desk.get(&page, &tied)
            .await
            .body
            .contains("You do not score this activity")
    );
    let refused = desk.post(&page, &tied, &scores(4, 4)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("you have an interest"),
        "{}",
        refused.body
    );
    // Scored first, declared after: set aside, for all to see.
    let (_, one) = desk
        .signed_in("one@example.org", &["group-member:data"])
        .await;
    let formula = "points-0=4&reason-0=%3D1%2B1&points-1=4&reason-1=Why";
    location(&desk.post(&page, &one, formula).await);
    location(
        &desk
            .post(
                &format!("{page}/interest"),
                &one,
                "interest=My+sister+leads+it",
            )
            .await,
    );
    desk.set_time(later);
    let chair = desk.cookie_again("chair@example.org").await;
    let results = desk.get(&format!("{review}/results"), &chair).await;
    assert!(
        results.body.contains("interest: My sister leads it"),
        "{}",
        results.body
    );
    let table = desk.get(&format!("{review}/scores.csv"), &chair).await;
    assert_eq!(table.header("access-control-allow-origin"), "");
    assert!(table.body.contains(",'=1+1,"), "{}", table.body);
}

/// A review with a recommendation, and a meeting of the steering group on the day after.
async fn sit(desk: &mut Desk) -> (String, String, Slug) {
    // A decision is appended to the ledger that the site shows.
    let entries = crate::site::entries();
    desk.store.append_all(&entries, &[]).await.unwrap();
    let (_, chair) = desk
        .signed_in("chair@example.org", &["group-chair:data"])
        .await;
    let review = open(desk, &chair).await;
    let slug = activities(desk)[0].clone();
    location(
        &desk
            .post(
                &format!("{review}/activities/{slug}"),
                &chair,
                &scores(1, 1),
            )
            .await,
    );
    desk.set_time(later);
    let advice = format!("{review}/advice/{slug}");
    let chair = desk.cookie_again("chair@example.org").await;
    let done = desk
        .post(&advice, &chair, "advice=pause&reason=No+funding")
        .await;
    assert_eq!(location(&done), format!("{review}/results"));
    let (_, steering) = desk
        .signed_in("steering@example.org", &["steering-chair"])
        .await;
    let form = "title=Winter+meeting&group=steering-group&date=2026-11-25&quorum=1";
    let meeting = location(&desk.post("/desk/meetings/new", &steering, form).await);
    let item = format!(
        "{meeting}/items/recommendation.{}.{slug}",
        review.rsplit('/').next().unwrap()
    );
    (meeting, item, slug)
}

#[tokio::test]
async fn a_recommendation_becomes_a_decision_that_moves_the_activity() {
    let mut desk = Desk::new().await;
    let (meeting, item, slug) = sit(&mut desk).await;
    let (id, steering) = desk.person_again("steering@example.org").await;
    let (_, member) = desk
        .signed_in("member@example.org", &["steering-member"])
        .await;
    let (_, lead) = desk
        .signed_in("lead@example.org", &["programme-lead"])
        .await;
    let (_, data) = desk
        .signed_in("data@example.org", &["group-chair:data"])
        .await;
    assert!(
        desk.get(&meeting, &steering)
            .await
            .body
            .contains("No funding")
    );
    assert_eq!(
        desk.get(&meeting, &data).await.status,
        StatusCode::NOT_FOUND
    );
    let verdict =
        "result=decide&text=Pause+it+until+spring&reason=No+funding&stage=paused&made_from=9999";
    // Nobody but the chair records what came of an item.
    for cookies in [&member, &lead, &data] {
        let refused = desk.post(&item, cookies, verdict).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
    }
    let inquorate = desk.post(&item, &steering, verdict).await;
    assert_eq!(inquorate.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        inquorate.body.contains("Too few are present")
            && inquorate.body.contains("Pause it until spring")
    );
    // Only who is present votes.
    assert_eq!(
        desk.post(&format!("{item}/vote"), &steering, "choice=for")
            .await
            .status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    location(
        &desk
            .post(
                &format!("{meeting}/presence"),
                &steering,
                &format!("member={id}"),
            )
            .await,
    );
    assert_eq!(
        desk.post(&format!("{item}/vote"), &member, "choice=for")
            .await
            .status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    location(
        &desk
            .post(&format!("{item}/vote"), &steering, "choice=for")
            .await,
    );
    // A page that is older than the activity is refused.
    let stale = desk
        .post(&item, &steering, &verdict.replace("9999", "0"))
        .await;
    assert_eq!(
        stale.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        stale.body
    );
    assert!(stale.body.contains("has changed since"));
    let before = desk.site.history().head().seq;
    location(&desk.post(&item, &steering, verdict).await);
    let history = desk.site.history();
    assert_eq!(history.head().seq, before + 1);
    let plan = history.current();
    let activity = &plan.activities[&slug];
    assert_eq!(activity.stage, Some(Stage::Paused));
    assert_eq!(activity.stage_from_events(), Some(Stage::Paused));
    let decision = &plan.decisions["pause-it-until-spring"];
    assert_eq!(decision.activities, [slug]);
    assert_eq!(decision.reason.as_deref(), Some("No funding"));
    let twice = desk.post(&item, &steering, verdict).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(desk.site.history().head().seq, before + 1);
    // A vote after the outcome is refused.
    location(
        &desk
            .post(
                &format!("{meeting}/presence"),
                &steering,
                &format!(
                    "member={id}&member={}",
                    desk.person_again("member@example.org").await.0
                ),
            )
            .await,
    );
    let member = desk.cookie_again("member@example.org").await;
    let late = desk
        .post(&format!("{item}/vote"), &member, "choice=against")
        .await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.body.contains("voting is over"));
    let minutes = desk.get(&format!("{meeting}/minutes"), &member).await;
    assert!(
        minutes
            .body
            .contains("For 1, against 0, abstained 0: carried."),
        "{}",
        minutes.body
    );
    assert!(minutes.body.contains("Pause it until spring"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixty_four_votes_at_once_one_counts() {
    let mut desk = Desk::new().await;
    let (meeting, item, _) = sit(&mut desk).await;
    let (id, steering) = desk.person_again("steering@example.org").await;
    location(
        &desk
            .post(
                &format!("{meeting}/presence"),
                &steering,
                &format!("member={id}"),
            )
            .await,
    );
    let vote = format!("{item}/vote");
    let mut tasks = tokio::task::JoinSet::new();
    let desk = std::sync::Arc::new(desk);
    for n in 0..64 {
        let (desk, vote, steering) = (desk.clone(), vote.clone(), steering.clone());
        let choice = if n % 2 == 0 {
            "choice=for"
        } else {
            "choice=against"
        };
        tasks.spawn(async move { desk.post(&vote, &steering, choice).await.status });
    }
    let statuses = tasks.join_all().await;
    let taken = statuses
        .iter()
        .filter(|status| **status == StatusCode::SEE_OTHER)
        .count();
    assert_eq!(taken, 1);
    assert!(
        statuses
            .iter()
            .all(|status| status.is_redirection() || *status == StatusCode::UNPROCESSABLE_ENTITY)
    );
    let (number, name) = (
        meeting.rsplit('/').next().unwrap(),
        item.rsplit('/').next().unwrap(),
    );
    let store: &Store = &desk.store;
    assert_eq!(
        store
            .votes(number.parse().unwrap(), name)
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn calendars_tell_the_public_the_date_alone_and_a_person_more() {
    let desk = Desk::new().await;
    let (_, lead) = desk
        .signed_in("lead@example.org", &["programme-lead"])
        .await;
    let form = "title=Secret+title&group=data&date=2026-12-01&quorum=3";
    let meeting = location(&desk.post("/desk/meetings/new", &lead, form).await);
    let public = desk.get("/calendar/data.ics", "").await;
    assert_eq!(public.status, StatusCode::OK);
    assert_eq!(
        public.header("content-type"),
        "text/calendar; charset=utf-8"
    );
    assert!(
        public.body.contains("DTSTART;VALUE=DATE:20261201\r\n"),
        "{}",
        public.body
    );
    assert!(!public.body.contains("Secret"));
    let none = format!("/calendar/own/{}.ics", "0".repeat(64));
    for path in ["/calendar/nobody.ics", "/calendar/data", &none] {
        assert_eq!(
            desk.get(path, "").await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let page = desk.post("/desk/calendar", &lead, "do=new").await;
    let at = page.body.find("/calendar/own/").unwrap();
    let own = page.body[at..].split('<').next().unwrap().to_owned();
    let feed = desk.get(&own, "").await;
    assert!(feed.body.contains("Secret title"), "{}", feed.body);
    assert_eq!(feed.header("cache-control"), "no-store");
    assert!(!desk.get("/desk/calendar", &lead).await.body.contains(&own));
    desk.post("/desk/calendar", &lead, "do=close").await;
    assert_eq!(desk.get(&own, "").await.status, StatusCode::NOT_FOUND);
    // An action waits on the desk of whoever promised it, and of nobody else.
    let (id, member) = desk
        .signed_in("member@example.org", &["group-member:data"])
        .await;
    let action = format!("what=Ask+the+council&owner={id}&due=2026-12-05");
    location(
        &desk
            .post(&format!("{meeting}/actions"), &lead, &action)
            .await,
    );
    assert!(
        desk.get("/desk", &member)
            .await
            .body
            .contains("Ask the council")
    );
    assert!(
        !desk
            .get("/desk", &lead)
            .await
            .body
            .contains("Ask the council")
    );
    let (_, other) = desk
        .signed_in("other@example.org", &["group-member:workforce"])
        .await;
    assert_eq!(
        desk.post("/desk/actions/1/done", &other, "").await.status,
        StatusCode::NOT_FOUND
    );
    location(&desk.post("/desk/actions/1/done", &member, "").await);
    assert!(
        !desk
            .get("/desk", &member)
            .await
            .body
            .contains("Ask the council")
    );
}

/// The item of a proposal that has been handed in, at a meeting of the steering group at which the
/// chair is present: the meeting, the item and the proposal.
async fn put_before_the_meeting(
    desk: &Desk,
    author: &Author<'_>,
    chair: &Author<'_>,
    title: &str,
) -> (String, String, String) {
    let (proposal, change) = author.begin(title).await;
    let basics = [("title", title)];
    let saved = author.answer(&format!("{change}/basics"), &basics).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    author.hand_in(&proposal).await;
    let today = crate::site::now().to_string();
    let form = [
        ("title", "Winter meeting"),
        ("group", "steering-group"),
        ("date", &today[..10]),
        ("quorum", "1"),
    ];
    let meeting = location(&chair.post("/desk/meetings/new", &form).await);
    let person = desk.store.person_by_email("steering@example.org").await;
    let id = person.unwrap().unwrap().id;
    let present = [("member", id.as_str())];
    location(&chair.post(&format!("{meeting}/presence"), &present).await);
    let number = proposal.rsplit('/').next().unwrap();
    let item = format!("{meeting}/items/proposal.{number}");
    (meeting, item, proposal)
}

#[tokio::test]
async fn a_meeting_accepts_declines_and_defers_proposals() {
    let desk = Desk::with_ledger(crate::site::now).await;
    let partner = Author::new(&desk, "partner@example.org", &["partner:hub"]).await;
    let chair = Author::new(&desk, "steering@example.org", &["steering-chair"]).await;
    let member = Author::new(&desk, "member@example.org", &["steering-member"]).await;
    for (result, told, state) in [
        ("decline", "The plan stays as it is", "Declined"),
        ("defer", "The proposal comes back later", "Deferred"),
        (
            "accept",
            "The plan changes as proposed",
            "in the plan since entry",
        ),
    ] {
        let title = format!("Gigabit to {result}");
        let (meeting, item, proposal) =
            put_before_the_meeting(&desk, &partner, &chair, &title).await;
        let shown = chair.get(&item).await;
        assert!(shown.body.contains("<ins>"));
        let revision = hidden(&shown, "revision");
        let reason = format!("Reason to {result}");
        let text = format!("We {result} the name");
        for (revision, reason, problem) in [
            ("99", reason.as_str(), "changed by its author"),
            (revision.as_str(), "", "Give the reason"),
        ] {
            let wrong = [
                ("result", result),
                ("text", &text),
                ("reason", reason),
                ("revision", revision),
            ];
            let refused = chair.post(&item, &wrong).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(
                refused.body.contains(problem),
                "{problem}: {}",
                refused.body
            );
            assert!(refused.body.contains(&text), "what was typed stays");
        }
        let form = [
            ("result", result),
            ("text", &text),
            ("reason", &reason),
            ("revision", &revision),
        ];
        let head = desk.site.history().head().seq;
        let refused = member.post(&item, &form).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
        assert_eq!(desk.site.history().head().seq, head);
        if result == "accept" {
            // Another field of the same record has changed since: no hindrance.
            let (other, change) = partner.begin("Its money").await;
            let money = [("funding_pence", "£9 million")];
            partner.answer(&format!("{change}/money"), &money).await;
            partner.hand_in(&other).await;
            let decided = chair.decide(&other, "accept").await;
            assert_eq!(decided.status, StatusCode::SEE_OTHER, "{}", decided.body);
        }
        let head = desk.site.history().head().seq;
        location(&chair.post(&item, &form).await);
        let history = desk.site.history();
        assert_eq!(history.head().seq, head + 1, "{result}");
        let changed = activity(&desk).title == title;
        assert_eq!(changed, result == "accept", "{result}");
        let plan = history.current();
        let note = history.note(head + 1).unwrap();
        let decision = &plan.decisions[note.decision.as_ref().unwrap()];
        assert_eq!(decision.title, text);
        assert_eq!(decision.reason.as_deref(), Some(reason.as_str()));
        let effect = decision.effect.as_deref().unwrap();
        assert!(effect.starts_with(told), "{effect}");
        assert_eq!(decision.group.as_ref().unwrap().as_str(), "steering-group");
        let page = partner.get(&proposal).await;
        assert!(page.body.contains(state), "{state}: {}", page.body);
        let minutes = member.get(&format!("{meeting}/minutes")).await;
        assert!(minutes.body.contains(&text), "{}", minutes.body);
        let twice = chair.post(&item, &form).await;
        assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(desk.site.history().head().seq, head + 1, "decided once");
    }
}

#[tokio::test]
async fn what_is_wrong_in_small_forms_is_said_beside_the_field() {
    let desk = Desk::with_ledger(crate::site::now).await;
    let partner = Author::new(&desk, "partner@example.org", &["partner:hub"]).await;
    let chair = Author::new(&desk, "steering@example.org", &["steering-chair"]).await;
    let (meeting, item, _) = put_before_the_meeting(&desk, &partner, &chair, "A name").await;
    let wrong = [("what", "<i>Ask</i>"), ("owner", "nobody"), ("due", "soon")];
    let refused = chair.post(&format!("{meeting}/actions"), &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for told in [
        "Choose who does it",
        "Enter by when like",
        "&#60;i&#62;Ask",
        "value=\"soon\"",
    ] {
        assert!(refused.body.contains(told), "{told}: {}", refused.body);
    }
    // An item comes off until something is recorded of it; nobody else takes it off.
    let removal = format!("{item}/removal");
    let refused = partner.post(&removal, &[]).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    location(&chair.post(&removal, &[]).await);
    assert_eq!(chair.get(&item).await.status, StatusCode::NOT_FOUND);
    location(&chair.post(&format!("{meeting}/agenda"), &[]).await);
    location(
        &chair
            .post(&format!("{item}/vote"), &[("choice", "for")])
            .await,
    );
    let refused = chair.post(&removal, &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("stays on the agenda"));
    assert_eq!(chair.get(&item).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_round_closed_by_hand_takes_no_score() {
    let desk = Desk::new().await;
    let (_, chair) = desk
        .signed_in("chair@example.org", &["group-chair:data"])
        .await;
    let (_, one) = desk
        .signed_in("one@example.org", &["group-member:data"])
        .await;
    let review = open(&desk, &chair).await;
    let activity = activities(&desk)[0].clone();
    let page = format!("{review}/activities/{activity}");
    location(&desk.post(&page, &one, &scores(4, 3)).await);
    let closing = format!("{review}/closing");
    let wrong = desk.post(&closing, &chair, "closes=tomorrow").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("Enter the last day like"));
    assert!(wrong.body.contains("value=\"tomorrow\""), "{}", wrong.body);
    let long = format!("answer-0={}", "x".repeat(5001));
    let answers = format!("{review}/answers");
    let refused = desk.post(&answers, &one, &long).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("xxxxx"), "what was typed stays");
    let refused = desk.post(&closing, &one, "do=now").await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert!(
        desk.get(&review, &chair)
            .await
            .body
            .contains("0 of 2 members have scored")
    );
    location(&desk.post(&closing, &chair, "do=now").await);
    let late = desk.post(&page, &one, &scores(0, 0)).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.body.contains("the review has been closed"));
    let results = desk.get(&format!("{review}/results"), &one).await;
    assert_eq!(results.status, StatusCode::OK);
    assert!(results.body.contains("4.00"), "{}", results.body);
    let again = desk.post(&closing, &chair, "closes=2026-12-24").await;
    assert_eq!(again.status, StatusCode::CONFLICT);
}
