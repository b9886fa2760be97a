//! Content hashes: SHA-256 in lower-case hexadecimal digits.

use std::{fmt::Write as _, fs::File, io::Read as _, path::Path};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The hash of a text.
pub fn of_text(text: &str) -> String {
    spell(&Sha256::digest(text.as_bytes()))
}

/// The hash of a value as JSON.
pub fn of_value(value: &impl Serialize) -> String {
    of_text(&serde_json::to_string(value).unwrap_or_default())
}

/// The hash of a file.
pub fn of_file(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(spell(&hash.finalize())),
            count => hash.update(&buffer[..count]),
        }
    }
}

/// A digest in digits.
pub fn spell(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
