//! Every address behind the sign-in, and which roles it is open to.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use axum::http::{Method, StatusCode};

use crate::access::Desk;

/// Who may reach each address behind the sign-in: anonymous, reader, analyst, partner, member and
/// chair of a delivery group, member and chair of the steering group, programme lead.
/// `y`: an answer; `-`: there is nothing here; `s`: sign in first.
const TABLE: [(&str, &str, &str); 118] = [
    // An organisation's sign-on is tested with a provider, and passkeys with a browser, in e2e/.
    ("GET", "/sign-in/organisation", "---------"),
    ("GET", "/sign-in/organisation/back", "---------"),
    ("POST", "/sign-in/passkey/begin", "yyyyyyyyy"),
    ("POST", "/sign-in/passkey", "---------"),
    ("POST", "/desk/account/passkeys/begin", "syyyyyyyy"),
    ("POST", "/desk/account/passkeys", "syyyyyyyy"),
    ("POST", "/desk/account/passkeys/{id}/remove", "s--------"),
    ("GET", "/sign-in", "yyyyyyyyy"),
    ("POST", "/sign-in", "yyyyyyyyy"),
    ("GET", "/sign-in/sent", "yyyyyyyyy"),
    ("GET", "/sign-in/{token}", "---------"),
    ("POST", "/sign-in/{token}", "---------"),
    ("GET", "/desk", "syyyyyyyy"),
    ("GET", "/desk/account", "syyyyyyyy"),
    ("GET", "/desk/account/data", "syyyyyyyy"),
    ("POST", "/desk/account/sessions/{id}", "s--------"),
    ("GET", "/desk/people", "s-------y"),
    ("GET", "/desk/people/new", "s-------y"),
    ("POST", "/desk/people/new", "s-------y"),
    ("GET", "/desk/people/{id}", "s-------y"),
    ("POST", "/desk/people/{id}", "s-------y"),
    ("POST", "/desk/people/{id}/invitation", "s-------y"),
    ("GET", "/desk/people/{id}/removal", "s-------y"),
    ("GET", "/desk/people/{id}/erasure", "s-------y"),
    ("POST", "/desk/people/{id}/removal", "s-------y"),
    // Removed already: erasing still works.
    ("POST", "/desk/people/{id}/erasure", "s-------y"),
    ("GET", "/desk/audit", "s-------y"),
    ("GET", "/signals/new", "yyyyyyyyy"),
    ("POST", "/signals/new", "yyyyyyyyy"),
    ("GET", "/signals/follow/{token}", "---------"),
    ("GET", "/desk/signals", "s----y--y"),
    // Nobody has raised one.
    ("GET", "/desk/signals/{id}", "s--------"),
    ("POST", "/desk/signals/{id}", "s--------"),
    ("GET", "/desk/responses/{slug}", "s----y--y"),
    ("POST", "/desk/responses/{slug}", "s----y--y"),
    ("GET", "/update/{token}", "---------"),
    ("POST", "/update/{token}", "---------"),
    ("GET", "/update/done", "yyyyyyyyy"),
    ("GET", "/desk/updates", "syyyyyyyy"),
    ("GET", "/desk/activities/{slug}/update", "s---yy--y"),
    ("POST", "/desk/activities/{slug}/update", "s---yy--y"),
    ("GET", "/desk/ownership", "s--y-----"),
    // The organisation that the form names is none.
    ("POST", "/desk/ownership", "s--------"),
    ("GET", "/desk/edition", "s------yy"),
    ("POST", "/desk/edition", "s------yy"),
    ("POST", "/desk/edition/publication", "s------yy"),
    ("GET", "/desk/evidence", "s-y-----y"),
    ("GET", "/desk/evidence/{dataset}", "s--------"),
    ("POST", "/desk/evidence/{dataset}", "s--------"),
    ("GET", "/desk/evidence/handed/{id}", "s--------"),
    ("POST", "/desk/evidence/handed/{id}", "s--------"),
    (
        "GET",
        "/desk/evidence/handed/{id}/rejected.csv",
        "s--------",
    ),
    ("GET", "/desk/since", "syyyyyyyy"),
    ("POST", "/desk/since", "syyyyyyyy"),
    ("GET", "/follow/letters", "yyyyyyyyy"),
    ("POST", "/follow/letters", "yyyyyyyyy"),
    ("GET", "/follow/letters/asked", "yyyyyyyyy"),
    ("GET", "/follow/letters/ended", "yyyyyyyyy"),
    ("GET", "/follow/letters/{token}", "---------"),
    ("POST", "/follow/letters/{token}", "---------"),
    // A proposal of somebody else that was handed in: what only its author may do is not there.
    ("GET", "/desk/proposals", "syyyyyyyy"),
    ("GET", "/desk/proposals/new", "s-yyyyyyy"),
    ("POST", "/desk/proposals/new", "s-yyyyyyy"),
    ("GET", "/desk/proposals/{proposal}", "syyyyyyyy"),
    ("GET", "/desk/proposals/{proposal}/words", "s--------"),
    ("POST", "/desk/proposals/{proposal}/words", "s--------"),
    ("GET", "/desk/proposals/{proposal}/check", "s--------"),
    ("POST", "/desk/proposals/{proposal}/submission", "s--------"),
    ("POST", "/desk/proposals/{proposal}/reopening", "s--------"),
    ("GET", "/desk/proposals/{proposal}/withdrawal", "s--------"),
    ("POST", "/desk/proposals/{proposal}/withdrawal", "s--------"),
    ("POST", "/desk/proposals/{proposal}/comments", "s-yyyyyyy"),
    (
        "POST",
        "/desk/proposals/{proposal}/recommendation",
        "s----y--y",
    ),
    ("GET", "/desk/proposals/{proposal}/decision", "s------y-"),
    ("POST", "/desk/proposals/{proposal}/decision", "s------y-"),
    ("GET", "/desk/proposals/{proposal}/changes/new", "s--------"),
    (
        "POST",
        "/desk/proposals/{proposal}/changes/new",
        "s--------",
    ),
    (
        "GET",
        "/desk/proposals/{proposal}/changes/{change}",
        "s--------",
    ),
    (
        "POST",
        "/desk/proposals/{proposal}/changes/{change}/removal",
        "s--------",
    ),
    (
        "GET",
        "/desk/proposals/{proposal}/changes/{change}/merge",
        "s--------",
    ),
    (
        "POST",
        "/desk/proposals/{proposal}/changes/{change}/merge",
        "s--------",
    ),
    (
        "GET",
        "/desk/proposals/{proposal}/changes/{change}/{section}",
        "s--------",
    ),
    (
        "POST",
        "/desk/proposals/{proposal}/changes/{change}/{section}",
        "s--------",
    ),
    // What a review or a meeting lets whom do is tested with one that is there, in review.rs.
    ("GET", "/desk/reviews", "syyyyyyyy"),
    ("GET", "/desk/reviews/new", "s----y--y"),
    ("POST", "/desk/reviews/new", "s----y--y"),
    ("GET", "/desk/reviews/{id}", "s--------"),
    ("POST", "/desk/reviews/{id}/closing", "s--------"),
    (
        "POST",
        "/desk/meetings/{id}/items/{item}/removal",
        "s--------",
    ),
    ("POST", "/desk/reviews/{id}/answers", "s--------"),
    (
        "GET",
        "/desk/reviews/{id}/activities/{activity}",
        "s--------",
    ),
    (
        "POST",
        "/desk/reviews/{id}/activities/{activity}",
        "s--------",
    ),
    (
        "POST",
        "/desk/reviews/{id}/activities/{activity}/interest",
        "s--------",
    ),
    ("GET", "/desk/reviews/{id}/results", "s--------"),
    ("GET", "/desk/reviews/{id}/results.csv", "s--------"),
    ("GET", "/desk/reviews/{id}/scores.csv", "s--------"),
    ("GET", "/desk/reviews/{id}/results.json", "s--------"),
    ("GET", "/desk/reviews/{id}/advice/{activity}", "s--------"),
    ("POST", "/desk/reviews/{id}/advice/{activity}", "s--------"),
    ("GET", "/desk/meetings", "syyyyyyyy"),
    ("GET", "/desk/meetings/new", "s----y-yy"),
    ("POST", "/desk/meetings/new", "s----y-yy"),
    ("GET", "/desk/meetings/{id}", "s--------"),
    ("GET", "/desk/meetings/{id}/minutes", "s--------"),
    ("POST", "/desk/meetings/{id}/agenda", "s--------"),
    ("POST", "/desk/meetings/{id}/presence", "s--------"),
    ("POST", "/desk/meetings/{id}/actions", "s--------"),
    ("POST", "/desk/actions/{id}/done", "s--------"),
    ("GET", "/desk/meetings/{id}/items/{item}", "s--------"),
    ("POST", "/desk/meetings/{id}/items/{item}", "s--------"),
    ("POST", "/desk/meetings/{id}/items/{item}/vote", "s--------"),
    (
        "POST",
        "/desk/meetings/{id}/items/{item}/interest",
        "s--------",
    ),
    ("GET", "/desk/calendar", "syyyyyyyy"),
    ("POST", "/desk/calendar", "syyyyyyyy"),
    ("GET", "/calendar/{group}", "---------"),
    ("GET", "/calendar/own/{token}", "---------"),
    ("POST", "/sign-out", "syyyyyyyy"),
    ("POST", "/pipeline", "mmmmmmmmm"),
];

