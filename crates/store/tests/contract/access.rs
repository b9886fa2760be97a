//! People, links and sessions: what gets somebody in, and what keeps everybody else out.

use std::time::Duration;

use dfg_plan::{Hash, Role, entry::Head};
use dfg_store::{
    Holder, Limits, NewLink, NewPerson, NewSession, PersonId, Purpose, Store, StoreError, Token,
};
use jiff::Timestamp;

use crate::support::{Place, entry::titles};

const MINUTES: Duration = Duration::from_mins(1);
const LIMITS: Limits = Limits {
    idle: Duration::from_hours(12),
    absolute: Duration::from_hours(30 * 24),
};

fn at(minutes: u32) -> Timestamp {
    let start: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
    start + MINUTES * minutes
}

fn token() -> Token {
    Token::random().unwrap()
}

async fn add(store: &Store, email: &str, roles: &[Role]) -> PersonId {
    let new = NewPerson {
        name: "The Chair".to_owned(),
        email: email.to_owned(),
        roles: roles.to_vec(),
    };
    store.add_person(&new, None, at(0)).await.unwrap()
}

async fn lead(store: &Store) -> PersonId {
    add(store, "lead@example.org", &[Role::ProgrammeLead]).await
}

fn session(token: &Token, at: Timestamp) -> NewSession<'_> {
    NewSession {
        token,
        agent: "A browser",
        at,
        limits: LIMITS,
    }
}

async fn ask(store: &Store, person: &PersonId, browser: &Token) -> Token {
    let token = token();
    let link = NewLink {
        holder: Holder::SignIn(person, browser),
        token: &token,
        at: at(0),
        lives: 10 * MINUTES,
    };
    store.issue_link(&link).await.unwrap();
    token
}

/// Signs somebody in, and gives the session's secret.
async fn sign_in(store: &Store, person: &PersonId) -> Token {
    let (browser, secret) = (token(), token());
    let link = ask(store, person, &browser).await;
    let new = session(&secret, at(1));
    let used = store.use_link(&link, Some(&browser), &new).await.unwrap();
    assert_eq!(used.as_ref(), Some(person));
    secret
}

