//! Proposals over HTTP: their life, and who may do what.

use axum::http::StatusCode;

use crate::{
    access::Desk,
    author::{ACTIVITY, Author, activity, hidden, slug},
};

#[tokio::test]
async fn a_proposal_goes_from_a_draft_to_the_plan() {
    let desk = Desk::with_ledger(crate::site::now).await;
    let partner = Author::new(&desk, "partner@example.org", &["partner:hub"]).await;
    let group_chair = Author::new(&desk, "chair@example.org", &["group-chair:data"]).await;
    let chair = Author::new(&desk, "steering@example.org", &["steering-chair"]).await;
    let reader = Author::new(&desk, "reader@example.org", &["reader"]).await;
    let public_before = desk.get(&format!("/activities/{ACTIVITY}"), "").await.body;

    let found = partner.get("/desk/proposals/new?q=gigabit+teesdale").await;
    assert!(
        found
            .body
            .contains(&format!("?record=activities/{ACTIVITY}")),
        "{}",
        found.body
    );
    let (proposal, change) = partner.begin("Reach more homes").await;
    let saved = partner
        .answer(
            &format!("{change}/basics"),
            &[("title", "Project Gigabit: all of Teesdale")],
        )
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let saved = partner
        .answer(
            &format!("{change}/money"),
            &[("funding_pence", "£7.1 million")],
        )
        .await;
    assert_eq!(saved.header("location"), change, "{}", saved.body);

    let check = partner.get(&format!("{proposal}/check")).await;
    assert!(
        check.body.contains("<ins>all of </ins>Teesdale"),
        "{}",
        check.body
    );
    assert!(check.body.contains("£7.1 million"), "{}", check.body);
    assert!(check.body.contains("£500,000 more"), "{}", check.body);
    partner.hand_in(&proposal).await;

    let seen = reader.get(&proposal).await;
    assert_eq!(seen.status, StatusCode::OK);
    assert!(
        seen.body.contains("<ins>all of </ins>Teesdale"),
        "{}",
        seen.body
    );
    assert!(
        !seen.body.contains("What do you want to say?"),
        "{}",
        seen.body
    );
    let said = [("text", "Which homes?")];
    group_chair.go(&format!("{proposal}/comments"), &said).await;
    group_chair.go(&format!("{proposal}/comments"), &said).await;
    let page = group_chair.get(&proposal).await;
    assert_eq!(
        page.body.matches("Which homes?").count(),
        1,
        "sent twice, said once"
    );
    let revision = hidden(&page, "revision");
    let recommend = [("group", "data"), ("revision", revision.as_str())];
    group_chair
        .go(&format!("{proposal}/recommendation"), &recommend)
        .await;

    let head = desk.site.history().head().seq;
    let no_reason = chair
        .post(&format!("{proposal}/decision"), &[("verdict", "accept")])
        .await;
    assert_eq!(no_reason.status, StatusCode::UNPROCESSABLE_ENTITY);
    let decided = chair.decide(&proposal, "accept").await;
    assert_eq!(decided.status, StatusCode::SEE_OTHER, "{}", decided.body);
    // The site has the entry as soon as the answer is there.
    let history = desk.site.history();
    assert_eq!(history.head().seq, head + 1);
    assert_eq!(desk.store.head().await.unwrap(), history.head());
    assert_eq!(activity(&desk).title, "Project Gigabit: all of Teesdale");
    let note = history.note(head + 1).unwrap();
    let decision = note.decision.clone().unwrap();
    let plan = history.current();
    let record = &plan.decisions[&decision];
    assert_eq!(record.activities, [slug(ACTIVITY)]);
    assert!(record.group.is_some());
    assert!(!note.actor.contains('@') && !note.actor.contains("Name of"));
    let page = reader.get(&proposal).await;
    for told in [
        "in the plan since entry",
        "Handed in by Name of partner@example.org",
        "Recommended for",
        "Decided, and recorded by Name of steering@example.org",
        "<ins>all of </ins>Teesdale",
    ] {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
    // Nothing of it is public before an edition.
    let public = desk.get(&format!("/activities/{ACTIVITY}"), "").await.body;
    assert_eq!(public, public_before);
    let again = chair
        .post(&format!("{proposal}/decision"), &[("verdict", "decline")])
        .await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.site.history().head().seq, head + 1, "decided once");
}

