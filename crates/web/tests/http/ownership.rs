//! Ownership over HTTP: accepted by the organisation itself, and counted on the public pipeline.

use std::time::Duration;

use axum::http::StatusCode;
use dfg_plan::record::{AnswerKind, Part};
use jiff::Timestamp;

use crate::{
    access::Desk,
    site::{now, publish},
};

const HUB: &str = "national-edge-ai-hub";
const PART: &str = "organisation=newcastle-university&activity=national-edge-ai-hub&part=leads";

#[tokio::test]
async fn an_organisation_accepts_or_declines_its_own_part() {
    let desk = Desk::with_ledger(now).await;
    let (id, partner) = desk
        .signed_in("p@example.org", &["partner:newcastle-university"])
        .await;
    let page = desk.get("/desk/ownership", &partner).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Not answered yet"), "{}", page.body);

    let silent = desk
        .post(
            "/desk/ownership",
            &partner,
            &format!("{PART}&answer=declined"),
        )
        .await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(silent.body.contains("Say why you decline this part"));
    let long = "a".repeat(1_001);
    let form = format!("{PART}&answer=declined&reason={long}");
    let refused = desk.post("/desk/ownership", &partner, &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains(&long), "nothing typed is lost");

    let form = format!("{PART}&answer=declined&reason=%3Cscript%3EWe+only+pay");
    let declined = desk.post("/desk/ownership", &partner, &form).await;
    assert_eq!(declined.status, StatusCode::SEE_OTHER, "{}", declined.body);
    let answer = |desk: &Desk| {
        let plan = desk.site.history().current();
        let owners = &plan.activities[HUB].owners;
        let lead = owners
            .iter()
            .find(|owner| owner.part == Part::Leads)
            .unwrap();
        lead.answer.clone().unwrap()
    };
    assert_eq!(answer(&desk).kind, AnswerKind::Declined);
    let page = desk.get("/desk/ownership", &partner).await;
    assert!(page.body.contains("Declined on 22 November 2026"));
    assert!(!page.body.contains("<script"));

    let accepted = desk
        .post(
            "/desk/ownership",
            &partner,
            &format!("{PART}&answer=accepted"),
        )
        .await;
    assert_eq!(accepted.status, StatusCode::SEE_OTHER);
    // Pressed twice: nothing is recorded twice.
    let head = desk.store.head().await.unwrap();
    let again = desk
        .post(
            "/desk/ownership",
            &partner,
            &format!("{PART}&answer=accepted"),
        )
        .await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.store.head().await.unwrap(), head);
    assert_eq!(answer(&desk).kind, AnswerKind::Accepted);
    assert_eq!(answer(&desk).reason, None);
    let history = desk.site.history();
    assert_eq!(history.notes().last().unwrap().actor, id.as_str());
}

#[tokio::test]
async fn nobody_answers_for_another_organisation() {
    let desk = Desk::with_ledger(now).await;
    let head = desk.store.head().await.unwrap();
    for (email, role) in [
        ("a@example.org", "partner:durham-university"),
        ("b@example.org", "programme-lead"),
        ("c@example.org", "group-chair:data"),
    ] {
        let (_, cookie) = desk.signed_in(email, &[role]).await;
        let form = format!("{PART}&answer=accepted");
        let answer = desk.post("/desk/ownership", &cookie, &form).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{role}");
    }
    // A part that it does not have.
    let (_, own) = desk
        .signed_in("d@example.org", &["partner:newcastle-university"])
        .await;
    for form in [
        "organisation=newcastle-university&activity=national-edge-ai-hub&part=advises&answer=accepted",
        "organisation=newcastle-university&activity=nowhere&part=leads&answer=accepted",
        "organisation=newcastle-university&activity=national-edge-ai-hub&part=leads&answer=perhaps",
        "",
    ] {
        let answer = desk.post("/desk/ownership", &own, form).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{form}");
    }
    assert_eq!(desk.store.head().await.unwrap(), head);
}

fn next_year() -> Timestamp {
    "2027-11-23T09:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn after_a_year_or_in_a_review_it_is_asked_again() {
    let desk = Desk::with_ledger(now).await;
    let (_, partner) = desk
        .signed_in("p@example.org", &["partner:newcastle-university"])
        .await;
    let form = format!("{PART}&answer=accepted");
    desk.post("/desk/ownership", &partner, &form).await;
    let page = desk.get("/desk/ownership", &partner).await;
    assert!(page.body.contains("Accepted on 22 November 2026</p>"));
    let round = serde_json::from_value(serde_json::json!({
        "title": "Autumn", "group": "data", "activities": [HUB],
        "criteria": [{"id": "fit", "title": "Fit", "weight": 1}],
        "opens": "2026-11-23", "closes": "2026-12-23"
    }));
    desk.store.add_review(&round.unwrap(), 1).await.unwrap();
    let page = desk.get("/desk/ownership", &partner).await;
    assert!(
        page.body.contains("Accepted on 22 November 2026</p>"),
        "it opens tomorrow"
    );
    let tomorrow = desk.another(|| now() + Duration::from_hours(24)).await;
    let (_, partner) = tomorrow
        .signed_in("r@example.org", &["partner:newcastle-university"])
        .await;
    let page = tomorrow.get("/desk/ownership", &partner).await;
    assert!(
        page.body.contains("please confirm it again"),
        "{}",
        page.body
    );
    tomorrow.post("/desk/ownership", &partner, &form).await;
    let page = tomorrow.get("/desk/ownership", &partner).await;
    assert!(
        page.body.contains("Accepted on 23 November 2026</p>"),
        "confirmed"
    );
    let year = desk.another(next_year).await;
    let (_, partner) = year
        .signed_in("q@example.org", &["partner:newcastle-university"])
        .await;
    let page = year.get("/desk/ownership", &partner).await;
    let again = "Accepted on 23 November 2026; please confirm it again";
    assert!(page.body.contains(again), "{}", page.body);
}

#[tokio::test]
async fn the_public_pipeline_counts_what_is_published() {
    let desk = Desk::with_ledger(now).await;
    let (_, partner) = desk
        .signed_in("p@example.org", &["partner:newcastle-university"])
        .await;
    let before = desk.get("/pipeline", "").await;
    let (all, one) = (
        "No organisation has accepted to lead any of the",
        "no organisation has accepted to lead yet",
    );
    assert!(before.body.contains(all), "{}", before.body);
    assert!(
        before
            .body
            .contains("had an update in time, as of 22 November 2026")
    );
    let form = format!("{PART}&answer=accepted");
    desk.post("/desk/ownership", &partner, &form).await;
    let still = desk.get("/pipeline", "").await;
    assert_eq!(before.body, still.body, "not published yet");
    let mut history = (*desk.site.history()).clone();
    publish(&mut history, now(), 2, "Second");
    desk.site.replace(history);
    let after = desk.get("/pipeline", "").await;
    assert!(after.body.contains(one), "{}", after.body);
    assert!(!after.body.contains(all));
    let page = desk.get(&format!("/activities/{HUB}"), "").await;
    assert!(page.body.contains("accepted on 22 November 2026"));
}
