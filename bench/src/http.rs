//! Enough of a client to fetch a page and to weigh it.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::Context as _;

const PATIENCE: Duration = Duration::from_secs(30);

/// The encodings that a browser asks for over a safe connection, as far as the site knows them.
pub const BROWSER: &str = "gzip, deflate, br";

/// An answer.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The header fields, names in lower case.
    fields: Vec<(String, String)>,
    /// The body as sent.
    pub body: Vec<u8>,
    /// Every byte that came over the wire.
    pub weight: usize,
}

impl Answer {
    /// A header field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as text, where it was not compressed.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Fetches a path with a choice of encodings (`identity` for none).
pub fn get(address: SocketAddr, path: &str, encodings: &str) -> anyhow::Result<Answer> {
    let head = format!("GET {path} HTTP/1.1\r\naccept-encoding: {encodings}\r\n");
    exchange(address, path, &head, "")
}

/// Sends a form, or asks for a page, as somebody who is signed in.
pub fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    cookie: &str,
    form: &str,
) -> anyhow::Result<Answer> {
    let head = format!(
        "{method} {path} HTTP/1.1\r\ncookie: {cookie}\r\naccept-encoding: gzip\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n",
        form.len()
    );
    exchange(address, path, &head, form)
}

fn exchange(address: SocketAddr, path: &str, head: &str, body: &str) -> anyhow::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "{head}host: {address}\r\nconnection: close\r\n\r\n{body}"
    )?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    parse(bytes).with_context(|| format!("{path} is not answered as it should be"))
}

fn parse(mut bytes: Vec<u8>) -> Option<Answer> {
    let weight = bytes.len();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let body = bytes.split_off(end + 4);
    let head = String::from_utf8(bytes).ok()?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let fields = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    Some(Answer {
        status,
        fields,
        body,
        weight,
    })
}
