//! The fastest that a server of the same make can be: it says two words.

use axum::{Router, routing::get};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8081".to_owned());
    let router = Router::new().route("/", get(async || "Hello, World!"));
    axum::serve(TcpListener::bind(address).await?, router).await?;
    Ok(())
}
