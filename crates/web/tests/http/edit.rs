//! Forms for records: every kind of them, what is typed wrong, and two people on one record.

use axum::http::{Method, StatusCode};
use dfg_plan::{
    Key, Kind, Plan, Record, Slug,
    record::{EventKind, Stage},
};

use crate::{
    access::{Desk, HOST},
    author::{Author, SCRIPT, activity, fields, form, hidden, slug, unescape},
};

#[tokio::test]
async fn scripts_stay_text_in_every_field() {
    let desk = Desk::with_ledger(crate::site::now).await;
    let author = Author::new(&desk, "partner@example.org", &["partner:hub"]).await;
    let change = author
        .go(
            "/desk/proposals/new",
            &[("title", SCRIPT), ("reason", SCRIPT), ("add", "activity")],
        )
        .await;
    let (proposal, _) = change.split_once("/changes/").unwrap();
    let mut pages = vec![
        author
            .post("/desk/proposals/new", &[("title", SCRIPT)])
            .await,
        author
            .get(&format!("/desk/proposals/new?q={}", form(&[("", SCRIPT)])))
            .await,
        author
            .post(&format!("{proposal}/words"), &[("reason", SCRIPT)])
            .await,
        author.get(proposal).await,
    ];
    for section in [
        "basics", "stage", "events", "owners", "money", "results", "sources",
    ] {
        let path = format!("{change}/{section}");
        let page = author.get(&path).await;
        let mut all = fields(&page);
        for (name, text) in &mut all {
            if name != "revision" {
                SCRIPT.clone_into(text);
            }
        }
        let all: Vec<(&str, &str)> = all.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        pages.push(author.post(&path, &all).await);
        pages.push(author.get(&path).await);
        let stale: Vec<(&str, &str)> = all
            .iter()
            .map(|(name, _)| {
                if *name == "revision" {
                    (*name, "1")
                } else {
                    (*name, "other")
                }
            })
            .collect();
        pages.push(author.post(&path, &stale).await);
    }
    pages.push(author.get(&change).await);
    pages.push(author.get(&format!("{proposal}/check")).await);
    pages.push(author.get("/desk/proposals").await);
    pages.push(
        desk.post(&format!("{change}/basics"), "", &form(&[("title", SCRIPT)]))
            .await,
    );
    let (other, other_change) = author.begin("Plain").await;
    let named = author
        .answer(&format!("{other_change}/basics"), &[("title", SCRIPT)])
        .await;
    assert_eq!(named.status, StatusCode::SEE_OTHER, "{}", named.body);
    author.hand_in(&other).await;
    author
        .go(&format!("{other}/comments"), &[("text", SCRIPT)])
        .await;
    pages.push(author.get(&other).await);
    for page in pages {
        assert!(page.body.contains("<!doctype html>") || page.status == StatusCode::SEE_OTHER);
        assert!(!page.body.contains("<script"), "{}", page.body);
        assert!(!page.body.contains("<img"), "{}", page.body);
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_and_nothing_typed_is_lost() {
    let desk = Desk::with_ledger(crate::site::now).await;
    let author = Author::new(&desk, "partner@example.org", &["partner:hub"]).await;
    let (_, change) = author.begin("Dates").await;
    let path = format!("{change}/stage");
    let wrong = author
        .answer(&path, &[("start", "soon"), ("end", "March 2020")])
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("<title>Error: Stage"), "{}", wrong.body);
    assert!(
        wrong.body.contains("href=\"#start\">“soon” is not a date"),
        "{}",
        wrong.body
    );
    assert!(wrong.body.contains("id=\"start-error\""));
    // It is saved, whatever it is: a restart or another day finds it there.
    let later = author.get(&path).await;
    let kept = fields(&later);
    assert!(
        kept.contains(&("start".to_owned(), "soon".to_owned())),
        "{kept:?}"
    );
    assert!(
        kept.contains(&("end".to_owned(), "March 2020".to_owned())),
        "{kept:?}"
    );
    let wrong = author.answer(&path, &[("start", "2022")]).await;
    // The same rule that holds for a region's folder.
    assert!(
        wrong
            .body
            .contains("href=\"#end\">It ends (March 2020) before it starts (2022)"),
        "{}",
        wrong.body
    );
    let right = author.answer(&path, &[("end", "14 March 2027")]).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER, "{}", right.body);

    // After the session has ended, the page holds what was typed until it can be saved.
    let typed = form(&[("summary", "Two\r\nlines & \"more\""), ("revision", "1")]);
    let held = desk.post(&format!("{change}/basics"), "", &typed).await;
    assert_eq!(held.status, StatusCode::UNAUTHORIZED);
    assert!(
        held.body.contains("href=\"/sign-in?next=/desk\""),
        "{}",
        held.body
    );
    let back = unescape(&hidden(&held, "summary"));
    assert_eq!(back, "Two\r\nlines & \"more\"");
    let elsewhere = [("origin", "https://other.example")];
    let forged = desk
        .ask(
            Method::POST,
            &format!("{change}/basics"),
            &elsewhere,
            &typed,
        )
        .await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn two_windows_do_not_overwrite_each_other() {
    let desk = Desk::with_ledger(crate::site::now).await;
    let author = Author::new(&desk, "partner@example.org", &["partner:hub"]).await;
    let (_, change) = author.begin("Two windows").await;
    let path = format!("{change}/basics");
    let opened = fields(&author.get(&path).await);
    let first = author
        .answer(&path, &[("title", "From the first window")])
        .await;
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    let second: Vec<(&str, &str)> = opened
        .iter()
        .map(|(name, text)| match name.as_str() {
            "title" => ("title", "From the second window"),
            name => (name, text.as_str()),
        })
        .collect();
    let clash = author.post(&path, &second).await;
    assert_eq!(clash.status, StatusCode::CONFLICT, "{}", clash.body);
    assert!(clash.body.contains("From the first window"));
    assert!(clash.body.contains("second"));
    assert_eq!(
        clash.body.matches("name=\"clash\"").count(),
        1,
        "only the title differs"
    );
    let kept = fields(&author.get(&path).await);
    assert!(kept.contains(&("title".to_owned(), "From the first window".to_owned())));

    let revision = hidden(&clash, "revision");
    let send = |choice: &'static str| {
        let mut all: Vec<(&str, &str)> = second
            .iter()
            .filter(|(name, _)| *name != "revision")
            .copied()
            .collect();
        all.extend([
            ("revision", revision.as_str()),
            ("clash", "title"),
            ("keep.title", choice),
        ]);
        all
    };
    let unsaid = author.post(&path, &send("")).await;
    assert_eq!(unsaid.status, StatusCode::CONFLICT);
    assert!(
        unsaid.body.contains("Choose one of the two"),
        "{}",
        unsaid.body
    );
    let chosen = author.post(&path, &send("mine")).await;
    assert_eq!(chosen.status, StatusCode::SEE_OTHER, "{}", chosen.body);
    let kept = fields(&author.get(&path).await);
    assert!(kept.contains(&("title".to_owned(), "From the second window".to_owned())));
}

