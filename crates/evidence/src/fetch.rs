//! Fetching published files: from allowed hosts only, never from a private network, never more than
//! a limit, and on from where a broken download stopped.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    net::{IpAddr, Ipv6Addr},
    path::Path,
    time::Duration,
};

use ureq::{
    Agent,
    config::Config,
    http::{Uri, header},
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

use crate::vintage::Tag;

/// Redirects that are followed.
const HOPS: usize = 5;
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(15);
/// How long a server may take to begin its answer.
const ANSWER: Duration = Duration::from_mins(1);
/// How long a file may take as a whole.
const WHOLE: Duration = Duration::from_mins(30);

/// What may be fetched.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    /// The hosts.
    pub hosts: Vec<String>,
    /// Whether addresses of private networks may be, and plain HTTP: for servers of one's own.
    pub private: bool,
    /// The largest file, in bytes.
    pub largest: u64,
}

/// What came of a fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The file has not changed since.
    Same,
    /// A file, and what the server said of it.
    File(Tag),
}

/// Why nothing came.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address is none.
    #[error("“{0}” is not an address that can be fetched: it begins with https://")]
    NotAnAddress(String),
    /// The host is not one of those allowed.
    #[error("the region does not allow to fetch from “{0}”: add it to `fetch_from` in region.toml")]
    NotAllowed(String),
    /// The host is in a private network.
    #[error("“{0}” is in a private network, from which nothing is fetched")]
    Private(String),
    /// Too many redirects.
    #[error("the address leads on more than {HOPS} times")]
    Redirects,
    /// The server does not give it.
    #[error("the server answered {status}")]
    Refused {
        /// The status.
        status: u16,
    },
    /// The file is too large.
    #[error("the file has more than {0} bytes, and was not kept")]
    TooLarge(u64),
    /// The server broke off.
    #[error("the download broke off after {had} bytes; the next refresh goes on from there")]
    Broken {
        /// What came.
        had: u64,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The server cannot be reached.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The file cannot be written.
    #[error("the file cannot be written")]
    Io(#[source] io::Error),
}

/// Fetches an address into a file, unless it is unchanged. `part` is the file that a broken
/// download left or leaves; `progress` is told how many bytes have come, and of how many.
pub fn fetch(
    address: &str,
    allowed: &Allowed,
    known: &Tag,
    part: &Path,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Fetched, FetchError> {
    let note = part.with_extension("tag");
    let had = fs::metadata(part).map_or(0, |data| data.len());
    let tag: Option<Tag> = fs::read(&note)
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok());
    let going_on = tag
        .filter(|_| had > 0)
        .and_then(|tag| tag.etag.or(tag.last_modified));
    let mut answer = ask(
        address,
        allowed,
        known,
        going_on.as_deref().map(|tag| (had, tag)),
    )?;
    let status = answer.status().as_u16();
    let begun = match (status, &going_on) {
        (304, _) => return Ok(Fetched::Same),
        (200, _) => 0,
        (206, Some(_)) => had,
        // What was kept no longer fits: from the start, next time.
        (416, Some(_)) => {
            forget(part);
            return Err(FetchError::Refused { status });
        }
        _ => return Err(FetchError::Refused { status }),
    };
    let said = |name: header::HeaderName| {
        let value = answer.headers().get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    let tag = Tag {
        etag: said(header::ETAG),
        last_modified: said(header::LAST_MODIFIED),
        stamp: None,
    };
    let length = said(header::CONTENT_LENGTH).and_then(|text| text.parse::<u64>().ok());
    let total = length.map(|length| begun + length);
    if total.is_some_and(|total| total > allowed.largest) {
        return Err(FetchError::TooLarge(allowed.largest));
    }
    fs::write(&note, serde_json::to_vec(&tag).unwrap_or_default()).map_err(FetchError::Io)?;
    let mut file = if begun > 0 {
        OpenOptions::new().append(true).open(part)
    } else {
        File::create(part)
    }
    .map_err(FetchError::Io)?;
    let mut body = answer.body_mut().with_config().limit(u64::MAX).reader();
    let mut had = begun;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match body.read(&mut buffer) {
            Ok(0) if total.is_some_and(|total| had < total) => {
                return Err(FetchError::Broken {
                    had,
                    cause: io::ErrorKind::UnexpectedEof.into(),
                });
            }
            Ok(0) => break,
            Ok(count) => {
                had += u64::try_from(count).unwrap_or_default();
                if had > allowed.largest {
                    forget(part);
                    return Err(FetchError::TooLarge(allowed.largest));
                }
                file.write_all(&buffer[..count]).map_err(FetchError::Io)?;
                progress(had, total);
            }
            Err(cause) => return Err(FetchError::Broken { had, cause }),
        }
    }
    file.sync_all().map_err(FetchError::Io)?;
    drop(fs::remove_file(&note));
    Ok(Fetched::File(tag))
}

/// Forgets a broken download.
fn forget(part: &Path) {
    drop(fs::remove_file(part));
    drop(fs::remove_file(part.with_extension("tag")));
}

type Response = ureq::http::Response<ureq::Body>;

/// Asks an address, and those to which it leads on.
fn ask(
    address: &str,
    allowed: &Allowed,
    known: &Tag,
    going_on: Option<(u64, &str)>,
) -> Result<Response, FetchError> {
    let agent = Agent::with_parts(
        Config::builder()
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(ANSWER))
            .timeout_global(Some(WHOLE))
            // A proxy would resolve names itself, and so undo the check of where they lead.
            .proxy(None)
            .build(),
        DefaultConnector::default(),
        Guarded {
            private: allowed.private,
            inner: DefaultResolver::default(),
        },
    );
    let mut at = check(address, allowed)?;
    for _ in 0..=HOPS {
        let mut request = agent.get(&at);
        if let Some((had, tag)) = going_on {
            request = request
                .header(header::RANGE, format!("bytes={had}-"))
                .header(header::IF_RANGE, tag);
        } else {
            if let Some(etag) = &known.etag {
                request = request.header(header::IF_NONE_MATCH, etag);
            }
            if let Some(date) = &known.last_modified {
                request = request.header(header::IF_MODIFIED_SINCE, date);
            }
        }
        let answer = request.call().map_err(|cause| explain(&cause, &at))?;
        if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(answer);
        }
        let to = answer
            .headers()
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let base = url::Url::parse(&at).ok();
        let next = base.and_then(|base| base.join(to).ok());
        let next = next.ok_or_else(|| FetchError::NotAnAddress(to.to_owned()))?;
        at = check(next.as_str(), allowed)?;
    }
    Err(FetchError::Redirects)
}

