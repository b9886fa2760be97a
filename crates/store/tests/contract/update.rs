//! Update links and reminders: once each, however many ask.

use std::time::Duration;

use dfg_plan::{Role, entry::Head};
use dfg_store::{
    NewPerson, PersonId, Store, StoreError, Token,
    update::{Reminder, Step},
};
use jiff::Timestamp;

use crate::support::{
    Place,
    entry::{retitle, seal, titles},
};

const DAY: Duration = Duration::from_hours(24);

fn at(days: u32) -> Timestamp {
    let start: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
    start + DAY * days
}

pub async fn person(store: &Store) -> PersonId {
    let new = NewPerson {
        name: "The Partner".to_owned(),
        email: "partner@example.org".to_owned(),
        roles: vec![Role::Reader],
    };
    store.add_person(&new, None, at(0)).await.unwrap()
}

fn reminder(person: &PersonId, step: Step) -> Reminder {
    Reminder {
        activity: "hub".to_owned(),
        period: "never".to_owned(),
        step,
        person: person.clone(),
    }
}

async fn link(store: &Store, person: &PersonId) -> Token {
    let token = Token::random().unwrap();
    let reminder = reminder(person, Step::Due);
    let claimed = store.claim_update_link(&reminder, &token, at(0), 28 * DAY);
    assert!(claimed.await.unwrap());
    token
}

pub async fn an_update_link_makes_one_entry(place: &Place) {
    let stores = [place.open().await, place.open().await];
    let person = person(&stores[0]).await;
    let token = link(&stores[0], &person).await;
    let seen = stores[1].update_link(&token, at(1)).await.unwrap().unwrap();
    assert_eq!((seen.person.id, seen.activity.as_str()), (person, "hub"));
    assert_eq!(seen.expires_at, at(28));
    let entry = titles(1).remove(0);
    let other = Token::random().unwrap();
    let refused = stores[0].append_by_link(&entry, &other, at(1)).await;
    assert!(!refused.unwrap(), "another secret");
    let refused = stores[0].append_by_link(&entry, &token, at(28)).await;
    assert!(!refused.unwrap(), "too late");
    assert!(
        stores[0]
            .update_link(&token, at(28))
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(stores[0].head().await.unwrap(), Head::EMPTY);
    let pressing: Vec<_> = (0..16)
        .map(|number| {
            let (store, entry, token) = (stores[number % 2].clone(), entry.clone(), token.clone());
            tokio::spawn(async move { store.append_by_link(&entry, &token, at(1)).await })
        })
        .collect();
    let mut made = 0;
    for one in pressing {
        match one.await.unwrap() {
            Ok(true) => made += 1,
            Ok(false) | Err(StoreError::Moved { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(made, 1);
    assert_eq!(stores[1].head().await.unwrap(), entry.head());
    let next = seal(retitle("Again"), entry.head());
    let replayed = stores[1].append_by_link(&next, &token, at(1)).await;
    assert!(!replayed.unwrap());
    assert_eq!(stores[1].head().await.unwrap(), entry.head());
}

pub async fn a_link_stays_good_where_the_ledger_moved_on(place: &Place) {
    let store = place.open().await;
    let token = link(&store, &person(&store).await).await;
    let entries = titles(2);
    store.append(&entries[0], &[]).await.unwrap();
    let stale = store.append_by_link(&titles(1)[0], &token, at(1)).await;
    assert!(matches!(stale, Err(StoreError::Moved { .. })), "{stale:?}");
    let good = store.append_by_link(&entries[1], &token, at(1)).await;
    assert!(good.unwrap(), "nothing was spent on the stale one");
}

pub async fn of_many_servers_one_sends_a_reminder(place: &Place) {
    let stores = [place.open().await, place.open().await];
    let person = person(&stores[0]).await;
    for step in [Step::Due, Step::Late, Step::Digest] {
        let asking: Vec<_> = (0..16)
            .map(|number| {
                let (store, reminder) = (stores[number % 2].clone(), reminder(&person, step));
                tokio::spawn(async move {
                    if step == Step::Digest {
                        return store.claim_reminder(&reminder, at(0)).await;
                    }
                    let token = Token::random().unwrap();
                    store.claim_update_link(&reminder, &token, at(0), DAY).await
                })
            })
            .collect();
        let mut claimed = 0;
        for one in asking {
            claimed += usize::from(one.await.unwrap().unwrap());
        }
        assert_eq!(claimed, 1, "{step:?}");
    }
    let sent = stores[1].reminders().await.unwrap();
    assert_eq!(sent.len(), 3);
    assert!(sent.contains(&(reminder(&person, Step::Late), at(0))));
    let held = stores[1].held_on(&person).await.unwrap().unwrap();
    assert_eq!(
        held.update_links.len(),
        2,
        "a link is made with the claim alone"
    );
}

pub async fn whoever_is_removed_loses_the_update_links(place: &Place) {
    let store = place.open().await;
    let person = person(&store).await;
    let token = link(&store, &person).await;
    store.erase_person(&person, None, at(1)).await.unwrap();
    assert!(store.update_link(&token, at(1)).await.unwrap().is_none());
    let entry = titles(1).remove(0);
    assert!(!store.append_by_link(&entry, &token, at(1)).await.unwrap());
    let held = store.held_on(&person).await.unwrap().unwrap();
    assert!(held.update_links.is_empty());
}
