//! Somebody who works on a proposal, as a browser without scripts would.

use axum::http::StatusCode;
use dfg_plan::{
    Kind, Slug,
    edit::{Deed, Edit},
    proposal::{Proposal, State},
    record::Activity,
};
use dfg_store::Store;

use crate::{access::Desk, site::Answer};

pub const ACTIVITY: &str = "project-gigabit-teesdale";
pub const SCRIPT: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";

pub fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

/// A proposal of somebody who is nobody here, handed in, with one change; their numbers.
pub async fn handed_in(store: &Store) -> (i64, i64) {
    let proposal = Proposal {
        title: "Another title".into(),
        reason: "Because".into(),
        made_from: 1,
        changes: Vec::new(),
        state: State::Submitted,
    };
    let id = store.add_proposal("person-0", &proposal).await.unwrap();
    let edit = Edit::new(Kind::Activity, None, Deed::Add, 1);
    (id, store.add_edit(id, &edit).await.unwrap())
}

pub fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// The value of a hidden field.
pub fn hidden(page: &Answer, name: &str) -> String {
    let start = format!("type=\"hidden\" name=\"{name}\" value=\"");
    let at = page
        .body
        .find(&start)
        .unwrap_or_else(|| panic!("no {name} in {}", page.body));
    let rest = &page.body[at + start.len()..];
    rest[..rest.find('"').unwrap()].to_owned()
}

/// The fields of a page's form with what they hold, read as a browser would.
pub fn fields(page: &Answer) -> Vec<(String, String)> {
    let body = page.body.split("<form class=\"asking\"").nth(1).unwrap();
    let body = body.split("</form>").next().unwrap();
    let attribute = |tag: &str, name: &str| {
        let start = format!(" {name}=\"");
        let at = tag.find(&start)? + start.len();
        Some(unescape(&tag[at..at + tag[at..].find('"')?]))
    };
    let mut found = Vec::new();
    for part in body.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or((part, ""));
        let name = attribute(tag, "name");
        match (tag.split([' ', '>']).next().unwrap(), name) {
            ("input", Some(name)) => {
                let is_box = tag.contains("type=\"radio\"") || tag.contains("type=\"checkbox\"");
                if !is_box || tag.ends_with(" checked") {
                    found.push((name, attribute(tag, "value").unwrap_or_default()));
                }
            }
            ("textarea", Some(name)) => {
                found.push((name, unescape(text.strip_prefix('\n').unwrap_or(text))));
            }
            ("select", Some(name)) => found.push((name, String::new())),
            ("option", _) if tag.ends_with(" selected") => {
                found.last_mut().unwrap().1 = attribute(tag, "value").unwrap();
            }
            _ => {}
        }
    }
    found
}

pub fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}

pub struct Author<'a> {
    pub desk: &'a Desk,
    pub cookie: String,
}

impl<'a> Author<'a> {
    pub async fn new(desk: &'a Desk, email: &str, roles: &[&str]) -> Self {
        let cookie = desk.signed_in(email, roles).await.1;
        Self { desk, cookie }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.desk.get(path, &self.cookie).await
    }

    pub async fn post(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        self.desk.post(path, &self.cookie, &form(pairs)).await
    }

    /// Posts, follows the answer, and gives where it led.
    pub async fn go(&self, path: &str, pairs: &[(&str, &str)]) -> String {
        let answer = self.post(path, pairs).await;
        assert_eq!(
            answer.status,
            StatusCode::SEE_OTHER,
            "{path}: {}",
            answer.body
        );
        let to = answer.header("location").to_owned();
        let page = self.get(&to).await;
        assert_eq!(page.status, StatusCode::OK, "{to}: {}", page.body);
        to
    }

    /// Opens a page of questions, and sends it with some answers changed.
    pub async fn answer(&self, path: &str, changed: &[(&str, &str)]) -> Answer {
        let page = self.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        let mut all = fields(&page);
        for (name, text) in changed {
            all.retain(|(other, _)| other != name);
            all.push(((*name).to_owned(), (*text).to_owned()));
        }
        let all: Vec<(&str, &str)> = all.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        self.post(path, &all).await
    }

    /// Begins a proposal to change the activity; gives the paths of the proposal and the change.
    pub async fn begin(&self, title: &str) -> (String, String) {
        let record = format!("activities/{ACTIVITY}");
        let pairs = [
            ("title", title),
            ("reason", "It is better"),
            ("record", record.as_str()),
        ];
        let change = self.go("/desk/proposals/new", &pairs).await;
        let (proposal, _) = change.split_once("/changes/").unwrap();
        (proposal.to_owned(), change)
    }

    pub async fn hand_in(&self, proposal: &str) {
        let check = self.get(&format!("{proposal}/check")).await;
        let revision = hidden(&check, "revision");
        self.go(
            &format!("{proposal}/submission"),
            &[("revision", &revision)],
        )
        .await;
    }

    /// Decides on a proposal, as the chair.
    pub async fn decide(&self, proposal: &str, verdict: &str) -> Answer {
        let path = format!("{proposal}/decision");
        let page = self.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let pairs = [
            ("revision", hidden(&page, "revision")),
            ("verdict", verdict.to_owned()),
            ("title", format!("Agreed on {proposal}")),
            ("reason", "It helps".to_owned()),
        ];
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(a, b)| (*a, b.as_str())).collect();
        self.post(&path, &pairs).await
    }
}

pub fn activity(desk: &Desk) -> Activity {
    let plan = desk.site.history().current();
    Activity::clone(&plan.activities[ACTIVITY])
}
