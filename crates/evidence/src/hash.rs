//! Content hashes: BLAKE3, 32 bytes, as 64 lower-case hexadecimal digits. `b3sum` gives the same.
//!
//! Files of gigabytes are hashed whenever they are looked at; SHA-256 took a quarter of reading one.

use std::{fs::File, io, path::Path};

use serde::Serialize;

/// The hash of what comes piece by piece.
#[derive(Default)]
pub struct Hashing(blake3::Hasher);

impl Hashing {
    /// Takes in what follows.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all that came.
    pub fn finish(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}

/// The hash of a text.
pub fn of_text(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// The hash of a value as JSON.
pub fn of_value(value: &impl Serialize) -> String {
    of_text(&serde_json::to_string(value).unwrap_or_default())
}

/// The hash of a file.
pub fn of_file(path: &Path) -> io::Result<String> {
    let mut hashing = Hashing::default();
    hashing.0.update_reader(File::open(path)?)?;
    Ok(hashing.finish())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The first two of the published test vectors: nothing, and one byte of zero.
    #[test]
    fn hashes_are_those_of_blake3() {
        let vectors: [(&[u8], &str); 2] = [
            (
                b"",
                "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
            ),
            (
                b"\0",
                "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213",
            ),
        ];
        let folder = tempfile::tempdir().unwrap();
        for (bytes, hash) in vectors {
            let mut hashing = Hashing::default();
            hashing.update(bytes);
            assert_eq!(hashing.finish(), hash);
            let path = folder.path().join("file");
            fs::write(&path, bytes).unwrap();
            assert_eq!(of_file(&path).unwrap(), hash);
        }
    }
}
