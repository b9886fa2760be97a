//! Serves a region folder's site from memory, to look at while working on pages.
//!
//! `cargo run -p dfg-web --example preview -- [PORT] [REGION]`

#[expect(dead_code, reason = "shared with the tests, which use the rest of it")]
#[path = "../tests/site/support/region.rs"]
mod region;

use std::{io::Write as _, net::Ipv4Addr, path::Path};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().and_then(|port| port.parse().ok());
    let port: u16 = port.unwrap_or(8080);
    let site = match arguments.next() {
        Some(dir) => region::site_of(&region::read_dir(Path::new(&dir))),
        None => region::north_east(),
    };
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    writeln!(std::io::stderr(), "http://127.0.0.1:{port}/")?;
    axum::serve(listener, dfg_web::router(site)).await
}
