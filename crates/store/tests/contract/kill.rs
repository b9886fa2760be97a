//! Killed at any moment: what was acknowledged is there, and the chain is whole.
//!
//! This shows that nothing is lost when the process dies. What a loss of power leaves is up to the
//! disk; the ledger asks it to write before it acknowledges (synchronous=FULL).

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher as _,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};

use dfg_plan::{Hash, entry::Head, proposal::State};
use dfg_store::Store;

use crate::{
    proposal::propose_and_decide,
    support::{
        Place,
        entry::{files, first, retitle, seal},
    },
};

const KILLS: u32 = 40;
const APPENDS: &str = "kill::appends_for_ever";
const DECIDES: &str = "kill::decides_for_ever";
const LEDGER: &str = "DFG_TEST_KILLED_LEDGER";
const ACKNOWLEDGED: &str = "acknowledged ";

/// The process that gets killed: appends for ever, and says what it has been promised.
#[tokio::test]
#[ignore = "is started, and killed, by another test"]
async fn appends_for_ever() {
    let Ok(address) = std::env::var(LEDGER) else {
        return;
    };
    let store = Store::open(&address).await.unwrap();
    let mut head = store.head().await.unwrap();
    if head == Head::EMPTY {
        let sealed = seal(first(), head);
        store.append(&sealed, &[]).await.unwrap();
        head = sealed.head();
    }
    loop {
        let text = format!("text {}", head.seq);
        let (mut draft, blobs) = files(&[("activities/hub.md", Some(text.as_str()))]);
        draft.changes = retitle(&text).changes;
        let sealed = seal(draft, head);
        store.append(&sealed, &blobs).await.unwrap();
        head = sealed.head();
        promise(head);
    }
}

fn promise(head: Head) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{ACKNOWLEDGED}{} {}", head.seq, head.hash).unwrap();
    out.flush().unwrap();
}

/// Another that gets killed: proposes and decides for ever.
#[tokio::test]
#[ignore = "is started, and killed, by another test"]
async fn decides_for_ever() {
    let Ok(address) = std::env::var(LEDGER) else {
        return;
    };
    let store = Store::open(&address).await.unwrap();
    loop {
        let head = store.head().await.unwrap();
        let sealed = if head == Head::EMPTY {
            let sealed = seal(first(), head);
            store.append(&sealed, &[]).await.unwrap();
            sealed
        } else {
            let name = format!("decision-{}", head.seq);
            propose_and_decide(&store, head, &name).await
        };
        promise(sealed.head());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_half_decision_survives_being_killed() {
    let random = RandomState::new();
    let (place, mut last, mut decided) = (Place::sqlite(), Head::EMPTY, 0);
    for kill in 0..KILLS {
        let delay = Duration::from_micros(random.hash_one(kill) % 60_000);
        let acknowledged = run_until_killed(DECIDES, &place.address, delay);
        let store = place.open().await;
        let told = format!("kill {kill} after {delay:?}");
        last = acknowledged.unwrap_or(last);
        let head = store.verify(None).await.expect(&told).head;
        assert!(head.seq >= last.seq, "{told}: {last:?} was lost");
        // Every entry but the first makes one proposal's changes, and no proposal's twice.
        let proposals = store.proposals().await.unwrap();
        let applied: Vec<u64> = proposals
            .iter()
            .filter_map(|kept| match &kept.proposal.state {
                State::Applied { entry, .. } => Some(*entry),
                _ => None,
            })
            .collect();
        let entries: Vec<u64> = (2..=head.seq).collect();
        assert_eq!(applied, entries, "{told}");
        decided = applied.len();
        store.close().await;
    }
    assert!(
        decided > 20,
        "only {decided} decisions between {KILLS} kills"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_being_killed() {
    let kills = std::env::var("DFG_KILLS").map_or(KILLS, |count| count.parse().unwrap());
    let random = RandomState::new();
    let (mut place, mut last, mut appended) = (Place::sqlite(), Head::EMPTY, 0);
    for kill in 0..kills {
        if kill % KILLS == 0 {
            // Verifying one that grows and grows would take most of the time.
            (place, last) = (Place::sqlite(), Head::EMPTY);
        }
        // From while it opens the ledger to some dozens of entries in.
        let delay = Duration::from_micros(random.hash_one(kill) % 60_000);
        let acknowledged = run_until_killed(APPENDS, &place.address, delay);
        let store = place.open().await;
        let told = format!("kill {kill} after {delay:?}");
        let verified = store.verify(None).await.expect(&told);
        let known = acknowledged.unwrap_or(last);
        assert!(verified.head.seq >= known.seq, "{told}: {known:?} was lost");
        if known.seq > 0 {
            let rows = store.entries_after(known.seq - 1).await.unwrap();
            assert_eq!((rows[0].0, rows[0].1), (known.seq, known.hash), "{told}");
        }
        appended += verified.head.seq - last.seq;
        last = verified.head;
        store.close().await;
    }
    assert!(
        appended > u64::from(kills),
        "only {appended} entries were appended between {kills} kills"
    );
}

/// Runs the process, kills it, and gives the last promise that it had.
fn run_until_killed(test: &str, address: &str, delay: Duration) -> Option<Head> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(LEDGER, address)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    sleep(delay);
    child.kill().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut last = None;
    let mut line = String::new();
    while lines.read_line(&mut line).unwrap() > 0 {
        // Only a whole line is a promise; the test program's own words come before the first.
        if let Some(at) = line.find(ACKNOWLEDGED)
            && let Some(whole) = line.strip_suffix('\n')
        {
            let (seq, hash) = whole[at + ACKNOWLEDGED.len()..].split_once(' ').unwrap();
            last = Some(Head {
                seq: seq.parse().unwrap(),
                hash: Hash::parse(hash).unwrap(),
            });
        }
        line.clear();
    }
    child.wait().unwrap();
    last
}

#[test]
fn the_killed_process_really_is_killed() {
    let place = Place::sqlite();
    assert!(run_until_killed(APPENDS, &place.address, Duration::from_millis(500)).is_some());
    assert!(Path::new(place.address.trim_start_matches("sqlite:")).exists());
}
