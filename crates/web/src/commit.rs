//! Entries made on the site: prepared on the ledger's present end, appended, and shown at once.

use dfg_plan::{Draft, History, Sealed, Slug, history::Refusal};
use dfg_store::{Followed, PersonId, StoreError, Token};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task::block_in_place,
};

use crate::{access::Ask, fault::Fault};

/// How often an entry is prepared anew because another came first.
const TRIES: usize = 50;

/// What is spent in the same transaction as the entry is appended.
#[derive(Clone, Copy)]
pub(crate) enum Spend<'a> {
    /// Nothing.
    Nothing,
    /// An update link.
    Link(&'a Token),
    /// A raised signal's waiting: it is let in as this record.
    Raised {
        id: i64,
        signal: &'a Slug,
        by: &'a PersonId,
    },
}

/// What came of it.
pub(crate) enum Commit {
    /// The entry is in the ledger.
    Done,
    /// What was to be spent was spent already.
    Spent,
    /// The entry may not be made.
    Refused(Refusal),
}

impl Commit {
    /// What a form says of a refusal.
    pub fn tell(refusal: &Refusal) -> String {
        match refusal {
            Refusal::Faults { faults } => {
                let told: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
                format!("This cannot be recorded: {}", told.join("; "))
            }
            other => format!("This cannot be recorded: {other}"),
        }
    }
}

/// Makes an entry. `make` drafts it from the present state, again where somebody else was quicker;
/// so what it changes is never stale.
pub(crate) async fn commit(
    ask: &Ask,
    make: impl Fn(&History) -> Result<Draft, Fault> + Send,
    spend: Spend<'_>,
) -> Result<Commit, Fault> {
    let _turn = ask.site.0.making.lock().await;
    at_once(make_entry(ask, make, spend)).await
}

/// Runs to its end what others wait for, instead of queueing for the next step behind all who are
/// served meanwhile.
async fn at_once<T>(work: impl Future<Output = T>) -> T {
    let here = Handle::current();
    match here.runtime_flavor() {
        RuntimeFlavor::MultiThread => block_in_place(|| here.block_on(work)),
        _ => work.await,
    }
}

/// Waits for work that is not async, without holding up those who are served on the same thread.
pub(crate) fn wait_for<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|here| here.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => block_in_place(work),
        _ => work(),
    }
}

async fn make_entry(
    ask: &Ask,
    make: impl Fn(&History) -> Result<Draft, Fault>,
    spend: Spend<'_>,
) -> Result<Commit, Fault> {
    let store = &ask.access.store;
    let mut history = (*ask.site.history()).clone();
    for _ in 0..TRIES {
        let draft = make(&history)?;
        let made_from = history.head().seq;
        let prepared = history.prepare(draft, made_from, ask.now, ask.today());
        let (sealed, next) = match prepared {
            Ok(prepared) => prepared,
            Err(refusal) => return Ok(Commit::Refused(refusal)),
        };
        match append(ask, &sealed, spend).await {
            Ok(true) => {
                ask.site.advance(next);
                return Ok(Commit::Done);
            }
            Ok(false) => return Ok(Commit::Spent),
            Err(StoreError::Moved { .. }) => {
                if let Followed::Replaced(other) = store.follow(&mut history).await? {
                    history = other;
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    // Others kept writing.
    Err(Fault::TooMany(60))
}

async fn append(ask: &Ask, sealed: &Sealed, spend: Spend<'_>) -> Result<bool, StoreError> {
    let store = &ask.access.store;
    match spend {
        Spend::Nothing => store.append(sealed, &[]).await.map(|()| true),
        Spend::Link(token) => store.append_by_link(sealed, token, ask.now).await,
        Spend::Raised { id, signal, by } => {
            store.let_signal_in(id, signal, by, ask.now, sealed).await
        }
    }
}

/// Makes an entry on the end of the ledger that somebody saw, and on no other; none where the ledger
/// has gone on.
pub(crate) async fn commit_at(
    ask: &Ask,
    seen: u64,
    make: impl FnOnce(&History) -> Draft + Send,
) -> Result<Option<Commit>, Fault> {
    let _turn = ask.site.0.making.lock().await;
    at_once(make_entry_at(ask, seen, make)).await
}

async fn make_entry_at(
    ask: &Ask,
    seen: u64,
    make: impl FnOnce(&History) -> Draft,
) -> Result<Option<Commit>, Fault> {
    let store = &ask.access.store;
    let mut history = (*ask.site.history()).clone();
    if let Followed::Replaced(other) = store.follow(&mut history).await? {
        history = other;
    }
    if history.head().seq != seen {
        ask.site.advance(history);
        return Ok(None);
    }
    let draft = make(&history);
    match history.prepare(draft, seen, ask.now, ask.today()) {
        Err(refusal) => Ok(Some(Commit::Refused(refusal))),
        Ok((sealed, next)) => match append(ask, &sealed, Spend::Nothing).await {
            Ok(_) => {
                ask.site.advance(next);
                Ok(Some(Commit::Done))
            }
            Err(StoreError::Moved { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        },
    }
}
