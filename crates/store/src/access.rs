//! Links to sign in with, sessions, and limits on attempts.
//!
//! Of every secret only the hash is kept: whoever reads the database cannot sign in with what
//! stands there.

use std::{collections::BTreeMap, fmt, time::Duration};

use dfg_plan::{Hash, Role};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    Store, beside,
    error::{Doing as _, StoreError},
    people::{AccessEvent, NewPerson, Person, PersonId, time},
    session::Session,
    statement::Value,
    update::HeldUpdateLink,
};

/// A secret of 256 random bits. It is shown to its holder once; the store keeps its hash.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A fresh one, from the system's source of randomness.
    pub fn random() -> Result<Self, StoreError> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(StoreError::NoRandomness)?;
        Ok(Self(
            bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        ))
    }

    /// Reads one that somebody presents; none where it cannot be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        Hash::parse(text).map(|_| Self(text.to_owned()))
    }

    /// Its 64 digits, for its holder alone.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the store keeps of it.
    pub fn hash(&self) -> Hash {
        Hash::of(self.0.as_bytes())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Asked for by somebody who wants to sign in; works in the browser that asked.
    SignIn,
    /// Sent to somebody who is to take part.
    Invitation,
    /// Printed at the first start; whoever has it becomes programme lead.
    FirstStart,
}

impl Purpose {
    fn word(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Invitation => "invitation",
            Self::FirstStart => "first-start",
        }
    }

    fn parse(word: &str) -> Self {
        match word {
            "invitation" => Self::Invitation,
            "first-start" => Self::FirstStart,
            _ => Self::SignIn,
        }
    }
}

/// A link to be issued.
#[derive(Clone, Debug)]
pub struct NewLink<'a> {
    /// For whom, and in which way; the browser is the one that asked, by a secret it was given.
    pub holder: Holder<'a>,
    /// The secret in it.
    pub token: &'a Token,
    /// When it is issued.
    pub at: Timestamp,
    /// How long it works.
    pub lives: Duration,
}

/// Whom a link is for.
#[derive(Clone, Copy, Debug)]
pub enum Holder<'a> {
    /// A person who asked to sign in, in this browser.
    SignIn(&'a PersonId, &'a Token),
    /// A person who is invited.
    Invitation(&'a PersonId),
    /// Whoever started the server.
    FirstStart,
}

/// A link that can still be used.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// What it is for.
    pub purpose: Purpose,
    /// Until when.
    pub expires_at: Timestamp,
    /// Whether it works in the browser that presents it.
    pub fits_browser: bool,
}

/// A session to be begun.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    /// The secret in the cookie.
    pub token: &'a Token,
    /// What the browser says it is.
    pub agent: &'a str,
    /// When it begins.
    pub at: Timestamp,
    /// How long it lasts.
    pub limits: Limits,
}

/// How long sessions last.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Without being used.
    pub idle: Duration,
    /// At most.
    pub absolute: Duration,
}

/// A session as its owner sees it.
#[derive(Clone, Debug, Serialize)]
pub struct SessionNote {
    /// Its public name: no secret.
    pub id: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
    /// What the browser said it was.
    pub agent: String,
}

/// Who is asking.
#[derive(Clone, Debug)]
pub struct Current {
    /// The person.
    pub person: Person,
    /// Their session.
    pub session: SessionNote,
}

/// All that is held on a person.
#[derive(Clone, Debug, Serialize)]
pub struct Held {
    /// Name, address, roles.
    pub person: Person,
    /// Where they are signed in.
    pub sessions: Vec<SessionNote>,
    /// Links that were sent to them: purpose, when issued, when used.
    pub links: Vec<HeldLink>,
    /// Links for updates that were sent to them.
    pub update_links: Vec<HeldUpdateLink>,
    /// What happened to their access, and what they did to that of others.
    pub events: Vec<AccessEvent>,
    /// What they wrote, said, scored, voted and promised: the rows that are theirs, by table.
    pub records: BTreeMap<&'static str, Vec<serde_json::Value>>,
}

