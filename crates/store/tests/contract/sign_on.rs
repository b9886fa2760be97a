//! Other ways in: ceremonies, identities of an organisation's sign-on, and passkeys.

use std::time::Duration;

use dfg_plan::Role;
use dfg_store::{
    Limits, NewPerson, NewSession, PersonId, Store, Token,
    sign_on::{Ceremony, Identity, MOST_PASSKEYS, NewCeremony},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::Place;

const MINUTES: Duration = Duration::from_mins(1);

fn at(minutes: u32) -> Timestamp {
    let start: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
    start + MINUTES * minutes
}

fn token() -> Token {
    Token::random().unwrap()
}

async fn add(store: &Store, email: &str) -> PersonId {
    let new = NewPerson {
        name: "Somebody".to_owned(),
        email: email.to_owned(),
        roles: vec![Role::ProgrammeLead],
    };
    store.add_person(&new, None, at(0)).await.unwrap()
}

fn session(token: &Token) -> NewSession<'_> {
    NewSession {
        token,
        agent: "A browser",
        at: at(1),
        limits: Limits {
            idle: 60 * MINUTES,
            absolute: 600 * MINUTES,
        },
    }
}

fn identity(subject: &str, email: Option<&str>) -> Identity {
    Identity {
        issuer: "https://id.example".to_owned(),
        subject: subject.to_owned(),
        email: email.map(str::to_owned),
    }
}

pub async fn a_ceremony_ends_once_where_it_began(place: &Place) {
    let store = place.open().await;
    let person = add(&store, "lead@example.org").await;
    let (secret, browser, other) = (token(), token(), token());
    let begin = async |ceremony, person: Option<&PersonId>| {
        let new = NewCeremony {
            ceremony,
            token: &secret,
            browser: &browser,
            person,
            at: at(0),
            lives: 5 * MINUTES,
        };
        let kept = json!({"nonce": "n"});
        store.begin_ceremony(&new, &kept).await.unwrap();
    };
    let end = async |ceremony, browser: &Token, person: Option<&PersonId>, minute| {
        let ended = store.end_ceremony::<Value>(ceremony, &secret, browser, person, at(minute));
        ended.await.unwrap()
    };
    begin(Ceremony::SignOn, None).await;
    for (ceremony, browser, person, minute) in [
        (Ceremony::SignOn, &other, None, 1),
        (Ceremony::UsePasskey, &browser, None, 1),
        (Ceremony::SignOn, &browser, Some(&person), 1),
        (Ceremony::SignOn, &browser, None, 5),
    ] {
        assert_eq!(end(ceremony, browser, person, minute).await, None);
    }
    let kept = end(Ceremony::SignOn, &browser, None, 4).await;
    assert_eq!(kept, Some(json!({"nonce": "n"})));
    assert_eq!(end(Ceremony::SignOn, &browser, None, 4).await, None);

    begin(Ceremony::AddPasskey, Some(&person)).await;
    let another = add(&store, "other@example.org").await;
    for person in [None, Some(&another)] {
        assert_eq!(end(Ceremony::AddPasskey, &browser, person, 1).await, None);
    }
    assert!(
        end(Ceremony::AddPasskey, &browser, Some(&person), 1)
            .await
            .is_some()
    );
}

pub async fn an_identity_is_bound_by_a_vouched_address_and_stays_bound(place: &Place) {
    let store = place.open().await;
    add(&store, "lead@example.org").await;
    let person = add(&store, "chair@example.org").await;
    let enter = async |identity: &Identity| {
        let secret = token();
        let entered = store.enter_by_identity(identity, &session(&secret)).await;
        let entered = entered.unwrap();
        let limits = session(&secret).limits;
        let current = store.current(&secret, limits, at(2)).await.unwrap();
        assert_eq!(current.map(|current| current.person.id), entered);
        entered
    };
    for stranger in [
        identity("s", None),
        identity("s", Some("nobody@example.org")),
    ] {
        assert_eq!(enter(&stranger).await, None);
    }
    let first = identity("s", Some(" Chair@Example.ORG"));
    assert_eq!(enter(&first).await, Some(person.clone()));
    // From now on the name there counts, whatever the address.
    for later in [identity("s", None), identity("s", Some("lead@example.org"))] {
        assert_eq!(enter(&later).await, Some(person.clone()));
    }
    let heir = identity("heir", Some("chair@example.org"));
    assert_eq!(enter(&heir).await, None, "an address that was given on");
    let held = store.held_on(&person).await.unwrap().unwrap();
    assert_eq!(held.records["identities"].len(), 1);
    store.erase_person(&person, None, at(3)).await.unwrap();
    assert_eq!(enter(&first).await, None);
    let held = store.held_on(&person).await.unwrap().unwrap();
    assert!(!held.records.contains_key("identities"));
}

pub async fn a_passkey_is_its_owners_until_they_are_gone(place: &Place) {
    let store = place.open().await;
    add(&store, "lead@example.org").await;
    let owner = add(&store, "owner@example.org").await;
    let other = add(&store, "other@example.org").await;
    let key = json!({"counter": 0});
    let add_key = async |person: &PersonId, id: &str| {
        let added = store.add_passkey(person, id, "Phone", &key, at(0));
        added.await.unwrap()
    };
    assert!(add_key(&owner, "aa").await);
    assert!(
        !add_key(&other, "aa").await,
        "an identifier is one person's"
    );
    let found: Option<(PersonId, Value)> = store.passkey("aa").await.unwrap();
    assert_eq!(found, Some((owner.clone(), key.clone())));

    let (secret, counted) = (token(), json!({"counter": 7}));
    for (person, id) in [(&other, "aa"), (&owner, "bb")] {
        let new = session(&secret);
        let entered = store.enter_by_passkey(person, id, &counted, &new).await;
        assert_eq!(entered.unwrap(), None);
    }
    let new = session(&secret);
    let entered = store.enter_by_passkey(&owner, "aa", &counted, &new).await;
    assert_eq!(entered.unwrap(), Some(owner.clone()));
    let found: Option<(PersonId, Value)> = store.passkey("aa").await.unwrap();
    assert_eq!(found.unwrap().1, counted);
    assert_eq!(
        store.passkeys(&owner).await.unwrap()[0].used_at,
        Some(at(1))
    );

    assert!(!store.remove_passkey(&other, "aa", at(2)).await.unwrap());
    assert!(store.remove_passkey(&owner, "aa", at(2)).await.unwrap());
    for number in 0..MOST_PASSKEYS {
        assert!(add_key(&owner, &format!("{number:02x}")).await);
    }
    assert!(!add_key(&owner, "ff").await, "nobody has more");
    store.remove_person(&owner, None, at(3)).await.unwrap();
    assert!(store.passkeys(&owner).await.unwrap().is_empty());
    assert!(store.passkey::<Value>("00").await.unwrap().is_none());
}
