//! Signing in over HTTP: what each role may reach, and what attackers may not.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode},
};
use dfg_plan::Role;
use dfg_store::{Holder, NewLink, NewPerson, NewSession, PersonId, Store, Token};
use dfg_web::{Access, Letter, Mail, Site, router};
use jiff::Timestamp;
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::site::{Answer, history, now, settings};

#[derive(Default)]
pub struct Sent(pub Mutex<Vec<Letter>>);

impl Mail for Sent {
    fn send(&self, letter: Letter) {
        self.0.lock().unwrap().push(letter);
    }
}

/// A site with people, and what it has sent.
pub struct Desk {
    pub router: Router,
    pub store: Store,
    pub sent: Arc<Sent>,
    pub site: Site,
    pub access: Access,
    folder: TempDir,
}

pub const HOST: &str = "https://growth.example";

impl Desk {
    pub async fn new() -> Self {
        Self::at(now).await
    }

    pub async fn at(clock: fn() -> Timestamp) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        let store = Store::open(path.to_str().unwrap()).await.unwrap();
        let sent = Arc::new(Sent::default());
        let access = Access {
            store: store.clone(),
            mail: sent.clone(),
            clock,
            address: HOST.to_owned(),
            client_header: Some("x-client".to_owned()),
            sign_on: None,
        };
        let site = Site::with_access(history(), settings(), access.clone());
        Self {
            router: router(site.clone()),
            store,
            sent,
            site,
            access,
            folder,
        }
    }

    /// One whose store holds the ledger that it shows, so that entries can be made.
    pub async fn with_ledger(clock: fn() -> Timestamp) -> Self {
        let desk = Self::at(clock).await;
        let entries = crate::site::entries();
        desk.store.append_all(&entries, &[]).await.unwrap();
        desk
    }

    /// The same store as another server has it, with a clock of its own.
    pub async fn another(&self, clock: fn() -> Timestamp) -> Self {
        let path = self.folder.path().join("ledger.sqlite");
        let store = Store::open(path.to_str().unwrap()).await.unwrap();
        let history = store.load(|_, _| ()).await.unwrap();
        let access = Access {
            store: store.clone(),
            clock,
            ..self.access.clone()
        };
        let site = Site::with_access(history, settings(), access.clone());
        Self {
            router: router(site.clone()),
            store,
            sent: self.sent.clone(),
            site,
            access,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Everything that was sent since the last call.
    pub fn letters(&self) -> Vec<Letter> {
        std::mem::take(&mut *self.sent.0.lock().unwrap())
    }

    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        form: &str,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(form.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub async fn get(&self, path: &str, cookies: &str) -> Answer {
        self.ask(Method::GET, path, &[("cookie", cookies)], "")
            .await
    }

    pub async fn post(&self, path: &str, cookies: &str, form: &str) -> Answer {
        let headers = [("cookie", cookies), ("origin", HOST)];
        self.ask(Method::POST, path, &headers, form).await
    }

    pub async fn add(&self, email: &str, roles: &[&str]) -> PersonId {
        let new = NewPerson {
            name: format!("Name of {email}"),
            email: email.to_owned(),
            roles: roles
                .iter()
                .map(|role| Role::parse(role).unwrap())
                .collect(),
        };
        self.store.add_person(&new, None, now()).await.unwrap()
    }

    /// Adds somebody who is signed in, and gives their cookie.
    pub async fn signed_in(&self, email: &str, roles: &[&str]) -> (PersonId, String) {
        let person = self.add(email, roles).await;
        let cookie = self.begin(&person).await;
        (person, cookie)
    }

    /// Begins a session, and gives its cookie.
    async fn begin(&self, person: &PersonId) -> String {
        let now = self.access.clock;
        let (link, secret) = (Token::random().unwrap(), Token::random().unwrap());
        let new = NewLink {
            holder: Holder::Invitation(person),
            token: &link,
            at: now(),
            lives: Duration::from_mins(1),
        };
        self.store.issue_link(&new).await.unwrap();
        let session = NewSession {
            token: &secret,
            agent: "A browser",
            at: now(),
            limits: dfg_store::Limits {
                idle: Duration::from_hours(1),
                absolute: Duration::from_hours(2),
            },
        };
        let used = self.store.use_link(&link, None, &session).await.unwrap();
        assert!(used.is_some());
        format!("__Host-dfg={}", secret.reveal())
    }

    /// The same site at another time. Sessions of the old time may have ended: see
    /// [`Self::cookie_again`].
    pub fn set_time(&mut self, clock: fn() -> Timestamp) {
        self.access.clock = clock;
        let history = dfg_plan::History::clone(&self.site.history());
        self.site = Site::with_access(history, settings(), self.access.clone());
        self.router = router(self.site.clone());
    }

    /// Signs somebody in who takes part already.
    pub async fn person_again(&self, email: &str) -> (PersonId, String) {
        let person = self.store.person_by_email(email).await.unwrap().unwrap();
        let cookie = self.begin(&person.id).await;
        (person.id, cookie)
    }

    pub async fn cookie_again(&self, email: &str) -> String {
        self.person_again(email).await.1
    }

    /// Waits for the letter that is sent in the background.
    pub async fn letter(&self) -> Letter {
        for _ in 0..500 {
            if let Some(letter) = self.sent.0.lock().unwrap().pop() {
                return letter;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no letter was sent");
    }
}

/// The cookie of a name that an answer sets, as it is sent back.
fn cookie(answer: &Answer, name: &str) -> String {
    let all = answer.headers.get_all("set-cookie").iter();
    let mut all = all.map(|value| value.to_str().unwrap());
    let found = all.find(|value| value.starts_with(&format!("{name}=")));
    found.unwrap().split(';').next().unwrap().to_owned()
}

/// The path of the link in a letter.
fn link(letter: &Letter) -> String {
    let at = letter.text.find(HOST).unwrap() + HOST.len();
    letter.text[at..]
        .split_whitespace()
        .next()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_person_signs_in_by_a_link_and_out_again() {
    let desk = Desk::new().await;
    desk.add("lead@example.org", &["programme-lead"]).await;
    let asked = desk
        .post("/sign-in", "", "email=Lead%40example.org&next=/desk/people")
        .await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    let browser = cookie(&asked, "__Host-dfg-asked");
    let letter = desk.letter().await;
    assert_eq!(letter.to, "lead@example.org");
    let link = link(&letter);
    // A program that looks through e-mail follows the link: it still works.
    for _ in 0..3 {
        let page = desk.get(&link, &browser).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "same-origin");
    }
    let path = link.split('?').next().unwrap();
    let stranger = desk.post(path, "", "").await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    assert!(stranger.headers.get("set-cookie").is_none());
    // A session that an attacker has planted does not become the person's.
    let planted = format!("{browser}; __Host-dfg={}", "a".repeat(64));
    let entered = desk.post(path, &planted, "next=/desk/people").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.body);
    assert_eq!(entered.header("location"), "/desk/people");
    let session = cookie(&entered, "__Host-dfg");
    assert!(!planted.contains(&session));
    let set = entered.headers.get("set-cookie").unwrap().to_str().unwrap();
    for word in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
        assert!(set.contains(word), "{set}");
    }
    let replayed = desk.post(path, &browser, "").await;
    assert_eq!(replayed.status, StatusCode::NOT_FOUND);
    assert_eq!(
        desk.get("/desk/people", &session).await.status,
        StatusCode::OK
    );
    let out = desk.post("/sign-out", &session, "").await;
    assert_eq!(out.status, StatusCode::SEE_OTHER);
    assert_eq!(
        desk.get("/desk", &session).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn the_answer_does_not_tell_whether_there_is_an_account() {
    let desk = Desk::new().await;
    desk.add("lead@example.org", &["programme-lead"]).await;
    let known = desk.post("/sign-in", "", "email=lead@example.org").await;
    desk.letter().await;
    let unknown = desk.post("/sign-in", "", "email=nobody@example.org").await;
    let shown = |answer: &Answer| {
        let headers = answer.headers.clone();
        let names: Vec<_> = headers
            .keys()
            .map(|name| name.as_str().to_owned())
            .collect();
        (
            answer.status,
            answer.body.clone(),
            names,
            answer.header("location").to_owned(),
        )
    };
    assert_eq!(shown(&known), shown(&unknown));
    assert!(desk.sent.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn mistakes_stand_beside_the_field_and_nothing_typed_is_lost() {
    let desk = Desk::new().await;
    for wrong in [
        "",
        "lead",
        "lead@example",
        "a@b@example.org",
        "a%0d%0aBcc:b@example.org",
    ] {
        let page = desk.post("/sign-in", "", &format!("email={wrong}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(page.body.contains("<title>Error: Sign in"));
        assert!(page.body.contains("id=\"email-error\""));
    }
    let page = desk
        .post("/sign-in", "", "email=%3Cscript%3Ealert(1)")
        .await;
    assert!(!page.body.contains("<script>"), "{}", page.body);
    assert!(page.body.contains("alert(1)"));
}

#[tokio::test]
async fn attempts_are_limited_by_account_and_by_address() {
    let desk = Desk::new().await;
    // Nobody at one address uses up what the owner may ask for at another; in all there is an end.
    for attempt in 0..24 {
        let from = format!("192.0.2.{}", attempt / 6);
        let headers = [("origin", HOST), ("x-client", from.as_str())];
        let form = "email=lead@example.org";
        let answer = desk.ask(Method::POST, "/sign-in", &headers, form).await;
        let expected = if attempt % 6 < 5 {
            StatusCode::SEE_OTHER
        } else {
            StatusCode::TOO_MANY_REQUESTS
        };
        assert_eq!(answer.status, expected, "attempt {attempt}");
        assert_eq!(attempt % 6 < 5, answer.header("retry-after").is_empty());
    }
    let headers = [("origin", HOST), ("x-client", "192.0.2.99")];
    let form = "email=lead@example.org";
    let answer = desk.ask(Method::POST, "/sign-in", &headers, form).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    for attempt in 0..31 {
        let path = format!("/sign-in/{attempt:064x}");
        let headers = [("x-client", "spoofed, 198.51.100.7")];
        let answer = desk.ask(Method::GET, &path, &headers, "").await;
        let expected = if attempt < 30 {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::TOO_MANY_REQUESTS
        };
        assert_eq!(answer.status, expected, "guess {attempt}");
    }
}

#[tokio::test]
async fn posts_from_other_sites_are_refused() {
    let desk = Desk::new().await;
    let (_, lead) = desk
        .signed_in("lead@example.org", &["programme-lead"])
        .await;
    for (name, value) in [
        ("origin", "https://other.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let headers = [("cookie", lead.as_str()), (name, value)];
        let answer = desk.ask(Method::POST, "/sign-out", &headers, "").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    assert_eq!(desk.get("/desk", &lead).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_first_start_with_an_address_that_is_taken_is_told_beside_the_field() {
    let desk = Desk::new().await;
    desk.add("reader@example.org", &["reader"]).await;
    let token = Token::random().unwrap();
    let first = NewLink {
        holder: Holder::FirstStart,
        token: &token,
        at: now(),
        lives: Duration::from_mins(1),
    };
    desk.store.issue_link(&first).await.unwrap();
    let path = format!("/sign-in/{}", token.reveal());
    let form = "name=A+lead&email=reader%40example.org";
    let again = desk.post(&path, "", form).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.body.contains("takes part already"), "{}", again.body);
    assert!(again.body.contains("value=\"A lead\""), "{}", again.body);
    // The link is not used up by the mistake.
    let form = "name=A+lead&email=lead%40example.org";
    let entered = desk.post(&path, "", form).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_forged_cookie_opens_nothing() {
    let desk = Desk::new().await;
    desk.add("lead@example.org", &["programme-lead"]).await;
    for forged in [
        "__Host-dfg=".to_owned(),
        "__Host-dfg=lead".to_owned(),
        format!("__Host-dfg={}", "0".repeat(64)),
        format!("__Host-dfg={}", "' OR 1=1 --".repeat(6)),
        format!("dfg={}", "0".repeat(64)),
    ] {
        let answer = desk.get("/desk/people", &forged).await;
        assert_eq!(answer.header("location"), "/sign-in?next=%2Fdesk%2Fpeople");
    }
}

#[tokio::test]
async fn public_pages_are_the_same_for_everybody_and_set_no_cookie() {
    let desk = Desk::new().await;
    let (_, lead) = desk
        .signed_in("lead@example.org", &["programme-lead"])
        .await;
    for path in ["/", "/pipeline", "/signals", "/api/v1", "/nothing-here"] {
        let (public, signed_in) = (desk.get(path, "").await, desk.get(path, &lead).await);
        assert_eq!(public.body, signed_in.body, "{path}");
        assert!(public.headers.get("set-cookie").is_none());
    }
    let kept = desk.get("/desk", &lead).await;
    assert_eq!(kept.header("cache-control"), "no-store");
    assert_eq!(desk.get("/desk", "").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_lead_invites_changes_and_erases() {
    let desk = Desk::new().await;
    let (lead_id, lead) = desk
        .signed_in("lead@example.org", &["programme-lead"])
        .await;
    let form = "name=The+Analyst&email=analyst@example.org&role=analyst";
    let invited = desk.post("/desk/people/new", &lead, form).await;
    assert_eq!(invited.status, StatusCode::SEE_OTHER, "{}", invited.body);
    let again = desk.post("/desk/people/new", &lead, form).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let letter = desk.letter().await;
    let entered = desk.post(&link(&letter), "", "").await;
    let analyst = cookie(&entered, "__Host-dfg");
    let data = desk.get("/desk/account/data", &analyst).await;
    assert_eq!(data.json()["person"]["email"], "analyst@example.org");
    let id = data.json()["person"]["id"].as_str().unwrap().to_owned();
    let path = format!("/desk/people/{id}");

    let unknown = desk.post(&path, &lead, "role=group-chair:nowhere").await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    let changed = desk.post(&path, &lead, "role=reader").await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER);
    assert_eq!(
        desk.get("/desk", &analyst).await.status,
        StatusCode::SEE_OTHER
    );

    let own = format!("/desk/people/{lead_id}");
    let refused = desk.post(&own, &lead, "role=reader").await;
    assert!(
        refused
            .body
            .contains("Make somebody else programme lead first")
    );
    let renewed = desk
        .post(&own, &lead, "role=programme-lead&role=analyst")
        .await;
    let fresh = cookie(&renewed, "__Host-dfg");
    assert_ne!(fresh, lead);
    assert_eq!(desk.get("/desk", &lead).await.status, StatusCode::SEE_OTHER);

    let erased = desk.post(&format!("{path}/erasure"), &fresh, "").await;
    assert_eq!(erased.status, StatusCode::SEE_OTHER);
    for page in ["/desk/people", "/desk/audit"] {
        let page = desk.get(page, &fresh).await;
        assert!(page.body.contains("a former participant"), "{}", page.body);
        assert!(!page.body.contains("The Analyst"));
    }
}