/// An activity of the theme `data`, and a signal.
const ACTIVITY: &str = "national-edge-ai-hub";
const SIGNAL: &str = "games-cluster";

const WHO: [&str; 8] = [
    "reader",
    "analyst",
    "partner:hub",
    "group-member:data",
    "group-chair:data",
    "steering-member",
    "steering-chair",
    "programme-lead",
];

#[tokio::test]
async fn every_route_is_open_to_the_roles_that_the_table_says() {
    let desk = Desk::new().await;
    let mut cookies = vec![String::new()];
    for role in WHO {
        let email = format!("{}@example.org", role.replace(':', "-"));
        cookies.push(desk.signed_in(&email, &[role]).await.1);
    }
    for (row, (method, path, expected)) in TABLE.into_iter().enumerate() {
        let from = format!("192.0.2.{row}");
        let slug = if path.contains("/responses/") {
            SIGNAL
        } else {
            ACTIVITY
        };
        let mut found = String::new();
        for cookies in &cookies {
            let subject = format!(
                "subject{}@example.org",
                desk.store.people().await.unwrap().len()
            );
            let subject = desk.add(&subject, &["reader"]).await;
            let path = path.replace("{id}", subject.as_str());
            let path = path.replace("{token}", &"0".repeat(64));
            let path = path.replace("{slug}", slug);
            let path = if path.contains("{proposal}") {
                let (proposal, change) = crate::author::handed_in(&desk.store).await;
                path.replace("{proposal}", &proposal.to_string())
                    .replace("{change}", &change.to_string())
                    .replace("{section}", "basics")
            } else {
                path
            };
            let path = path.replace(['{', '}'], "");
            let form = "email=someone@example.com&role=reader&group=data&revision=1";
            let headers = [("cookie", cookies.as_str()), ("x-client", from.as_str())];
            let method: Method = method.parse().unwrap();
            let answer = desk.ask(method, &path, &headers, form).await;
            let to_sign_in = answer.header("location").starts_with("/sign-in?next=");
            found.push(match answer.status {
                StatusCode::NOT_FOUND => '-',
                StatusCode::METHOD_NOT_ALLOWED => 'm',
                StatusCode::SEE_OTHER | StatusCode::UNAUTHORIZED if to_sign_in => 's',
                status if status.is_server_error() => 'e',
                _ => 'y',
            });
        }
        assert_eq!(found, expected, "{method} {path}");
    }
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found
}

