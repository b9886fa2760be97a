//! What stands before every form: no posts from other sites, and no endless attempts.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, request::Parts},
    middleware::Next,
    response::Response,
};
use dfg_plan::Hash;

use super::Ask;
use crate::{api, cx::Query, fault::Fault, route, site::Site};

/// How long attempts count.
const WINDOW: Duration = Duration::from_mins(15);
/// How many links one account is sent within the window for those who ask at one network address: a
/// stranger elsewhere does not use up what the account's owner may ask for.
const BY_ACCOUNT: u64 = 5;
/// How many links one account is sent within the window in all.
const BY_ACCOUNT_IN_ALL: u64 = 20;
/// How many attempts one network address has within the window.
const BY_ADDRESS: u64 = 30;

/// Refuses what changes something and comes from another site.
pub(crate) async fn refuse_cross_site(
    State(site): State<Site>,
    request: Request,
    next: Next,
) -> Response {
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let own = site.0.access.as_ref().map(|access| access.address.as_str());
    if safe || is_same_site(request.headers(), own) {
        return next.run(request).await;
    }
    let path = request.uri().path();
    if api::is_under(path) {
        return api::refuse(path, &Fault::CrossSite);
    }
    route::refuse(&site, path, &Query::default(), &Fault::CrossSite)
}

/// Browsers say where a request comes from in `Sec-Fetch-Site`, older ones in `Origin`. What says
/// neither is no browser, and carries nobody's cookies but its own.
fn is_same_site(headers: &HeaderMap, own: Option<&str>) -> bool {
    let text = |name: &str| {
        let value = headers.get(name)?;
        Some(value.to_str().unwrap_or("?"))
    };
    if let Some(site) = text("sec-fetch-site")
        && !matches!(site, "same-origin" | "none")
    {
        return false;
    }
    let Some(origin) = text("origin") else {
        return true;
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    Some(origin) == own || (host.is_some() && host == text("host"))
}

/// The network address that a request comes from, as far as it is known.
pub(super) fn peer(parts: &Parts, client_header: Option<&str>) -> Option<IpAddr> {
    if let Some(name) = client_header {
        // A client can write the header too; what the proxy adds stands last.
        let named = parts.headers.get_all(name).iter().next_back()?;
        return named.to_str().ok()?.rsplit(',').next()?.trim().parse().ok();
    }
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(address)| address.ip())
}

/// The network that a request comes from, as attempts are counted.
fn place(ask: &Ask) -> String {
    match ask.peer.map(|address| address.to_canonical()) {
        // A home or a phone has a whole /64.
        Some(IpAddr::V6(address)) => format!("{:?}", &address.segments()[..4]),
        Some(IpAddr::V4(address)) => address.to_string(),
        None => String::new(),
    }
}

/// Counts an attempt from the request's network address.
pub(crate) async fn limit_address(ask: &Ask) -> Result<(), Fault> {
    limit(ask, &format!("address {}", place(ask)), BY_ADDRESS).await
}

/// Counts an attempt of some sort; whether there were more than `most` within the window. It counts
/// by `account`, or by network address where none is given.
pub(crate) async fn is_flood(
    ask: &Ask,
    sort: &str,
    account: Option<&str>,
    (most, window): (u64, Duration),
) -> Result<bool, Fault> {
    let who = account.map_or_else(|| place(ask), str::to_lowercase);
    let who = Hash::of(format!("{sort} {who}").as_bytes());
    let count = ask.access.store.count_attempt(who, window, ask.now).await?;
    Ok(count > most)
}

/// Counts an attempt for an account, there or not.
pub(super) async fn limit_account(ask: &Ask, email: &str) -> Result<(), Fault> {
    let email = email.to_lowercase();
    let here = format!("account {email} at {}", place(ask));
    limit(ask, &here, BY_ACCOUNT).await?;
    limit(ask, &format!("account {email}"), BY_ACCOUNT_IN_ALL).await
}

async fn limit(ask: &Ask, who: &str, most: u64) -> Result<(), Fault> {
    let who = Hash::of(who.as_bytes());
    let count = ask.access.store.count_attempt(who, WINDOW, ask.now).await?;
    if count > most {
        return Err(Fault::TooMany(WINDOW.as_secs()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_site_may_post() {
        let own = "https://strategy.example";
        // Sec-Fetch-Site, Origin, whether it is taken at the host strategy.test
        let table = [
            (None, None, true),
            (Some("same-origin"), Some("http://strategy.test"), true),
            (Some("none"), None, true),
            (None, Some("http://strategy.test"), true),
            (None, Some("https://strategy.example"), true),
            (Some("cross-site"), Some("http://strategy.test"), false),
            (Some("same-site"), None, false),
            (Some("cross-site"), None, false),
            (None, Some("https://other.example"), false),
            (None, Some("http://strategy.test.other.example"), false),
            (None, Some("null"), false),
        ];
        for (fetch, origin, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert("host", "strategy.test".parse().unwrap());
            for (name, value) in [("sec-fetch-site", fetch), ("origin", origin)] {
                if let Some(value) = value {
                    headers.insert(name, value.parse().unwrap());
                }
            }
            let found = is_same_site(&headers, Some(own));
            assert_eq!(found, expected, "{fetch:?} {origin:?}");
        }
    }
}