#[tokio::test]
async fn two_people_who_change_the_same_field_choose_and_merge() {
    let desk = Desk::with_ledger(crate::site::now).await;
    let one = Author::new(&desk, "one@example.org", &["partner:hub"]).await;
    let two = Author::new(&desk, "two@example.org", &["group-member:data"]).await;
    let chair = Author::new(&desk, "steering@example.org", &["steering-chair"]).await;
    let before = activity(&desk);
    let (first, first_change) = one.begin("First").await;
    let (second, second_change) = two.begin("Second").await;
    let (third, third_change) = two.begin("Third").await;
    one.answer(
        &format!("{first_change}/basics"),
        &[("title", "Title of the first")],
    )
    .await;
    let outputs = format!("{}\nBy the first", before.outputs.join("\n"));
    one.answer(&format!("{first_change}/results"), &[("outputs", &outputs)])
        .await;
    one.answer(
        &format!("{first_change}/money"),
        &[("funding_note", "By the first")],
    )
    .await;
    two.answer(
        &format!("{second_change}/basics"),
        &[("title", "Title of the second")],
    )
    .await;
    let outputs = format!("{}\nBy the second", before.outputs.join("\n"));
    two.answer(
        &format!("{second_change}/results"),
        &[("outputs", &outputs)],
    )
    .await;
    two.answer(
        &format!("{third_change}/links"),
        &[("depends_on", "bede-supercomputer")],
    )
    .await;
    one.hand_in(&first).await;
    two.hand_in(&second).await;
    two.hand_in(&third).await;

    // Both wait, and touch the same fields: a person is told.
    let list = chair.get("/desk/proposals").await;
    assert!(list.body.contains("In conflict"), "{}", list.body);
    assert!(list.body.contains(": title. Touched by"), "{}", list.body);
    assert!(
        chair
            .get(&second)
            .await
            .body
            .contains("In conflict with other proposals")
    );
    assert!(
        !chair
            .get(&third)
            .await
            .body
            .contains("In conflict with other proposals")
    );

    assert_eq!(
        chair.decide(&first, "accept").await.status,
        StatusCode::SEE_OTHER
    );
    let head = desk.site.history().head().seq;
    let refused = chair.decide(&second, "accept").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("changed in the same places"),
        "{}",
        refused.body
    );
    assert_eq!(
        desk.site.history().head().seq,
        head,
        "nothing is overwritten"
    );
    assert!(
        chair
            .get(&second)
            .await
            .body
            .contains("Changed by others since")
    );
    // What touches other fields of the record is no hindrance.
    let accepted = chair.decide(&third, "accept").await;
    assert_eq!(accepted.status, StatusCode::SEE_OTHER, "{}", accepted.body);
    assert_eq!(activity(&desk).title, "Title of the first");

    two.go(&format!("{second}/reopening"), &[]).await;
    let check = two.get(&format!("{second}/check")).await;
    assert!(
        check.body.contains("it has changed since you began"),
        "{}",
        check.body
    );
    let merge = format!("{second_change}/merge");
    let page = two.get(&merge).await;
    assert!(page.body.contains("name=\"choice.title\""), "{}", page.body);
    assert!(
        page.body.contains("name=\"choice.outputs\""),
        "{}",
        page.body
    );
    assert!(
        !page.body.contains("name=\"choice.funding_note\""),
        "{}",
        page.body
    );
    assert!(
        page.body.contains("Funding note: <ins>By the first</ins>"),
        "{}",
        page.body
    );
    let (revision, seen) = (hidden(&page, "revision"), hidden(&page, "head"));
    let choices = [
        ("revision", revision.as_str()),
        ("head", seen.as_str()),
        ("choice.outputs", "both"),
        ("choice.title", "own"),
        ("own.title", "Title of both"),
    ];
    let partly = two.post(&merge, &choices[..3]).await;
    assert_eq!(partly.status, StatusCode::UNPROCESSABLE_ENTITY);
    two.go(&merge, &choices).await;
    two.hand_in(&second).await;
    assert_eq!(
        chair.decide(&second, "accept").await.status,
        StatusCode::SEE_OTHER
    );
    let after = activity(&desk);
    assert_eq!(after.title, "Title of both");
    assert_eq!(after.funding_note.as_deref(), Some("By the first"));
    let mut expected = before.outputs.clone();
    expected.extend(["By the first".to_owned(), "By the second".to_owned()]);
    assert_eq!(after.outputs, expected);
    assert_eq!(after.depends_on, [slug("bede-supercomputer")]);
}