pub async fn a_link_signs_in_once_in_the_browser_that_asked(place: &Place) {
    let store = place.open().await;
    let person = lead(&store).await;
    let (browser, other, secret) = (token(), token(), token());
    let link = ask(&store, &person, &browser).await;
    let new = session(&secret, at(1));
    for stranger in [None, Some(&other)] {
        assert_eq!(store.use_link(&link, stranger, &new).await.unwrap(), None);
    }
    let seen = store
        .link(&link, Some(&other), at(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((seen.purpose, seen.fits_browser), (Purpose::SignIn, false));
    let seen = store.link(&link, Some(&browser), at(1)).await.unwrap();
    assert!(seen.unwrap().fits_browser);
    let used = store.use_link(&link, Some(&browser), &new).await.unwrap();
    assert_eq!(used, Some(person.clone()));
    let again = session(&other, at(1));
    assert_eq!(
        store.use_link(&link, Some(&browser), &again).await.unwrap(),
        None
    );
    assert!(
        store
            .link(&link, Some(&browser), at(1))
            .await
            .unwrap()
            .is_none()
    );
    let current = store
        .current(&secret, LIMITS, at(2))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(current.person.id, person);
    assert!(
        store
            .current(&other, LIMITS, at(2))
            .await
            .unwrap()
            .is_none()
    );
}

pub async fn a_link_works_for_ten_minutes(place: &Place) {
    let store = place.open().await;
    let person = lead(&store).await;
    let (browser, secret) = (token(), token());
    let link = ask(&store, &person, &browser).await;
    let late = session(&secret, at(10));
    assert!(
        store
            .link(&link, Some(&browser), at(10))
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        store.use_link(&link, Some(&browser), &late).await.unwrap(),
        None
    );
}

pub async fn a_new_invitation_withdraws_the_one_before(place: &Place) {
    let store = place.open().await;
    let person = lead(&store).await;
    let other = add(&store, "other@example.org", &[]).await;
    let mut links = Vec::new();
    for holder in [&person, &other, &person] {
        let link = token();
        let invitation = NewLink {
            holder: Holder::Invitation(holder),
            token: &link,
            at: at(0),
            lives: 10 * MINUTES,
        };
        store.issue_link(&invitation).await.unwrap();
        links.push(link);
    }
    let mut works = Vec::new();
    for link in &links {
        works.push(store.link(link, None, at(1)).await.unwrap().is_some());
    }
    assert_eq!(works, [false, true, true]);
}

pub async fn one_of_sixty_four_clients_gets_in(place: &Place) {
    let store = place.open().await;
    let person = lead(&store).await;
    let link = token();
    let invitation = NewLink {
        holder: Holder::Invitation(&person),
        token: &link,
        at: at(0),
        lives: 10 * MINUTES,
    };
    store.issue_link(&invitation).await.unwrap();
    let clients: Vec<_> = (0..64)
        .map(|_| {
            let (store, link) = (store.clone(), link.clone());
            tokio::spawn(async move {
                let secret = token();
                let new = session(&secret, at(1));
                store.use_link(&link, None, &new).await.unwrap().is_some()
            })
        })
        .collect();
    let mut winners = 0;
    for client in clients {
        winners += usize::from(client.await.unwrap());
    }
    assert_eq!(winners, 1);
    assert_eq!(
        store
            .held_on(&person)
            .await
            .unwrap()
            .unwrap()
            .sessions
            .len(),
        1
    );
}

pub async fn the_first_start_makes_one_programme_lead(place: &Place) {
    let store = place.open().await;
    assert!(!store.has_lead().await.unwrap());
    let (withdrawn, link) = (token(), token());
    for token in [&withdrawn, &link] {
        let first = NewLink {
            holder: Holder::FirstStart,
            token,
            at: at(0),
            lives: 10 * MINUTES,
        };
        store.issue_link(&first).await.unwrap();
    }
    let secret = token();
    let new = session(&secret, at(1));
    // It names nobody, so it is no ordinary link.
    assert_eq!(store.use_link(&link, None, &new).await.unwrap(), None);
    let email = " Lead@Example.org ";
    for (link, works) in [(&withdrawn, false), (&link, true), (&link, false)] {
        let used = store
            .use_first_start(link, "The lead", email, &new)
            .await
            .unwrap();
        assert_eq!(used.is_some(), works);
    }
    let person = store
        .person_by_email("LEAD@example.org")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(person.email.as_deref(), Some("lead@example.org"));
    assert_eq!(person.roles, [Role::ProgrammeLead]);
    assert!(store.has_lead().await.unwrap());
}

pub async fn sessions_end_by_rest_by_age_and_by_hand(place: &Place) {
    let store = place.open().await;
    let person = lead(&store).await;
    let secret = sign_in(&store, &person).await;
    let hour = 60;
    let alive = async |minutes| {
        let found = store.current(&secret, LIMITS, at(minutes)).await.unwrap();
        found.is_some()
    };
    assert!(alive(11 * hour).await);
    assert!(alive(22 * hour).await, "use keeps it alive");
    assert!(!alive(35 * hour).await, "rest ends it");

    let secret = sign_in(&store, &person).await;
    for minutes in (1..30 * 24 * hour).step_by(11 * 60) {
        assert!(
            store
                .current(&secret, LIMITS, at(minutes))
                .await
                .unwrap()
                .is_some()
        );
    }
    let old = at(30 * 24 * hour + 2);
    assert!(
        store.current(&secret, LIMITS, old).await.unwrap().is_none(),
        "age ends it"
    );

    let (one, two) = (
        sign_in(&store, &person).await,
        sign_in(&store, &person).await,
    );
    let note = store
        .current(&one, LIMITS, at(2))
        .await
        .unwrap()
        .unwrap()
        .session;
    let stranger = add(&store, "reader@example.org", &[Role::Reader]).await;
    assert!(!store.revoke_session(&stranger, &note.id).await.unwrap());
    assert!(store.revoke_session(&person, &note.id).await.unwrap());
    assert!(store.current(&one, LIMITS, at(2)).await.unwrap().is_none());
    store.end_session(&two).await.unwrap();
    assert!(store.current(&two, LIMITS, at(2)).await.unwrap().is_none());
}

pub async fn a_change_of_roles_ends_sessions_but_the_renewed_one(place: &Place) {
    let store = place.open().await;
    let person = lead(&store).await;
    add(&store, "second@example.org", &[Role::ProgrammeLead]).await;
    let (old, other, new) = (
        sign_in(&store, &person).await,
        sign_in(&store, &person).await,
        token(),
    );
    let roles = [Role::Analyst];
    let changed = store.set_roles(&person, &roles, Some(&person), Some((&old, &new)), at(3));
    changed.await.unwrap();
    for gone in [&old, &other] {
        assert!(store.current(gone, LIMITS, at(3)).await.unwrap().is_none());
    }
    let current = store.current(&new, LIMITS, at(3)).await.unwrap().unwrap();
    assert_eq!(current.person.roles, roles);
}

pub async fn the_last_programme_lead_stays(place: &Place) {
    let store = place.open().await;
    let person = lead(&store).await;
    let none = store
        .set_roles(&person, &[Role::Reader], None, None, at(1))
        .await;
    assert!(matches!(none, Err(StoreError::LastLead)), "{none:?}");
    let none = store.remove_person(&person, None, at(1)).await;
    assert!(matches!(none, Err(StoreError::LastLead)), "{none:?}");
    let none = store.erase_person(&person, None, at(1)).await;
    assert!(matches!(none, Err(StoreError::LastLead)), "{none:?}");
    let kept = store.person(&person).await.unwrap().unwrap();
    assert_eq!(
        (kept.roles, kept.removed_at),
        (vec![Role::ProgrammeLead], None)
    );
}

pub async fn whoever_is_removed_is_out_and_may_come_back(place: &Place) {
    let store = place.open().await;
    let lead = lead(&store).await;
    let reader = add(&store, "reader@example.org", &[Role::Reader]).await;
    let taken = NewPerson {
        name: "Another".to_owned(),
        email: "READER@example.org".to_owned(),
        roles: vec![],
    };
    let refused = store.add_person(&taken, None, at(1)).await;
    assert!(
        matches!(refused, Err(StoreError::EmailTaken)),
        "{refused:?}"
    );
    let secret = sign_in(&store, &reader).await;
    let (browser, late) = (token(), token());
    let open = ask(&store, &reader, &browser).await;
    store
        .remove_person(&reader, Some(&lead), at(2))
        .await
        .unwrap();
    assert!(
        store
            .current(&secret, LIMITS, at(2))
            .await
            .unwrap()
            .is_none()
    );
    let new = session(&late, at(2));
    assert_eq!(
        store.use_link(&open, Some(&browser), &new).await.unwrap(),
        None
    );
    assert!(
        store
            .person_by_email("reader@example.org")
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        add(&store, "reader@example.org", &[Role::Reader]).await,
        reader
    );
}

pub async fn whoever_is_erased_leaves_no_trace_but_an_id(place: &Place) {
    let store = place.open().await;
    store.append_all(&titles(3), &[]).await.unwrap();
    let lead = lead(&store).await;
    let reader = add(&store, "reader@example.org", &[Role::Reader]).await;
    sign_in(&store, &reader).await;
    store
        .erase_person(&reader, Some(&lead), at(2))
        .await
        .unwrap();
    let held = store.held_on(&reader).await.unwrap().unwrap();
    assert_eq!(held.person.shown_name(), "a former participant");
    assert!(held.sessions.is_empty() && held.links.is_empty());
    let text = serde_json::to_string(&held).unwrap();
    assert!(
        !text.contains("example.org") && !text.contains("The Chair"),
        "{text}"
    );
    assert_eq!(store.verify(None).await.unwrap().entries, 3);
    // The address is free for a new person, who is another one.
    assert_ne!(add(&store, "reader@example.org", &[]).await, reader);
}

pub async fn attempts_are_counted_within_a_window(place: &Place) {
    let store = place.open().await;
    let (one, other) = (Hash::of(b"one"), Hash::of(b"other"));
    for expected in 1..=5 {
        let count = store.count_attempt(one, 15 * MINUTES, at(0)).await.unwrap();
        assert_eq!(count, expected);
    }
    assert_eq!(
        store
            .count_attempt(other, 15 * MINUTES, at(0))
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        store
            .count_attempt(one, 15 * MINUTES, at(15))
            .await
            .unwrap(),
        1
    );
}

pub async fn no_secret_is_in_the_tables_or_a_backup(place: &Place) {
    let store = place.open().await;
    let person = lead(&store).await;
    let secret = sign_in(&store, &person).await;
    let events = store.access_events(10).await.unwrap();
    let told: Vec<&str> = events.iter().map(|event| event.what.as_str()).collect();
    assert_eq!(told, ["signed-in", "added"]);
    store.append_all(&titles(1), &[]).await.unwrap();
    let file = place.file("backup.dfg");
    let head: Head = store.backup(&file).await.unwrap().head;
    assert_eq!(head.seq, 1);
    for path in [file, place.file("ledger.db"), place.file("ledger.db-wal")] {
        let bytes = std::fs::read(&path).unwrap_or_default();
        let holds = |text: &str| {
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        };
        assert!(!holds(secret.reveal()), "{}", path.display());
        let is_backup = path.extension().is_some_and(|extension| extension == "dfg");
        assert!(!is_backup || holds("example.org"), "{}", path.display());
        let session = secret.hash().to_string();
        assert!(!is_backup || !holds(&session), "{}", path.display());
    }
}
