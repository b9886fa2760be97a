//! Signals that the public raises, on their way to being let in or turned away.
//!
//! What people wrote and their addresses stand here alone, and are erased after a time. A signal
//! that is let in becomes a record by an entry, in the words of whoever let it in.

use dfg_plan::{Sealed, Slug, record::SignalKind};
use jiff::Timestamp;

use crate::{
    Store,
    access::Token,
    append_in,
    error::StoreError,
    people::{PersonId, time},
    session::Session,
    statement::Value,
};

const READING: &str = "reading raised signals";
const WRITING: &str = "writing a raised signal";

/// A signal as a stranger raises it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRaised {
    /// Opportunity or challenge.
    pub kind: SignalKind,
    /// The theme that it concerns.
    pub theme: Slug,
    /// Where; none for the whole region.
    pub area: Option<Slug>,
    /// What is happening, in the stranger's words.
    pub words: String,
    /// Where to tell them, where they want to be told.
    pub email: Option<String>,
}

/// Where a raised signal stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has read it yet.
    Waiting,
    /// It is in the plan.
    LetIn {
        /// As this record.
        signal: Slug,
    },
    /// It is not taken into the plan.
    TurnedAway {
        /// Why.
        reason: String,
    },
}

/// A raised signal as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// Its number.
    pub id: i64,
    /// Opportunity or challenge.
    pub kind: SignalKind,
    /// The theme that it concerns.
    pub theme: Slug,
    /// Where; none for the whole region.
    pub area: Option<Slug>,
    /// What is happening, in the stranger's words; none once erased.
    pub words: Option<String>,
    /// Where to tell them; none where they gave no address, and once erased.
    pub email: Option<String>,
    /// Where it stands.
    pub standing: Standing,
    /// When it was raised.
    pub raised_at: Timestamp,
}

/// What became of a signal that somebody sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It waits to be read.
    Kept,
    /// The same form was sent before: nothing was added.
    Known,
    /// Too many wait: nothing was added.
    Full,
}

/// What the person who raised a signal is to be told.
#[derive(Clone, Copy, Debug)]
pub struct News<'a> {
    /// The raised signal's number.
    pub id: i64,
    /// One word for it: told once, until it is another.
    pub word: &'a str,
    /// Whether nothing more will come.
    pub is_last: bool,
}

type Row = (
    i64,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    i64,
);

fn read(row: Row) -> Option<Raised> {
    let (id, kind, theme, area, words, email, signal, reason, raised_at) = row;
    let signal = signal.and_then(|slug| Slug::parse(&slug).ok());
    Some(Raised {
        id,
        kind: SignalKind::from_word(&kind)?,
        theme: Slug::parse(&theme).ok()?,
        area: area.and_then(|slug| Slug::parse(&slug).ok()),
        words,
        email,
        standing: match (signal, reason) {
            (Some(signal), _) => Standing::LetIn { signal },
            (None, Some(reason)) => Standing::TurnedAway { reason },
            (None, None) => Standing::Waiting,
        },
        raised_at: time(raised_at),
    })
}

impl Session {
    /// Decides on a signal that waits; whether it still did.
    async fn decide_raised(
        &mut self,
        id: i64,
        verdict: &Standing,
        by: &PersonId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE raised_signals SET state = $2, signal = $3, reason = $4, \
             decided_by = $5, decided_at = $6 WHERE id = $1 AND state = 'waiting'";
        let (state, signal, reason) = match verdict {
            Standing::Waiting => return Ok(false),
            Standing::LetIn { signal } => ("let-in", Some(signal.as_str()), None),
            Standing::TurnedAway { reason } => ("turned-away", None, Some(reason.as_str())),
        };
        let values = [
            Value::from(id),
            state.into(),
            signal.into(),
            reason.into(),
            by.into(),
            at.into(),
        ];
        Ok(self.run(SQL, values, WRITING).await? == 1)
    }
}

impl Store {
    /// Keeps a signal that somebody raises, unless `most` wait already or the same form was kept
    /// before: the token names it.
    pub async fn raise_signal(
        &self,
        new: &NewRaised,
        token: &Token,
        most: u32,
        at: Timestamp,
    ) -> Result<Receipt, StoreError> {
        const COUNT: &str = "SELECT count(*) FROM raised_signals WHERE state = 'waiting'";
        const KNOWN: &str = "SELECT id FROM raised_signals WHERE token = $1";
        const SQL: &str = "INSERT INTO raised_signals \
             (token, kind, theme, area, words, email, state, raised_at, told) \
             VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, 'waiting') ON CONFLICT DO NOTHING";
        let (_guard, mut session) = self.write_beside().await?;
        let known: Vec<(i64,)> = session.find(KNOWN, [token.hash().into()], READING).await?;
        if !known.is_empty() {
            return Ok(Receipt::Known);
        }
        let waiting: Vec<(i64,)> = session.find(COUNT, [], READING).await?;
        if waiting.first().is_some_and(|row| row.0 >= i64::from(most)) {
            return Ok(Receipt::Full);
        }
        let values = [
            token.hash().into(),
            new.kind.word().into(),
            new.theme.as_str().into(),
            new.area.as_ref().map(Slug::as_str).into(),
            new.words.as_str().into(),
            new.email.as_deref().into(),
            at.into(),
        ];
        let added = session.run(SQL, values, WRITING).await?;
        session.commit().await?;
        Ok(if added == 1 {
            Receipt::Kept
        } else {
            Receipt::Known
        })
    }