#[tokio::test]
async fn a_change_of_stage_brings_its_dated_event() {
    let desk = Desk::with_ledger(crate::site::now).await;
    let author = Author::new(&desk, "lead@example.org", &["programme-lead"]).await;
    let chair = Author::new(&desk, "steering@example.org", &["steering-chair"]).await;
    let before = activity(&desk);
    let (proposal, change) = author.begin("Pause it").await;
    let path = format!("{change}/stage");
    let saved = author
        .answer(
            &path,
            &[("stage", "paused"), ("stage_since", "1 November 2026")],
        )
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    author.hand_in(&proposal).await;
    assert_eq!(
        chair.decide(&proposal, "accept").await.status,
        StatusCode::SEE_OTHER
    );
    let after = activity(&desk);
    assert_eq!(after.stage, Some(Stage::Paused));
    assert_eq!(after.events.len(), before.events.len() + 1);
    let event = after.events.last().unwrap();
    assert_eq!(
        (event.what, event.date.to_string()),
        (EventKind::Paused, "2026-11-01".to_owned())
    );
}

/// The answers that a new record of a kind cannot do without.
fn least(kind: Kind) -> Vec<(&'static str, &'static str)> {
    let mut answers = vec![
        ("title", "A new one"),
        ("name", "A new one"),
        ("what", "A new one"),
        ("summary", "What it is"),
        ("theme", "data"),
        ("date", "March 2026"),
        ("by", "The board"),
        ("publisher", "A publisher"),
        ("licence", "Open Government Licence v3.0"),
        ("meaning", "What it means"),
        ("unit", "jobs"),
        ("promise", "More of it"),
        ("colour", "#12436d"),
        ("from", "newcastle-university"),
        ("to", "durham-university"),
        ("indicator", "gigabit-coverage"),
        ("period", "2021-05"),
        ("value", "12.5"),
    ];
    answers.extend(match kind {
        Kind::Signal => Some(("kind", "challenge")),
        Kind::Relationship => Some(("kind", "spin-out-of")),
        Kind::Group => Some(("kind", "delivery")),
        _ => None,
    });
    answers
}

