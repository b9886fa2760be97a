//! Ledger entries: canonical encoding, hashes and the chain.
//!
//! An entry's body is canonical JSON: keys in order of code point, no white space, integers only,
//! strings escaped as little as JSON allows, UTF-8. Its hash is the SHA-256 of that body, and the
//! body carries the hash of the entry before it. See `docs/ledger.md` for the whole description.

use std::{collections::BTreeMap, fmt, fmt::Write as _};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    change::{Change, Draft},
    edition::Edition,
    slug::Slug,
};

/// The version of the entry's shape that this code writes.
pub const FORMAT: u32 = 1;

/// A SHA-256, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash([u8; 32]);

impl Hash {
    /// What stands before the first entry.
    pub const ZERO: Self = Self([0; 32]);

    /// The hash of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads 64 hexadecimal digits in lower case.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        let valid = digits.len() == 64
            && digits
                .iter()
                .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        if !valid {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The first twelve digits, to show to people.
    pub fn short(&self) -> String {
        self.to_string().chars().take(12).collect()
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl TryFrom<String> for Hash {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| "a hash has 64 hexadecimal digits".to_owned())
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

/// One committed set of changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Version of the entry's shape.
    pub format: u32,
    /// Its place in the ledger, from 1.
    pub seq: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Since when its changes are true.
    pub true_on: Date,
    /// Who made it: a role or a person's id, never a name.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// The decision that it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Slug>,
    /// The changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// Files of the region folder whose text changed: path and hash, or null where it went.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, Option<Hash>>,
    /// The edition that it publishes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<Edition>,
    /// The hash of the entry before it; 64 zeros for the first.
    pub previous: Hash,
}

/// An entry with its body and hash, as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Sealed {
    /// The entry.
    pub entry: Entry,
    /// Its canonical encoding.
    pub body: String,
    /// The SHA-256 of the body.
    pub hash: Hash,
}

/// The end of a chain: where the next entry goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last entry's place; 0 for an empty ledger.
    pub seq: u64,
    /// The last entry's hash.
    pub hash: Hash,
}

impl Head {
    /// The head of an empty ledger.
    pub const EMPTY: Self = Self {
        seq: 0,
        hash: Hash::ZERO,
    };
}

/// How a chain is wrong at its first wrong entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// The body is not what was hashed.
    #[error("entry {seq} was edited: its text has the hash {found}, but {stored} is stored")]
    Edited {
        /// The entry.
        seq: u64,
        /// The hash of the text as it is.
        found: Hash,
        /// The hash as stored.
        stored: Hash,
    },
    /// The entry does not follow the one before it.
    #[error(
        "entry {seq} does not follow the entry before it: it names {names}, expected {expected}"
    )]
    Broken {
        /// The entry.
        seq: u64,
        /// The hash that it names.
        names: Hash,
        /// The hash of the entry before it.
        expected: Hash,
    },
    /// An entry is missing.
    #[error("entry {missing} is missing: entry {found} stands in its place")]
    Missing {
        /// The place that is empty.
        missing: u64,
        /// What comes instead.
        found: u64,
    },
    /// The entry calls itself by another place than it stands in.
    #[error("entry {stands} was moved: its text says that it is entry {says}")]
    Moved {
        /// Where it stands.
        stands: u64,
        /// Where it says it belongs.
        says: u64,
    },
    /// The ledger ends before its recorded end.
    #[error("the ledger is cut off after entry {ends}: entry {recorded} was once recorded")]
    CutOff {
        /// The last entry there is.
        ends: u64,
        /// The last entry that was acknowledged.
        recorded: u64,
    },
    /// The ledger's recorded end is not its end.
    #[error(
        "the ledger ends with entry {ends}, but its recorded end is entry {recorded}: one was changed by hand"
    )]
    WrongEnd {
        /// The last entry there is.
        ends: u64,
        /// The last entry that was acknowledged.
        recorded: u64,
    },
    /// The entry's text is not an entry.
    #[error("entry {seq} cannot be read: {cause}")]
    Unreadable {
        /// The entry.
        seq: u64,
        /// What the reader said.
        cause: String,
    },
}

impl ChainFault {
    /// The first wrong entry.
    pub fn seq(&self) -> u64 {
        match self {
            Self::Edited { seq, .. } | Self::Broken { seq, .. } | Self::Unreadable { seq, .. } => {
                *seq
            }
            Self::Missing { missing, .. } => *missing,
            Self::Moved { stands, .. } => *stands,
            Self::CutOff { ends, .. } | Self::WrongEnd { ends, .. } => ends + 1,
        }
    }
}

impl Draft {
    /// Gives a draft its place at the end of a chain. Without a date of its own it is true from
    /// `today`.
    pub fn seal(self, head: Head, recorded_at: Timestamp, today: Date) -> Sealed {
        let entry = Entry {
            format: FORMAT,
            seq: head.seq + 1,
            recorded_at,
            true_on: self.true_on.unwrap_or(today),
            actor: self.actor,
            reason: self.reason,
            decision: self.decision,
            changes: self.changes,
            files: self.files,
            edition: self.edition,
            previous: head.hash,
        };
        let body = canonical(&serde_json::to_value(&entry).unwrap_or_default());
        let hash = Hash::of(body.as_bytes());
        Sealed { entry, body, hash }
    }
}

impl Sealed {
    /// Checks a stored entry against the head before it, and reads it.
    pub fn open(head: Head, seq: u64, hash: Hash, body: String) -> Result<Self, ChainFault> {
        if seq != head.seq + 1 {
            return Err(ChainFault::Missing {
                missing: head.seq + 1,
                found: seq,
            });
        }
        let found = Hash::of(body.as_bytes());
        if found != hash {
            return Err(ChainFault::Edited {
                seq,
                found,
                stored: hash,
            });
        }
        let entry: Entry = serde_json::from_str(&body).map_err(|cause| ChainFault::Unreadable {
            seq,
            cause: cause.to_string(),
        })?;
        if entry.seq != seq {
            return Err(ChainFault::Moved {
                stands: seq,
                says: entry.seq,
            });
        }
        if entry.previous != head.hash {
            return Err(ChainFault::Broken {
                seq,
                names: entry.previous,
                expected: head.hash,
            });
        }
        if entry.format > FORMAT {
            return Err(ChainFault::Unreadable {
                seq,
                cause: format!(
                    "it was written in format {}, newer than {FORMAT}",
                    entry.format
                ),
            });
        }
        Ok(Self { entry, body, hash })
    }

    /// The chain's end after this entry.
    pub fn head(&self) -> Head {
        Head {
            seq: self.entry.seq,
            hash: self.hash,
        }
    }
}

/// The canonical encoding of a JSON value: sorted keys, no white space, minimal escapes.
///
/// Numbers are integers throughout the ledger; a fraction never occurs, because figures are text.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut keys: Vec<&String> = fields.keys().collect();
            keys.sort_unstable();
            text.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_string(key, text);
                text.push(':');
                write_canonical(&fields[key], text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_canonical(item, text);
            }
            text.push(']');
        }
        Value::String(string) => write_string(string, text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            let _ = write!(text, "{value}");
        }
    }
}

fn write_string(string: &str, text: &mut String) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            control if (control as u32) < 0x20 => {
                let _ = write!(text, "\\u{:04x}", control as u32);
            }
            other => text.push(other),
        }
    }
    text.push('"');
}
