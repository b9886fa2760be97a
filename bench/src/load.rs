//! Load on a server, made with `wrk`: the same settings for everyone.

use std::{net::SocketAddr, process::Command};

use anyhow::{Context as _, ensure};

use crate::http;

/// Seconds of load on each address.
const SECONDS: &str = "4";
/// Connections that are kept open.
const CONNECTIONS: &str = "16";

/// What a server could do.
#[derive(Clone, Copy)]
pub struct Load {
    /// Pages per second.
    pub pages: f64,
    /// The time within which 99 of 100 answers came, in milliseconds.
    pub p99: f64,
}

/// Puts load on an address. Fails where any answer is other than a success.
pub fn measure(address: SocketAddr, path: &str, fields: &[String]) -> anyhow::Result<Load> {
    let answer = http::get(address, path, http::BROWSER)?;
    ensure!(
        answer.status == 200,
        "{path} is answered with {}",
        answer.status
    );
    let mut wrk = Command::new("wrk");
    wrk.args(["--threads", "1", "--connections", CONNECTIONS])
        .args(["--duration", SECONDS, "--latency", "--timeout", "20s"])
        .args(["--header", &format!("Accept-Encoding: {}", http::BROWSER)]);
    for field in fields {
        wrk.args(["--header", field]);
    }
    let output = wrk
        .arg(format!("http://{address}{path}"))
        .output()
        .context("cannot run wrk: install it from your system's packages")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong = said
        .lines()
        .find(|line| line.contains("Non-2xx") || line.contains("Socket errors"));
    ensure!(
        wrong.is_none(),
        "{path}: {}",
        wrong.unwrap_or_default().trim()
    );
    read(&said).with_context(|| format!("wrk told nothing about {path}: {said}"))
}

fn read(said: &str) -> Option<Load> {
    let after = |name: &str| {
        said.lines()
            .find_map(|line| line.trim().strip_prefix(name))
            .map(str::trim)
    };
    Some(Load {
        pages: after("Requests/sec:")?.parse().ok()?,
        p99: milliseconds(after("99%")?)?,
    })
}

/// `812.00us`, `1.05ms`, `2.30s` or `1.05m`.
fn milliseconds(text: &str) -> Option<f64> {
    let units = [("us", 0.001), ("ms", 1.0), ("s", 1000.0), ("m", 60_000.0)];
    let (number, scale) = units
        .iter()
        .find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, scale)))?;
    number.parse::<f64>().ok().map(|number| number * scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_wrk_says() {
        let said = "  Latency Distribution\n     50%  610.00us\n     99%    1.05ms\n  9 requests in 4.00s\nRequests/sec:  45678.90\n";
        let load = read(said).unwrap();
        assert!((load.pages - 45678.9).abs() < 0.01 && (load.p99 - 1.05).abs() < 0.001);
        for (text, wanted) in [("812.00us", 0.812), ("2.30s", 2300.0), ("1.5m", 90_000.0)] {
            assert!(
                (milliseconds(text).unwrap() - wanted).abs() < 0.001,
                "{text}"
            );
        }
        assert!(milliseconds("soon").is_none());
    }
}