/// An address of an allowed host.
fn check(address: &str, allowed: &Allowed) -> Result<String, FetchError> {
    let not = || FetchError::NotAnAddress(address.to_owned());
    let url = url::Url::parse(address).map_err(|_| not())?;
    let is_safe = url.scheme() == "https" || (allowed.private && url.scheme() == "http");
    if !is_safe || !url.username().is_empty() || url.password().is_some() {
        return Err(not());
    }
    let host = url.host_str().ok_or_else(not)?;
    if !allowed
        .hosts
        .iter()
        .any(|one| one.eq_ignore_ascii_case(host))
    {
        return Err(FetchError::NotAllowed(host.to_owned()));
    }
    Ok(url.to_string())
}

fn explain(cause: &ureq::Error, at: &str) -> FetchError {
    match cause {
        ureq::Error::Io(cause) if cause.kind() == io::ErrorKind::PermissionDenied => {
            let host = url::Url::parse(at).ok();
            let host = host.and_then(|url| url.host_str().map(str::to_owned));
            FetchError::Private(host.unwrap_or_default())
        }
        other => FetchError::Unreachable(other.to_string()),
    }
}

/// Resolves names, and refuses those that lead into a private network.
#[derive(Debug)]
struct Guarded {
    private: bool,
    inner: DefaultResolver,
}

impl Resolver for Guarded {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        if !self.private && found.iter().any(|address| is_private(address.ip())) {
            return Err(ureq::Error::Io(io::ErrorKind::PermissionDenied.into()));
        }
        Ok(found)
    }
}

/// Whether an address is not one of the public internet.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, third, _] = address.octets();
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
                || address.is_broadcast()
                || address.is_multicast()
                || address.is_documentation()
                || first == 0
                || first >= 240
                // Shared by providers, and for benchmarks and protocols.
                || (first == 100 && (64..128).contains(&second))
                || (first == 198 && (18..20).contains(&second))
                || (first == 192 && second == 0 && third == 0)
        }
        IpAddr::V6(address) => match embedded(address) {
            Some(inner) => is_private(inner),
            None => {
                let first = address.segments()[0];
                // Only 2000::/3 is given out; of it, 2001:db8::/32 is for documents.
                !(0x2000..=0x3fff).contains(&first)
                    || (first == 0x2001 && address.segments()[1] == 0x0db8)
            }
        },
    }
}

/// The address of the older protocol that one of the newer carries.
fn embedded(address: Ipv6Addr) -> Option<IpAddr> {
    let parts = address.segments();
    let join = |high: u16, low: u16| {
        let [first, second] = high.to_be_bytes();
        let [third, fourth] = low.to_be_bytes();
        Some(IpAddr::from([first, second, third, fourth]))
    };
    match parts {
        [0x2002, high, low, ..] | [0x0064, 0xff9b, .., high, low] => join(high, low),
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] if (high, low) > (0, 1) => join(high, low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::is_private;

    #[test]
    fn private_networks_are_known_in_both_protocols() {
        for (address, private) in [
            ("127.0.0.1", true),
            ("10.1.2.3", true),
            ("172.16.0.1", true),
            ("172.32.0.1", false),
            ("192.168.1.1", true),
            ("169.254.169.254", true),
            ("100.64.0.1", true),
            ("0.0.0.0", true),
            ("8.8.8.8", false),
            ("::1", true),
            ("::", true),
            ("::ffff:127.0.0.1", true),
            ("::ffff:8.8.8.8", false),
            ("64:ff9b::a00:1", true),
            ("2002:7f00:1::", true),
            ("fe80::1", true),
            ("fd00::1", true),
            ("2606:4700::1111", false),
            ("2001:db8::1", true),
        ] {
            assert_eq!(is_private(address.parse().unwrap()), private, "{address}");
        }
    }
}
