//! People at work: a hundred who are signed in score activities and report on them at once.
//!
//! Each opens a page, fills in its form and sends it, and begins again with the next activity. Two
//! measures: with a second of thought between two requests, which is faster than anybody works; and
//! without any, which is all that the machine can give.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Barrier},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use dfg_plan::Role;
use dfg_store::{Holder, Limits, NewLink, NewPerson, NewSession, Store, Token};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde_json::Value;

use crate::{
    http, load, peer, region,
    server::Server,
    table::{Against, Row, Unit, say},
    timing::Times,
};

/// How many work at once.
const PEOPLE: usize = 100;
/// The theme whose group reviews.
const GROUP: &str = "data";
/// How many activities each works through: a page and a form of scores for each, and every fourth
/// time a page and a form of an update.
const ROUNDS: usize = 8;
/// The time of thought between two requests.
const THOUGHT: Duration = Duration::from_secs(1);
/// The limit on an answer's time, in milliseconds.
const LIMIT: f64 = 250.0;

/// Measures the region that comes with the product.
pub async fn measure() -> anyhow::Result<Vec<Row>> {
    let scratch = tempfile::tempdir()?;
    let data = scratch.path().join("data");
    let server = Server::dfg(Path::new(region::REGION), &data)?;
    let hello = peer::hello(scratch.path())?;
    let file = data.join("ledger.sqlite");
    let store = Store::open(file.to_str().context("the path is no text")?).await?;
    let now = Timestamp::now();
    let chair = sign_in(&store, "chair", &format!("group-chair:{GROUP}"), now).await?;
    let mut cookies = Vec::with_capacity(PEOPLE);
    for number in 0..PEOPLE {
        let role = format!("group-member:{GROUP}");
        cookies.push(sign_in(&store, &format!("member-{number}"), &role, now).await?);
    }
    store.close().await;
    let site = server.address;
    let activities = activities(site)?;
    let review = open_review(
        site,
        &chair,
        &activities,
        now.to_zoned(TimeZone::UTC).date(),
    )?;

    let calm = work(site, &cookies, &review, &activities, THOUGHT)?;
    say(format!("  with thought: {} answers", calm.answers))?;
    let storm = work(site, &cookies, &review, &activities, Duration::ZERO)?;
    say(format!("  without: {} answers", storm.answers))?;
    let words = load::measure(hello.address, "/", &[])?;
    let what = |rest: &str| format!("{PEOPLE} people score and report at once{rest}");
    let limited = |what, unit, found, limit| Row::limited(what, unit, found, limit);
    Ok(vec![
        limited(
            what(&format!(
                ", {} s of thought between requests: p99",
                THOUGHT.as_secs()
            )),
            Unit::Milliseconds,
            calm.times.quantile(0.99),
            LIMIT,
        ),
        limited(
            what(": answers that are errors"),
            Unit::Count,
            calm.errors + storm.errors,
            0.0,
        ),
        Row {
            what: what(", no thought: answers a second"),
            found: storm.rate,
            unit: Unit::PagesPerSecond,
            against: Against::Beside {
                peer: "hello-world",
                theirs: words.pages,
            },
        },
        limited(
            what(", no thought: p99"),
            Unit::Milliseconds,
            storm.times.quantile(0.99),
            LIMIT,
        ),
    ])
}

/// Adds somebody and begins their session; gives the cookie.
async fn sign_in(store: &Store, name: &str, role: &str, at: Timestamp) -> anyhow::Result<String> {
    let new = NewPerson {
        name: name.to_owned(),
        email: format!("{name}@example.org"),
        roles: vec![Role::parse(role)?],
    };
    let person = store.add_person(&new, None, at).await?;
    let (link, secret) = (Token::random()?, Token::random()?);
    let new = NewLink {
        holder: Holder::Invitation(&person),
        token: &link,
        at,
        lives: Duration::from_mins(1),
    };
    store.issue_link(&new).await?;
    let session = NewSession {
        token: &secret,
        agent: "bench",
        at,
        limits: Limits {
            idle: Duration::from_hours(1),
            absolute: Duration::from_hours(2),
        },
    };
    let used = store.use_link(&link, None, &session).await?;
    ensure!(used.is_some(), "{name} cannot sign in");
    Ok(format!("__Host-dfg={}", secret.reveal()))
}