    /// The raised signal that a private link leads to.
    pub async fn raised_by(&self, token: &Token) -> Result<Option<Raised>, StoreError> {
        const SQL: &str = "SELECT id, kind, theme, area, words, email, signal, reason, raised_at \
             FROM raised_signals WHERE token = $1";
        let mut session = self.read().await?;
        let rows: Vec<Row> = session.find(SQL, [token.hash().into()], READING).await?;
        Ok(rows.into_iter().find_map(read))
    }

    /// A raised signal by its number.
    pub async fn raised_signal(&self, id: i64) -> Result<Option<Raised>, StoreError> {
        const SQL: &str = "SELECT id, kind, theme, area, words, email, signal, reason, raised_at \
             FROM raised_signals WHERE id = $1";
        let mut session = self.read().await?;
        let rows: Vec<Row> = session.find(SQL, [Value::from(id)], READING).await?;
        Ok(rows.into_iter().find_map(read))
    }

    /// Every raised signal that is not erased, the oldest first.
    pub async fn raised_signals(&self) -> Result<Vec<Raised>, StoreError> {
        const SQL: &str = "SELECT id, kind, theme, area, words, email, signal, reason, raised_at \
             FROM raised_signals WHERE erased_at IS NULL ORDER BY id";
        let rows: Vec<Row> = self.read().await?.find(SQL, [], READING).await?;
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Turns a waiting signal away; whether it still waited.
    pub async fn turn_signal_away(
        &self,
        id: i64,
        reason: &str,
        by: &PersonId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let verdict = Standing::TurnedAway {
            reason: reason.to_owned(),
        };
        let (_guard, mut session) = self.write_beside().await?;
        let decided = session.decide_raised(id, &verdict, by, at).await?;
        session.commit().await?;
        Ok(decided)
    }

    /// Lets a waiting signal in as a record, and appends the entry that adds it, in one
    /// transaction; whether it still waited. [`StoreError::Moved`] where the ledger has gone on.
    pub async fn let_signal_in(
        &self,
        id: i64,
        signal: &Slug,
        by: &PersonId,
        at: Timestamp,
        sealed: &Sealed,
    ) -> Result<bool, StoreError> {
        let verdict = Standing::LetIn {
            signal: signal.clone(),
        };
        let (_guard, mut session) = self.write().await?;
        if !session.decide_raised(id, &verdict, by, at).await? {
            return Ok(false);
        }
        append_in(&mut session, std::slice::from_ref(sealed), &[]).await?;
        session.commit().await?;
        Ok(true)
    }

    /// Takes on telling the news of a raised signal. Of all who ask, one is to tell it.
    pub async fn claim_news(&self, news: News<'_>, at: Timestamp) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE raised_signals SET told = $2, done_at = $3 \
             WHERE id = $1 AND told <> $2 AND erased_at IS NULL";
        let done = news.is_last.then(|| at.as_millisecond());
        let (_guard, mut session) = self.write_beside().await?;
        let values = [Value::from(news.id), news.word.into(), done.into()];
        let claimed = session.run(SQL, values, WRITING).await?;
        session.commit().await?;
        Ok(claimed == 1)
    }

    /// Erases the words and addresses of signals of which nothing was left to tell by `done`, and
    /// of all that were raised by `raised`; how many.
    pub async fn erase_raised(
        &self,
        done: Timestamp,
        raised: Timestamp,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        const SQL: &str = "UPDATE raised_signals SET words = NULL, email = NULL, erased_at = $3 \
             WHERE erased_at IS NULL AND (done_at <= $1 OR raised_at <= $2)";
        // What waits for so long that its words are gone is turned away.
        const CLOSE: &str = "UPDATE raised_signals SET state = 'turned-away', decided_at = $1, \
             reason = 'Nobody read it in time' WHERE erased_at IS NOT NULL AND state = 'waiting'";
        let (_guard, mut session) = self.write_beside().await?;
        let values = [done.into(), raised.into(), at.into()];
        let erased = session.run(SQL, values, "erasing raised signals").await?;
        session.run(CLOSE, [at.into()], WRITING).await?;
        session.commit().await?;
        Ok(erased)
    }
}
