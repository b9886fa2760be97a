//! Verification: whether the ledger is whole, and if not, where it first goes wrong and how.

use std::collections::BTreeMap;

use dfg_plan::{
    Hash, History,
    entry::{ChainFault, Head},
    history::FoldError,
};

use crate::{Store, error::StoreError, session::Session, walk::walk};

/// Blobs are texts of a region folder: small, so a few at a time are little memory.
const BLOBS: i64 = 64;

/// A ledger that stands up to verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many entries it has.
    pub entries: u64,
    /// Where it ends.
    pub head: Head,
    /// How many texts it holds.
    pub blobs: u64,
    /// The entry with the hash that was expected, where one was.
    pub expected_at: Option<u64>,
}

/// How a ledger is wrong where it is first wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyFault {
    /// The chain is broken.
    #[error(transparent)]
    Chain(#[from] ChainFault),
    /// The chain is whole, but an entry's changes do not fit.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// The chain is whole, but it is not the one whose hash was noted down.
    #[error(
        "no entry has the hash {expected}: the ledger was written anew, or cut off before it, \
         since that hash was noted down (it now ends with entry {}, {})", head.seq, head.hash
    )]
    NotInChain {
        /// The hash that was noted down.
        expected: Hash,
        /// Where the ledger ends.
        head: Head,
    },
    /// A text's bytes do not have the hash under which they stand.
    #[error("the text {stored} was edited: it now has the hash {found}{}", named_by(named.as_ref()))]
    BlobDamaged {
        /// The hash as stored.
        stored: String,
        /// The hash of the bytes.
        found: Hash,
        /// The first entry that names it, and for which file.
        named: Option<(u64, String)>,
    },
    /// An entry names a text that is not there.
    #[error("the text {hash} is missing: entry {seq} names it for {path}")]
    BlobMissing {
        /// The first entry that names it.
        seq: u64,
        /// The file of the region folder.
        path: String,
        /// The text's hash.
        hash: Hash,
    },
    /// The ledger could not be read.
    #[error("the ledger could not be read")]
    Store(#[source] StoreError),
}

fn named_by(named: Option<&(u64, String)>) -> String {
    named.map_or_else(String::new, |(seq, path)| {
        format!(" (entry {seq} names it for {path})")
    })
}

impl VerifyFault {
    /// The first wrong entry, where the fault lies with one.
    pub fn seq(&self) -> Option<u64> {
        match self {
            Self::Chain(fault) => Some(fault.seq()),
            Self::Fold(fault) => Some(fault.seq),
            Self::BlobMissing { seq, .. } => Some(*seq),
            Self::BlobDamaged { named, .. } => named.as_ref().map(|(seq, _)| *seq),
            Self::NotInChain { .. } | Self::Store(_) => None,
        }
    }
}

impl From<StoreError> for VerifyFault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Chain(fault) => Self::Chain(fault),
            StoreError::Fold(fault) => Self::Fold(fault),
            other => Self::Store(other),
        }
    }
}

impl Store {
    /// Verifies the ledger from the database, trusting nothing in memory: every entry's hash and
    /// link, the recorded end, that every entry folds, and every text.
    ///
    /// `expect` is a hash noted down elsewhere, such as a published edition's. It must be the hash
    /// of some entry; as each hash covers all entries before, the ledger up to there is then the
    /// one that was noted. This alone finds a ledger that somebody wrote anew from an entry on.
    pub async fn verify(&self, expect: Option<Hash>) -> Result<Verified, VerifyFault> {
        let session = self.read().await?;
        Ok(verify_session(session, expect).await?.0)
    }
}

/// Verifies what a transaction sees, and gives it back.
pub(crate) async fn verify_session(
    session: Session,
    expect: Option<Hash>,
) -> Result<(Verified, Session), VerifyFault> {
    let mut history = History::default();
    let mut named: BTreeMap<Hash, (u64, String)> = BTreeMap::new();
    let (mut session, head) = walk::<VerifyFault>(session, Head::EMPTY, |chunk| {
        for sealed in chunk {
            for (path, hash) in &sealed.entry.files {
                if let Some(hash) = hash {
                    named
                        .entry(*hash)
                        .or_insert_with(|| (sealed.entry.seq, path.clone()));
                }
            }
            history.append(sealed)?;
        }
        Ok(())
    })
    .await?;
    let expected_at = match expect {
        None => None,
        Some(expected) => {
            let note = history.notes().iter().find(|note| note.hash == expected);
            let Some(note) = note else {
                return Err(VerifyFault::NotInChain { expected, head });
            };
            Some(note.seq)
        }
    };
    let blobs = verify_blobs(&mut session, named).await?;
    let verified = Verified {
        entries: head.seq,
        head,
        blobs,
        expected_at,
    };
    Ok((verified, session))
}

async fn verify_blobs(
    session: &mut Session,
    named: BTreeMap<Hash, (u64, String)>,
) -> Result<u64, VerifyFault> {
    let mut missing = named.clone();
    let (mut count, mut after) = (0, String::new());
    loop {
        let rows = session.blobs_after(&after, BLOBS).await?;
        let Some(last) = rows.last() else { break };
        after.clone_from(&last.hash);
        for row in rows {
            let found = Hash::of(&row.bytes);
            if found.to_string() != row.hash {
                return Err(VerifyFault::BlobDamaged {
                    named: Hash::parse(&row.hash).and_then(|hash| named.get(&hash).cloned()),
                    stored: row.hash,
                    found,
                });
            }
            missing.remove(&found);
            count += 1;
        }
    }
    let first = missing.into_iter().min_by_key(|(_, (seq, _))| *seq);
    if let Some((hash, (seq, path))) = first {
        return Err(VerifyFault::BlobMissing { seq, path, hash });
    }
    Ok(count)
}
