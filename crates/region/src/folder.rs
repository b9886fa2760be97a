//! A region folder's files in memory, and how they are taken from and put on a disk.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read as _, Write as _},
    path::{Component, Path},
};

use crate::diagnostic::Diagnostic;

/// The largest file that is read, in bytes.
pub const MAX_FILE: u64 = 4 * 1024 * 1024;
/// The most files that are read.
pub const MAX_FILES: usize = 50_000;
/// The most bytes that are read in all.
pub const MAX_TOTAL: u64 = 256 * 1024 * 1024;
/// The deepest folder that is looked into; the format itself needs one.
const MAX_DEPTH: usize = 4;

/// The files of a region folder by path, relative to the folder and with `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// The bytes of each file.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Folder {
    /// Reads every file but those whose name or folder begins with a dot.
    ///
    /// Sizes are looked at before anything is read, and symbolic links are never followed: what is
    /// imported stands in the folder itself.
    pub fn read(dir: &Path) -> Result<Self, Vec<Diagnostic>> {
        let mut walk = Walk::default();
        match fs::metadata(dir) {
            Ok(found) if found.is_dir() => walk.enter(dir, "", 0),
            Ok(_) => walk.fault(".", format!("{} is not a folder", dir.display())),
            Err(cause) => walk.fault(".", format!("{} cannot be read: {cause}", dir.display())),
        }
        if walk.faults.is_empty() {
            Ok(Self { files: walk.files })
        } else {
            walk.faults.sort();
            Err(walk.faults)
        }
    }

    /// A folder of texts.
    pub fn from_texts(texts: &BTreeMap<String, String>) -> Self {
        let files = texts.iter();
        Self {
            files: files
                .map(|(path, text)| (path.clone(), text.clone().into_bytes()))
                .collect(),
        }
    }

    /// The files that are texts: all of them, once the folder has been read without fault.
    pub fn texts(&self) -> BTreeMap<String, String> {
        let files = self.files.iter();
        files
            .filter_map(|(path, bytes)| {
                let text = std::str::from_utf8(bytes).ok()?;
                Some((path.clone(), text.to_owned()))
            })
            .collect()
    }
}

#[derive(Default)]
struct Walk {
    files: BTreeMap<String, Vec<u8>>,
    total: u64,
    full: bool,
    faults: Vec<Diagnostic>,
}

impl Walk {
    fn fault(&mut self, path: &str, message: impl Into<String>) {
        self.faults.push(Diagnostic::of_file(path, message));
    }

    fn enter(&mut self, dir: &Path, prefix: &str, depth: usize) {
        let entries = match fs::read_dir(dir).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
            Ok(entries) => entries,
            Err(cause) => {
                let place = if prefix.is_empty() { "." } else { prefix };
                return self.fault(place, format!("the folder cannot be read: {cause}"));
            }
        };
        for entry in entries {
            if self.full {
                return;
            }
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                let path = format!("{prefix}{}", name.to_string_lossy());
                self.fault(&path, "the file's name is not UTF-8");
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            let path = format!("{prefix}{name}");
            match entry.metadata() {
                Err(cause) => self.fault(&path, format!("the file cannot be read: {cause}")),
                Ok(found) if found.is_symlink() => {
                    self.fault(
                        &path,
                        "a symbolic link is not followed: put the file itself here",
                    );
                }
                Ok(found) if found.is_dir() && depth < MAX_DEPTH => {
                    self.enter(&entry.path(), &format!("{path}/"), depth + 1);
                }
                Ok(found) if found.is_dir() => {
                    self.fault(&path, "folders are nested too deep for a region");
                }
                Ok(found) if found.is_file() => self.take(&entry.path(), path, found.len()),
                Ok(_) => self.fault(&path, "this is neither a file nor a folder"),
            }
        }
    }

    fn take(&mut self, file: &Path, path: String, size: u64) {
        if size > MAX_FILE {
            return self.fault(&path, too_large(size));
        }
        self.total += size;
        if self.files.len() >= MAX_FILES {
            self.full = true;
            return self.fault(&path, format!("a region has at most {MAX_FILES} files"));
        }
        if self.total > MAX_TOTAL {
            self.full = true;
            let message = format!("a region has at most {} MiB in all", MAX_TOTAL >> 20);
            return self.fault(&path, message);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        // The file may have grown since its size was asked for.
        let read =
            fs::File::open(file).and_then(|open| open.take(MAX_FILE + 1).read_to_end(&mut bytes));
        match read {
            Err(cause) => self.fault(&path, format!("the file cannot be read: {cause}")),
            Ok(read) if read as u64 > MAX_FILE => self.fault(&path, too_large(read as u64)),
            Ok(_) => {
                self.files.insert(path, bytes);
            }
        }
    }
}

fn too_large(size: u64) -> String {
    format!(
        "the file is too large: {} MiB, and at most {} fit",
        size.div_ceil(1 << 20),
        MAX_FILE >> 20
    )
}

/// Writes files into a folder that is empty or not there yet.
pub fn write_folder(dir: &Path, files: &BTreeMap<String, String>) -> io::Result<()> {
    if let Some(path) = files.keys().find(|path| !stays_inside(path)) {
        let message = format!("“{path}” does not stand inside the folder");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    fs::create_dir_all(dir)?;
    if fs::read_dir(dir)?.next().is_some() {
        let message = format!("{} is not empty: choose a new folder", dir.display());
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
    }
    for (path, text) in files {
        let file = dir.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::File::create_new(file)?.write_all(text.as_bytes())?;
    }
    Ok(())
}

fn stays_inside(path: &str) -> bool {
    !path.is_empty()
        && Path::new(path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
}