fn activities(site: SocketAddr) -> anyhow::Result<Vec<String>> {
    let path = format!("/api/v1/activities?theme={GROUP}&limit=100");
    let list: Value = serde_json::from_slice(&http::get(site, &path, "identity")?.body)?;
    let items = list["items"].as_array().context("no list of activities")?;
    let slugs = items.iter().filter_map(|item| item["slug"].as_str());
    let slugs: Vec<String> = slugs.map(str::to_owned).collect();
    ensure!(slugs.len() >= ROUNDS, "{} activities", slugs.len());
    Ok(slugs)
}

fn open_review(
    site: SocketAddr,
    chair: &str,
    activities: &[String],
    today: Date,
) -> anyhow::Result<String> {
    let closes = today.checked_add(30.days())?;
    let mut form = format!(
        "group={GROUP}&title=Review&opens={today}&closes={closes}&questions=\
         &criterion-1=Fit&weight-1=60&criterion-2=Value&weight-2=40"
    );
    for slug in activities {
        form.push_str("&activity=");
        form.push_str(slug);
    }
    let opened = http::send(site, "POST", "/desk/reviews/new", chair, &form)?;
    let path = opened.field("location").map(str::to_owned);
    path.with_context(|| format!("no review: {} {}", opened.status, opened.text()))
}

/// What all who worked have seen.
struct Seen {
    times: Times,
    answers: usize,
    errors: f64,
    /// Answers a second.
    rate: f64,
}

fn work(
    site: SocketAddr,
    cookies: &[String],
    review: &str,
    activities: &[String],
    thought: Duration,
) -> anyhow::Result<Seen> {
    let gate = Arc::new(Barrier::new(cookies.len()));
    let began = Instant::now();
    let people = cookies.iter().enumerate().map(|(number, cookie)| {
        let (gate, cookie, review) = (Arc::clone(&gate), cookie.clone(), review.to_owned());
        let activities = activities.to_vec();
        thread::spawn(move || {
            gate.wait();
            // People do not all press at the same instant.
            let share = u32::try_from(number % 100).unwrap_or_default();
            thread::sleep(thought * share / 100);
            let person = Person {
                site,
                cookie: &cookie,
                thought,
            };
            person.work(number, &review, &activities)
        })
    });
    let people: Vec<_> = people.collect();
    let mut all = Vec::new();
    for person in people {
        let found = person.join();
        all.extend(found.map_err(|_| anyhow::anyhow!("somebody's work broke off"))??);
    }
    let took = began.elapsed().as_secs_f64();
    let count = |number: usize| -> anyhow::Result<f64> { Ok(f64::from(u32::try_from(number)?)) };
    let errors = count(all.iter().filter(|(_, well)| !well).count())?;
    Ok(Seen {
        answers: all.len(),
        errors,
        rate: count(all.len())? / took,
        times: all.into_iter().map(|(time, _)| time).collect(),
    })
}

struct Person<'a> {
    site: SocketAddr,
    cookie: &'a str,
    thought: Duration,
}

impl Person<'_> {
    fn work(
        &self,
        number: usize,
        review: &str,
        activities: &[String],
    ) -> anyhow::Result<Vec<(Duration, bool)>> {
        let mut seen = Vec::new();
        for round in 0..ROUNDS {
            let slug = &activities[(number + round) % activities.len()];
            let page = format!("{review}/activities/{slug}");
            let points = (number + round) % 5;
            let form =
                format!("points-0={points}&reason-0=As+far+as+I+know&points-1=2&reason-1=So");
            seen.push(self.ask("GET", &page, "", 200)?);
            seen.push(self.ask("POST", &page, &form, 303)?);
            if round % 4 == 0 {
                let page = format!("/desk/activities/{slug}/update");
                let form = format!(
                    "confidence=green&trend=steady&text=Person+{number}+in+round+{round}&milestones=&spent="
                );
                seen.push(self.ask("GET", &page, "", 200)?);
                seen.push(self.ask("POST", &page, &form, 303)?);
            }
        }
        Ok(seen)
    }

    /// How long an answer took, and whether it is the one that is wanted.
    fn ask(
        &self,
        method: &str,
        path: &str,
        form: &str,
        wanted: u16,
    ) -> anyhow::Result<(Duration, bool)> {
        thread::sleep(self.thought);
        let began = Instant::now();
        let answer = http::send(self.site, method, path, self.cookie, form)?;
        let took = began.elapsed();
        if answer.status != wanted {
            say(format!("  {method} {path}: {}", answer.status))?;
        }
        Ok((took, answer.status == wanted))
    }
}