/// A link that was sent to a person.
#[derive(Clone, Debug, Serialize)]
pub struct HeldLink {
    /// What it was for.
    pub purpose: Purpose,
    /// When it was issued.
    pub created_at: Timestamp,
    /// Until when it works.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

/// How stale a session's last use may become before it is written.
const SEEN_EVERY: Duration = Duration::from_mins(1);
/// How long attempts are remembered.
const ATTEMPTS_KEPT: Duration = Duration::from_hours(24);
/// The most of a browser's name that is kept, in characters.
const AGENT: usize = 200;

/// A time some way off, or the farthest there is.
pub(crate) fn after(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

pub(crate) fn before(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

type SessionRow = (String, i64, i64, i64, String);

fn note((id, created_at, seen_at, ends_at, agent): SessionRow) -> SessionNote {
    SessionNote {
        id,
        created_at: time(created_at),
        seen_at: time(seen_at),
        ends_at: time(ends_at),
        agent,
    }
}

impl Store {
    /// Issues a link. An earlier link for the first start, or an earlier invitation of the same
    /// person, works no more.
    pub async fn issue_link(&self, link: &NewLink<'_>) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO links (token, purpose, person, browser, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6)";
        const WITHDRAW: &str = "DELETE FROM links WHERE purpose = $1 AND used_at IS NULL \
             AND COALESCE(person, '') = $2";
        let (purpose, person, browser) = match link.holder {
            Holder::SignIn(person, browser) => {
                (Purpose::SignIn, Some(person), Some(browser.hash()))
            }
            Holder::Invitation(person) => (Purpose::Invitation, Some(person), None),
            Holder::FirstStart => (Purpose::FirstStart, None, None),
        };
        let mut session = self.change().await?;
        if purpose != Purpose::SignIn {
            let person = person.map_or("", PersonId::as_str);
            let values = [purpose.word().into(), person.into()];
            session.run(WITHDRAW, values, "withdrawing a link").await?;
        }
        session
            .run(
                SQL,
                [
                    link.token.hash().into(),
                    purpose.word().into(),
                    person.into(),
                    browser.into(),
                    link.at.into(),
                    after(link.at, link.lives).into(),
                ],
                "issuing a link",
            )
            .await?;
        session.commit().await
    }

    /// A link that can still be used, without using it.
    pub async fn link(
        &self,
        token: &Token,
        browser: Option<&Token>,
        at: Timestamp,
    ) -> Result<Option<Link>, StoreError> {
        const SQL: &str = "SELECT purpose, browser, expires_at FROM links \
             WHERE token = $1 AND used_at IS NULL AND expires_at > $2";
        let rows: Vec<(String, Option<String>, i64)> = self
            .read()
            .await?
            .find(SQL, [token.hash().into(), at.into()], "reading a link")
            .await?;
        Ok(rows.into_iter().next().map(|(purpose, bound, expires_at)| {
            let browser = browser.map(|token| token.hash().to_string());
            Link {
                purpose: Purpose::parse(&purpose),
                expires_at: time(expires_at),
                fits_browser: bound.is_none() || bound == browser,
            }
        }))
    }

    /// Uses a link up and begins a session; none where the link does not work. However many
    /// present it at once, one gets in.
    pub async fn use_link(
        &self,
        token: &Token,
        browser: Option<&Token>,
        new: &NewSession<'_>,
    ) -> Result<Option<PersonId>, StoreError> {
        const USE: &str = "UPDATE links SET used_at = $2 WHERE token = $1 AND used_at IS NULL \
             AND expires_at > $2 AND person IS NOT NULL AND (browser IS NULL OR browser = $3)";
        const WHO: &str = "SELECT persons.id FROM links JOIN persons ON persons.id = links.person \
             WHERE links.token = $1 AND persons.removed_at IS NULL";
        const DOING: &str = "using a link";
        let mut session = self.change().await?;
        let used = session
            .run(
                USE,
                [
                    token.hash().into(),
                    new.at.into(),
                    browser.map(Token::hash).into(),
                ],
                DOING,
            )
            .await?;
        if used != 1 {
            return Ok(None);
        }
        let rows: Vec<(String,)> = session.find(WHO, [token.hash().into()], DOING).await?;
        let Some(person) = rows.first().and_then(|row| PersonId::parse(&row.0)) else {
            return Ok(None);
        };
        session.begin_session(&person, new).await?;
        session.commit().await?;
        Ok(Some(person))
    }

    /// Uses the link of the first start up: adds its holder as programme lead and begins a session.
    /// None where the link does not work, or a programme lead is there already.
    pub async fn use_first_start(
        &self,
        token: &Token,
        name: &str,
        email: &str,
        new: &NewSession<'_>,
    ) -> Result<Option<PersonId>, StoreError> {
        const USE: &str = "UPDATE links SET used_at = $2 WHERE token = $1 AND used_at IS NULL \
             AND expires_at > $2 AND purpose = 'first-start'";
        let (_guard, mut session) = self.write().await?;
        let used = session
            .run(
                USE,
                [token.hash().into(), new.at.into()],
                "using the first link",
            )
            .await?;
        if used != 1 || session.count_leads().await? > 0 {
            return Ok(None);
        }
        let lead = NewPerson {
            name: name.to_owned(),
            email: email.to_owned(),
            roles: vec![Role::ProgrammeLead],
        };
        let person = session.add_person(&lead, None, new.at).await?;
        session.begin_session(&person, new).await?;
        session.commit().await?;
        Ok(Some(person))
    }

    /// Who holds a session that is still good; notes that it was used.
    pub async fn current(
        &self,
        token: &Token,
        limits: Limits,
        at: Timestamp,
    ) -> Result<Option<Current>, StoreError> {
        const SQL: &str = "SELECT id, created_at, seen_at, ends_at, agent, person FROM sessions \
             WHERE token = $1 AND ends_at > $2 AND seen_at > $3";
        type Row = (String, i64, i64, i64, String, String);
        let mut session = self.read().await?;
        let rows: Vec<Row> = session
            .find(
                SQL,
                [
                    token.hash().into(),
                    at.into(),
                    before(at, limits.idle).into(),
                ],
                "reading a session",
            )
            .await?;
        let Some((id, created_at, seen_at, ends_at, agent, person)) = rows.into_iter().next()
        else {
            return Ok(None);
        };
        let Some(person) = PersonId::parse(&person) else {
            return Ok(None);
        };
        let person = session.person(&person).await?;
        drop(session);
        let Some(person) = person.filter(|person| person.removed_at.is_none()) else {
            return Ok(None);
        };
        if time(seen_at) < before(at, SEEN_EVERY) {
            let mut session = self.change().await?;
            session
                .run(
                    "UPDATE sessions SET seen_at = $2 WHERE token = $1 AND seen_at < $2",
                    [token.hash().into(), at.into()],
                    "noting that a session was used",
                )
                .await?;
            session.commit().await?;
        }
        Ok(Some(Current {
            person,
            session: note((id, created_at, seen_at, ends_at, agent)),
        }))
    }

    /// Ends the session with a token.
    pub async fn end_session(&self, token: &Token) -> Result<(), StoreError> {
        let mut session = self.change().await?;
        session
            .run(
                "DELETE FROM sessions WHERE token = $1",
                [token.hash().into()],
                "ending a session",
            )
            .await?;
        session.commit().await
    }

    /// Ends one of a person's own sessions by its public name; whether there was one.
    pub async fn revoke_session(&self, person: &PersonId, id: &str) -> Result<bool, StoreError> {
        let mut session = self.change().await?;
        let ended = session
            .run(
                "DELETE FROM sessions WHERE person = $1 AND id = $2",
                [person.into(), id.into()],
                "ending a session",
            )
            .await?;
        session.commit().await?;
        Ok(ended > 0)
    }

    /// All that is held on a person, for themselves.
    pub async fn held_on(&self, id: &PersonId) -> Result<Option<Held>, StoreError> {
        const LINKS: &str = "SELECT purpose, created_at, expires_at, used_at FROM links \
             WHERE person = $1 ORDER BY created_at";
        const EVENTS: &str = "SELECT at, person, actor, what, detail FROM access_events \
             WHERE person = $1 OR actor = $1 ORDER BY seq";
        const SESSIONS: &str = "SELECT id, created_at, seen_at, ends_at, agent FROM sessions \
             WHERE person = $1 ORDER BY seen_at DESC";
        let mut session = self.read().await?;
        let Some(person) = session.person(id).await? else {
            return Ok(None);
        };
        let links: Vec<(String, i64, i64, Option<i64>)> = session
            .find(LINKS, [id.into()], "reading a person's links")
            .await?;
        let sessions: Vec<SessionRow> = session
            .find(SESSIONS, [id.into()], "reading a person's sessions")
            .await?;
        Ok(Some(Held {
            person,
            sessions: sessions.into_iter().map(note).collect(),
            links: links
                .into_iter()
                .map(|(purpose, created_at, expires_at, used_at)| HeldLink {
                    purpose: Purpose::parse(&purpose),
                    created_at: time(created_at),
                    expires_at: time(expires_at),
                    used_at: used_at.map(time),
                })
                .collect(),
            update_links: session.held_update_links(id).await?,
            events: session.events(EVENTS, id.into()).await?,
            records: beside::rows_of(&mut session, id).await?,
        }))
    }

    /// Records an attempt and gives how many there were within the window, this one included.
    /// `who` is the hash of what is limited: an account, or a network address.
    pub async fn count_attempt(
        &self,
        who: Hash,
        window: Duration,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        const DOING: &str = "counting attempts";
        let mut session = self.change().await?;
        session
            .run(
                "DELETE FROM attempts WHERE at < $1",
                [before(at, ATTEMPTS_KEPT).into()],
                DOING,
            )
            .await?;
        session
            .run(
                "INSERT INTO attempts (who, at) VALUES ($1, $2)",
                [who.into(), at.into()],
                DOING,
            )
            .await?;
        let rows: Vec<(i64,)> = session
            .find(
                "SELECT count(*) FROM attempts WHERE who = $1 AND at > $2",
                [who.into(), before(at, window).into()],
                DOING,
            )
            .await?;
        session.commit().await?;
        Ok(rows
            .first()
            .map_or(0, |row| u64::try_from(row.0).unwrap_or_default()))
    }

    /// Begins a transaction on tables other than the ledger's, which need not wait for its lock.
    pub(crate) async fn change(&self) -> Result<Session, StoreError> {
        const DOING: &str = "beginning to write";
        match &self.0.pool {
            crate::Pool::Sqlite(pools) => crate::sqlite::write(&pools.writer).await,
            crate::Pool::Postgres(pool) => pool.begin().await.map(Session::Postgres).doing(DOING),
        }
    }
}

impl Session {
    pub(crate) async fn begin_session(
        &mut self,
        person: &PersonId,
        new: &NewSession<'_>,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO sessions (token, id, person, created_at, seen_at, ends_at, agent) \
             VALUES ($1, $2, $3, $4, $4, $5, $6)";
        const DOING: &str = "beginning a session";
        let agent: String = new.agent.chars().take(AGENT).collect();
        let id = Token::random()?.reveal()[..32].to_owned();
        // Sessions that nobody can use any more need not be kept.
        self.run(
            "DELETE FROM sessions WHERE ends_at <= $1 OR seen_at <= $2",
            [new.at.into(), before(new.at, new.limits.idle).into()],
            DOING,
        )
        .await?;
        self.run(
            SQL,
            [
                new.token.hash().into(),
                id.as_str().into(),
                person.into(),
                new.at.into(),
                after(new.at, new.limits.absolute).into(),
                Value::from(agent.as_str()),
            ],
            DOING,
        )
        .await?;
        self.record_event(new.at, Some(person), Some(person), "signed-in", "")
            .await
    }
}