#[tokio::test]
async fn every_kind_of_record_can_be_added_changed_and_withdrawn() {
    let desk = Desk::with_ledger(crate::site::now).await;
    let author = Author::new(&desk, "lead@example.org", &["programme-lead"]).await;
    let chair = Author::new(&desk, "steering@example.org", &["steering-chair"]).await;
    let plan = desk.site.history().current();
    let indicator = plan.indicators.keys().next().unwrap().to_string();
    let proposal = author
        .go(
            "/desk/proposals/new",
            &[("title", "One of each"), ("reason", "To see")],
        )
        .await;
    let empty = author.get(&format!("{proposal}/check")).await;
    assert!(
        empty.body.contains("Add at least one change"),
        "{}",
        empty.body
    );
    let kinds = Kind::ALL
        .iter()
        .filter(|kind| !matches!(kind, Kind::Region | Kind::Strategy));
    let mut added = 0;
    for kind in kinds {
        let pairs = [("add", kind.word())];
        let change = author.go(&format!("{proposal}/changes/new"), &pairs).await;
        let path = format!("{change}/basics");
        let page = author.get(&path).await;
        let asked: Vec<String> = fields(&page).into_iter().map(|(name, _)| name).collect();
        let mut answers: Vec<(&str, &str)> = least(*kind)
            .into_iter()
            .filter(|(name, _)| asked.iter().any(|one| one == name) || *name == "kind")
            .map(|(name, text)| {
                if name == "indicator" {
                    (name, indicator.as_str())
                } else {
                    (name, text)
                }
            })
            .collect();
        let revision = hidden(&page, "revision");
        answers.push(("revision", &revision));
        let saved = author.post(&path, &answers).await;
        assert_eq!(
            saved.status,
            StatusCode::SEE_OTHER,
            "{kind}: {}",
            saved.body
        );
        if *kind == Kind::Theme {
            author
                .answer(&format!("{change}/looks"), &[("colour", "#12436d")])
                .await;
        }
        if *kind == Kind::Decision {
            author
                .answer(&format!("{change}/who"), &[("by", "The board")])
                .await;
        }
        if *kind == Kind::Dataset {
            author
                .answer(
                    &format!("{change}/file"),
                    &[("format", "csv"), ("file", "a*.csv")],
                )
                .await;
            let column = [("columns.0.name", "value"), ("columns.0.type", "decimal")];
            author.answer(&format!("{change}/columns"), &column).await;
        }
        added += 1;
    }
    let check = author.get(&format!("{proposal}/check")).await;
    assert!(
        check.body.contains("Hand in the proposal"),
        "{}",
        check.body
    );
    author.hand_in(&proposal).await;
    assert_eq!(
        chair.decide(&proposal, "accept").await.status,
        StatusCode::SEE_OTHER
    );
    let after = desk.site.history().current();
    assert_eq!(after.len(), plan.len() + added + 1, "and the decision");

    let proposal = author
        .go(
            "/desk/proposals/new",
            &[("title", "Away"), ("reason", "To see")],
        )
        .await;
    let new = |plan: &Plan| -> Vec<Key> {
        after
            .iter()
            .map(|(key, _)| key)
            // The decision names the activity, which therefore stays.
            .filter(|key| !matches!(key.kind, Kind::Activity | Kind::Decision))
            .filter(|key| plan.get(key).is_none())
            .collect()
    };
    for key in new(&plan) {
        let record = format!("{}/{}", key.kind.plural(), key.slug);
        let pairs = [("record", record.as_str()), ("do", "withdraw")];
        author.go(&format!("{proposal}/changes/new"), &pairs).await;
    }
    author.hand_in(&proposal).await;
    let decided = chair.decide(&proposal, "accept").await;
    assert_eq!(decided.status, StatusCode::SEE_OTHER, "{}", decided.body);
    let at_last = desk.site.history().current();
    let gone = new(&plan)
        .into_iter()
        .filter(|key| at_last.get(key).is_none());
    assert_eq!(
        gone.count(),
        added - 2,
        "all but the activity and the decision"
    );
}