/// Every address that the sources give to a handler which knows who asks, and whether it writes.
fn routed() -> BTreeSet<(String, bool)> {
    let mut found = BTreeSet::new();
    for (_, text) in sources() {
        for part in text.split(".route(").skip(1) {
            let Some(address) = part.trim_start().strip_prefix('"') else {
                continue;
            };
            let (address, rest) = address.split_once('"').unwrap();
            let rest = rest.split("\n}").next().unwrap();
            for (word, writes) in [
                ("reading(", false),
                ("writing(", true),
                ("taking_file(", true),
            ] {
                if rest.contains(word) {
                    found.insert((address.to_owned(), writes));
                }
            }
        }
    }
    found
}

#[test]
fn every_route_behind_the_sign_in_stands_in_the_table() {
    let listed: BTreeSet<(String, bool)> = TABLE
        .iter()
        .filter(|(_, path, _)| *path != "/pipeline")
        .map(|(method, path, _)| ((*path).to_owned(), *method == "POST"))
        .collect();
    assert_eq!(routed(), listed);
}

#[test]
fn nothing_is_written_but_through_a_handler_that_knows_who_asks() {
    for (path, text) in sources() {
        if path.ends_with("access/mod.rs") {
            continue;
        }
        for word in ["post(", "put(", "patch(", "delete(", "route_service("] {
            let found = text.match_indices(word).any(|(at, _)| {
                !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.')
            });
            assert!(!found, "{} routes with {word}", path.display());
        }
    }
}
