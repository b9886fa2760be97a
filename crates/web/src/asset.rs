//! Styles, fonts and the icon: built into the program, named with their hash, kept for a year.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

struct Asset {
    name: &'static str,
    bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

static HASHES: LazyLock<Vec<String>> =
    LazyLock::new(|| ASSETS.iter().map(|asset| hash(asset.bytes)).collect());

/// The first twelve digits of the SHA-256 of bytes.
pub(crate) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The address of a built-in file, with its hash.
pub(crate) fn href(name: &str) -> String {
    let index = ASSETS.iter().position(|asset| asset.name == name);
    match index.and_then(|index| HASHES.get(index)) {
        Some(hash) => format!("/assets/{name}?v={hash}"),
        None => format!("/assets/{name}"),
    }
}

/// What stands in a built-in file.
pub(crate) fn bytes(name: &str) -> Option<&'static [u8]> {
    let found = ASSETS.iter().find(|asset| asset.name == name);
    found.map(|asset| asset.bytes)
}

/// `GET /assets/{name}`.
pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    let Some(bytes) = bytes(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let extension = name.rsplit('.').next().unwrap_or_default();
    let kind = match extension {
        "css" => "text/css; charset=utf-8",
        "woff2" => "font/woff2",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml; charset=utf-8",
        _ => "application/octet-stream",
    };
    (
        [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ],
        bytes,
    )
        .into_response()
}
