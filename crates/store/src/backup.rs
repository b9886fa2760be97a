//! Backup and restore: the whole ledger and what stands beside it as one portable file, whatever
//! the database.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use dfg_plan::{Hash, entry::ChainFault, entry::Head};

use crate::{
    Store, beside,
    error::StoreError,
    session::{Session, place},
    verify::{Verified, verify_session},
};

/// Entries copied at a time.
const ENTRIES: i64 = 1000;
/// Texts copied at a time.
const BLOBS: i64 = 64;

/// What a restore did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where the ledger ended before.
    pub before: Head,
    /// Where it ends now, as the backup does.
    pub after: Head,
    /// Whether its entries were replaced; otherwise they were kept and the rest was added.
    pub replaced: bool,
    /// Whether people, and all else beside the ledger, are now those of the backup.
    pub beside: bool,
}

impl Store {
    /// Writes the whole ledger, and the tables beside it, to a new file, while others read and append. The file is an `SQLite`
    /// database with the ledger's tables, and appears under its name once it has been verified.
    pub async fn backup(&self, file: &Path) -> Result<Verified, StoreError> {
        if fs::symlink_metadata(file).is_ok() {
            return Err(StoreError::Exists {
                path: file.to_owned(),
            });
        }
        let partial = Partial::beside(file);
        partial.remove();
        let copy = Self::create_portable(&partial.0).await?;
        let copied = self.copy_to(&copy).await;
        copy.close().await;
        let head = copied?;
        let verified = verify_file(file, &partial.0).await?;
        if verified.head != head {
            return Err(StoreError::Stopped);
        }
        partial.publish(file)?;
        Ok(verified)
    }

    async fn copy_to(&self, copy: &Self) -> Result<Head, StoreError> {
        let mut from = self.read().await?;
        let (_guard, mut to) = copy.write().await?;
        let head = from.head().await?;
        copy_entries(&mut from, &mut to, 0).await?;
        copy_blobs(&mut from, &mut to).await?;
        if head != Head::EMPTY {
            to.set_head(head).await?;
        }
        beside::back_up(&mut from, &mut to).await?;
        to.commit().await?;
        Ok(head)
    }

    /// Puts a backup in place, all or nothing, once it has been verified.
    ///
    /// A ledger that is empty, or the beginning of the backup, takes in what it lacks. Any other
    /// would lose entries: it is replaced only if `replace` says so. People, and all else beside
    /// the ledger, come back where there are none yet, or if `replace` says so. Running servers see the new
    /// ledger when they next follow it.
    pub async fn restore(&self, file: &Path, replace: bool) -> Result<Restored, StoreError> {
        let backup = Self::open_portable(file).await?;
        let restored = self.restore_from(&backup, file, replace).await;
        backup.close().await;
        restored
    }

    async fn restore_from(
        &self,
        backup: &Self,
        file: &Path,
        replace: bool,
    ) -> Result<Restored, StoreError> {
        let unsound = |path: &Path| {
            let path = path.to_owned();
            move |fault| StoreError::Unsound {
                path,
                fault: Box::new(fault),
            }
        };
        let (verified, mut from) = verify_session(backup.read().await?, None)
            .await
            .map_err(unsound(file))?;
        let after = verified.head;
        let (_guard, mut to) = self.write().await?;
        let before = to.head().await?;
        let continues = before.seq == 0 || from.hash_at(before.seq).await? == Some(before.hash);
        if !continues && !replace {
            return Err(StoreError::WouldReplace {
                ledger: before,
                backup: after,
            });
        }
        if !continues {
            to.clear().await?;
        }
        let kept = if continues { before.seq } else { 0 };
        copy_entries(&mut from, &mut to, kept).await?;
        copy_blobs(&mut from, &mut to).await?;
        if !continues || before != after {
            to.set_head(after).await?;
        }
        let restored_beside = beside::restore(&mut from, &mut to, replace).await?;
        // A ledger whose kept part is damaged does not become a sound one by adding to it.
        let (_, to) = verify_session(to, Some(after.hash).filter(|_| after.seq > 0))
            .await
            .map_err(unsound(Path::new(self.location())))?;
        to.commit().await?;
        Ok(Restored {
            before,
            after,
            replaced: !continues,
            beside: restored_beside,
        })
    }
}

async fn verify_file(name: &Path, written: &Path) -> Result<Verified, StoreError> {
    let copy = Store::open_portable(written).await?;
    let verified = copy.verify(None).await;
    copy.close().await;
    verified.map_err(|fault| StoreError::Unsound {
        path: name.to_owned(),
        fault: Box::new(fault),
    })
}

async fn copy_entries(from: &mut Session, to: &mut Session, after: u64) -> Result<(), StoreError> {
    let mut after = place(after);
    loop {
        let rows = from.rows_after(after, ENTRIES).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.seq;
        let mut copies = Vec::with_capacity(rows.len());
        for row in &rows {
            let body = row
                .body
                .as_deref()
                .map_err(|cause| ChainFault::Unreadable {
                    seq: u64::try_from(row.seq).unwrap_or_default(),
                    cause: cause.clone(),
                })?;
            copies.push((row.seq, row.hash.as_str(), body));
        }
        to.insert_rows(&copies).await?;
    }
}

async fn copy_blobs(from: &mut Session, to: &mut Session) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let rows = from.blobs_after(&after, BLOBS).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after.clone_from(&last.hash);
        for row in &rows {
            let found = Hash::of(&row.bytes);
            if let Some(hash) = Hash::parse(&row.hash).filter(|hash| *hash != found) {
                return Err(StoreError::BlobDamaged { hash, found });
            }
        }
        let texts: Vec<(&str, &[u8])> = rows
            .iter()
            .map(|row| (row.hash.as_str(), row.bytes.as_slice()))
            .collect();
        to.insert_blobs(&texts).await?;
    }
}

/// A file under a temporary name beside its final one, removed unless it gets there.
struct Partial(PathBuf);

impl Partial {
    fn beside(file: &Path) -> Self {
        let mut name = OsString::from(".");
        name.push(file.file_name().unwrap_or_default());
        name.push(format!(".partial-{}", std::process::id()));
        Self(file.with_file_name(name))
    }

    /// Gives the file its name, unless another has it: a link never replaces, a renaming would.
    fn publish(&self, file: &Path) -> Result<(), StoreError> {
        let failed = |cause| StoreError::File {
            path: file.to_owned(),
            cause,
        };
        match fs::hard_link(&self.0, file) {
            Ok(()) => {}
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {
                return Err(StoreError::Exists {
                    path: file.to_owned(),
                });
            }
            // Not every file system knows links.
            Err(_) => fs::rename(&self.0, file).map_err(failed)?,
        }
        // The name must survive a loss of power as the bytes do.
        let folder = match file.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        if let Ok(folder) = File::open(folder) {
            folder.sync_all().map_err(failed)?;
        }
        Ok(())
    }

    fn remove(&self) {
        let mut journal = self.0.clone().into_os_string();
        journal.push("-journal");
        // Neither need be there.
        let _ = fs::remove_file(&self.0);
        let _ = fs::remove_file(journal);
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        self.remove();
    }
}