#[tokio::test]
async fn a_proposal_is_declined_deferred_withdrawn_and_taken_back() {
    let desk = Desk::with_ledger(crate::site::now).await;
    let partner = Author::new(&desk, "partner@example.org", &["partner:hub"]).await;
    let chair = Author::new(&desk, "steering@example.org", &["steering-chair"]).await;
    for (number, verdict) in ["decline", "defer"].into_iter().enumerate() {
        let (proposal, change) = partner.begin(&format!("Rename {number}")).await;
        partner
            .answer(&format!("{change}/basics"), &[("title", "Gone")])
            .await;
        partner.hand_in(&proposal).await;
        let decided = chair.decide(&proposal, verdict).await;
        assert_eq!(decided.status, StatusCode::SEE_OTHER, "{}", decided.body);
        assert_ne!(activity(&desk).title, "Gone");
        let page = partner.get(&proposal).await;
        assert!(page.body.contains("It helps"), "{}", page.body);
        let back = partner.post(&format!("{proposal}/reopening"), &[]).await;
        let expected = if verdict == "defer" {
            StatusCode::SEE_OTHER
        } else {
            StatusCode::CONFLICT
        };
        assert_eq!(back.status, expected, "{verdict}");
    }
    let (proposal, _) = partner.begin("Never mind").await;
    let page = partner.get(&format!("{proposal}/withdrawal")).await;
    let revision = hidden(&page, "revision");
    let path = format!("{proposal}/withdrawal");
    partner.go(&path, &[("revision", &revision)]).await;
    // Nobody else had seen it, and nobody else will.
    assert_eq!(chair.get(&proposal).await.status, StatusCode::NOT_FOUND);
    assert_eq!(partner.get(&proposal).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_draft_is_its_authors_alone() {
    let desk = Desk::with_ledger(crate::site::now).await;
    let author = Author::new(&desk, "partner@example.org", &["partner:hub"]).await;
    let (proposal, change) = author.begin("A secret title").await;
    author
        .answer(&format!("{change}/basics"), &[("title", "A secret name")])
        .await;
    let own = [
        format!("{proposal}/words"),
        format!("{proposal}/check"),
        format!("{proposal}/withdrawal"),
        format!("{proposal}/changes/new"),
        change.clone(),
        format!("{change}/basics"),
    ];
    for path in &own {
        assert_eq!(author.get(path).await.status, StatusCode::OK, "{path}");
    }
    for (number, role) in [
        "partner:other",
        "programme-lead",
        "steering-chair",
        "reader",
    ]
    .into_iter()
    .enumerate()
    {
        let other = Author::new(&desk, &format!("other{number}@example.org"), &[role]).await;
        for path in own.iter().chain([&proposal, &format!("{change}/merge")]) {
            let answer = other.get(path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{role} {path}");
            assert!(!answer.body.contains("secret"), "{role} {path}");
        }
        for path in [
            format!("{proposal}/words"),
            format!("{proposal}/submission"),
            format!("{proposal}/withdrawal"),
            format!("{proposal}/comments"),
            format!("{proposal}/decision"),
            format!("{change}/basics"),
            format!("{change}/removal"),
        ] {
            let pairs = [("revision", "1"), ("title", "Taken over"), ("text", "x")];
            let answer = other.post(&path, &pairs).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{role} {path}");
        }
        let list = other.get("/desk/proposals").await;
        assert!(!list.body.contains("secret"), "{role}");
    }
    // Another's change does not open under one's own proposal.
    let other = Author::new(&desk, "thief@example.org", &["partner:other"]).await;
    let (own, _) = other.begin("Mine").await;
    let number = change.rsplit('/').next().unwrap();
    for path in [
        format!("{own}/changes/{number}"),
        format!("{own}/changes/{number}/basics"),
    ] {
        assert_eq!(
            other.get(&path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let answer = other
        .post(&format!("{own}/changes/{number}/removal"), &[])
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(author.get(&change).await.status, StatusCode::OK);
    // Not even once it is handed in may others change it.
    author.hand_in(&proposal).await;
    let page = other.get(&proposal).await;
    assert!(page.body.contains("A secret title"));
    let answer = other
        .post(&format!("{proposal}/words"), &[("title", "Taken over")])
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