#[tokio::test]
async fn every_page_of_every_form_shows_and_saves_a_record_without_changing_it() {
    let desk = Desk::with_ledger(crate::site::now).await;
    let author = Author::new(&desk, "lead@example.org", &["programme-lead"]).await;
    let plan = desk.site.history().current();
    let proposal = author
        .go(
            "/desk/proposals/new",
            &[("title", "As it is"), ("reason", "To see")],
        )
        .await;
    for kind in Kind::ALL {
        // The record with most in it.
        let largest = plan
            .of_kind(*kind)
            .into_iter()
            .max_by_key(|(_, record): &(Slug, Record)| record.to_value().to_string().len());
        let Some((slug, _)) = largest else { continue };
        let record = format!("{}/{slug}", kind.plural());
        let pairs = [("record", record.as_str())];
        let change = author.go(&format!("{proposal}/changes/new"), &pairs).await;
        let list = author.get(&change).await;
        let own = format!("href=\"{change}/");
        let sections: Vec<String> = list
            .body
            .split(&own)
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect();
        assert!(sections.len() > 1, "{kind}");
        for section in sections {
            let path = format!("{change}/{section}");
            let saved = author.answer(&path, &[]).await;
            assert_eq!(
                saved.status,
                StatusCode::SEE_OTHER,
                "{kind} {section}: {}",
                saved.body
            );
        }
        let list = author.get(&change).await;
        assert!(
            !list.body.contains("What differs so far"),
            "{kind}: {}",
            list.body
        );
    }
    let check = author.get(&format!("{proposal}/check")).await;
    assert_eq!(
        check.body.matches("nothing would change").count(),
        Kind::ALL.len()
    );
}

#[tokio::test]
async fn a_form_that_is_sent_twice_counts_once() {
    let desk = Desk::with_ledger(crate::site::now).await;
    let author = Author::new(&desk, "lead@example.org", &["programme-lead"]).await;
    let pairs = [("title", "Once"), ("reason", "Only once")];
    let first = author.go("/desk/proposals/new", &pairs).await;
    assert_eq!(author.go("/desk/proposals/new", &pairs).await, first);
    let add = [("add", "signal")];
    let change = author.go(&format!("{first}/changes/new"), &add).await;
    assert_eq!(
        author.go(&format!("{first}/changes/new"), &add).await,
        change
    );
    let page = author.get(&change).await;
    assert_eq!(page.header("cache-control"), "no-store");
    let headers = [("cookie", author.cookie.as_str()), ("origin", HOST)];
    for _ in 0..2 {
        let path = format!("{change}/removal");
        let gone = desk.ask(Method::POST, &path, &headers, "").await;
        assert!(matches!(
            gone.status,
            StatusCode::SEE_OTHER | StatusCode::NOT_FOUND
        ));
    }
    assert_eq!(desk.store.edits(1).await.unwrap(), []);
}
