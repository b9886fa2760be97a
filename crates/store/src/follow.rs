//! From the ledger to the plan: reading all of it, and keeping up with what others append.

use dfg_plan::History;

use crate::{Store, error::StoreError, session::Session, walk::walk};

/// How a history came up to date.
#[derive(Debug)]
pub enum Followed {
    /// It was.
    Same,
    /// It took in this many entries.
    Advanced(u64),
    /// The ledger is another one since, restored from a backup: this is its history.
    Replaced(History),
}

impl Store {
    /// Reads the whole ledger: checks the chain and folds every entry. `progress` is told how many
    /// entries are done, and of how many.
    pub async fn load(
        &self,
        mut progress: impl FnMut(u64, u64) + Send,
    ) -> Result<History, StoreError> {
        let mut session = self.read().await?;
        let total = session.head().await?.seq;
        let mut history = History::default();
        progress(0, total);
        extend(session, &mut history, |done| progress(done, total)).await?;
        Ok(history)
    }

    /// Brings a history up to date with the ledger. Costs one small query where nothing happened.
    ///
    /// After an error the history is a true one, perhaps not of the whole ledger.
    pub async fn follow(&self, history: &mut History) -> Result<Followed, StoreError> {
        let known = history.head();
        if self.head().await? == known {
            return Ok(Followed::Same);
        }
        let mut session = self.read().await?;
        let continues = known.seq == 0 || session.hash_at(known.seq).await? == Some(known.hash);
        if continues {
            extend(session, history, |_| ()).await?;
            return Ok(Followed::Advanced(history.head().seq - known.seq));
        }
        let mut replacement = History::default();
        extend(session, &mut replacement, |_| ()).await?;
        Ok(Followed::Replaced(replacement))
    }
}

async fn extend(
    session: Session,
    history: &mut History,
    mut progress: impl FnMut(u64) + Send,
) -> Result<(), StoreError> {
    walk::<StoreError>(session, history.head(), |chunk| {
        for sealed in chunk {
            history.append(sealed)?;
        }
        progress(history.head().seq);
        Ok(())
    })
    .await?;
    Ok(())
}
