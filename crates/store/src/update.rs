//! Links that open one update of one activity, and who was reminded of what.

use std::time::Duration;

use dfg_plan::{Sealed, Slug};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    Store,
    access::{Token, after},
    append_in,
    error::StoreError,
    people::{Person, PersonId, time},
    session::Session,
    statement::Value,
};

/// Why somebody is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// An update is due.
    Due,
    /// The days of grace are over.
    Late,
    /// What is late, told to the programme lead.
    Digest,
}

impl Step {
    fn word(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Late => "late",
            Self::Digest => "digest",
        }
    }

    fn parse(word: &str) -> Self {
        match word {
            "late" => Self::Late,
            "digest" => Self::Digest,
            _ => Self::Due,
        }
    }
}

/// A reminder: to whom, of what, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reminder {
    /// The activity's slug; empty for a digest.
    pub activity: String,
    /// The day of the activity's last update, or `never`; of a digest, the week.
    pub period: String,
    /// Why.
    pub step: Step,
    /// To whom.
    pub person: PersonId,
}

/// An update link that can still be used.
#[derive(Clone, Debug)]
pub struct UpdateLink {
    /// Whom it was sent to.
    pub person: Person,
    /// The activity.
    pub activity: Slug,
    /// Until when.
    pub expires_at: Timestamp,
}

/// An update link that was sent to a person, for themselves.
#[derive(Clone, Debug, Serialize)]
pub struct HeldUpdateLink {
    /// The activity.
    pub activity: String,
    /// When it was issued.
    pub created_at: Timestamp,
    /// Until when it works.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

impl Session {
    async fn claim(&mut self, reminder: &Reminder, at: Timestamp) -> Result<bool, StoreError> {
        const SQL: &str = "INSERT INTO reminders (activity, period, step, person, at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        let values = [
            reminder.activity.as_str().into(),
            reminder.period.as_str().into(),
            reminder.step.word().into(),
            (&reminder.person).into(),
            at.into(),
        ];
        Ok(self.run(SQL, values, "claiming a reminder").await? == 1)
    }

    /// The update links that were sent to a person.
    pub(crate) async fn held_update_links(
        &mut self,
        person: &PersonId,
    ) -> Result<Vec<HeldUpdateLink>, StoreError> {
        const SQL: &str = "SELECT activity, created_at, expires_at, used_at FROM update_links \
             WHERE person = $1 ORDER BY created_at, activity";
        let rows: Vec<(String, i64, i64, Option<i64>)> = self
            .find(SQL, [person.into()], "reading a person's update links")
            .await?;
        Ok(rows
            .into_iter()
            .map(
                |(activity, created_at, expires_at, used_at)| HeldUpdateLink {
                    activity,
                    created_at: time(created_at),
                    expires_at: time(expires_at),
                    used_at: used_at.map(time),
                },
            )
            .collect())
    }
}

impl Store {
    /// Every reminder that was sent, and when.
    pub async fn reminders(&self) -> Result<Vec<(Reminder, Timestamp)>, StoreError> {
        const SQL: &str = "SELECT activity, period, step, person, at FROM reminders \
             ORDER BY activity, period, step, person";
        let rows: Vec<(String, String, String, String, i64)> = self
            .read()
            .await?
            .find(SQL, [], "reading reminders")
            .await?;
        Ok(rows
            .into_iter()
            .filter_map(|(activity, period, step, person, at)| {
                let reminder = Reminder {
                    activity,
                    period,
                    step: Step::parse(&step),
                    person: PersonId::parse(&person)?,
                };
                Some((reminder, time(at)))
            })
            .collect())
    }

    /// Takes on sending a reminder. Of all who ask, on however many servers, one is to send it.
    ///
    /// The claim comes before the e-mail: should the server stop in between, an e-mail is missing
    /// rather than sent twice, and the next step comes all the same.
    pub async fn claim_reminder(
        &self,
        reminder: &Reminder,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let (_guard, mut session) = self.write_beside().await?;
        let claimed = session.claim(reminder, at).await?;
        session.commit().await?;
        Ok(claimed)
    }

    /// Takes on sending a reminder, and issues the link that goes with it.
    pub async fn claim_update_link(
        &self,
        reminder: &Reminder,
        token: &Token,
        at: Timestamp,
        lives: Duration,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "INSERT INTO update_links \
             (token, person, activity, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)";
        // Links that nobody can use any more need not be kept for long.
        const OLD: &str = "DELETE FROM update_links WHERE expires_at < $1";
        const DOING: &str = "issuing an update link";
        let (_guard, mut session) = self.write_beside().await?;
        if !session.claim(reminder, at).await? {
            return Ok(false);
        }
        let old = at.checked_sub(lives).unwrap_or(Timestamp::MIN);
        session.run(OLD, [old.into()], DOING).await?;
        let values = [
            token.hash().into(),
            (&reminder.person).into(),
            reminder.activity.as_str().into(),
            at.into(),
            after(at, lives).into(),
        ];
        session.run(SQL, values, DOING).await?;
        session.commit().await?;
        Ok(true)
    }

    /// An update link that can still be used, without using it.
    pub async fn update_link(
        &self,
        token: &Token,
        at: Timestamp,
    ) -> Result<Option<UpdateLink>, StoreError> {
        const SQL: &str = "SELECT person, activity, expires_at FROM update_links \
             WHERE token = $1 AND used_at IS NULL AND expires_at > $2";
        let mut session = self.read().await?;
        let rows: Vec<(String, String, i64)> = session
            .find(
                SQL,
                [token.hash().into(), at.into()],
                "reading an update link",
            )
            .await?;
        let found = rows.into_iter().find_map(|(person, activity, expires_at)| {
            let person = PersonId::parse(&person)?;
            Some((person, Slug::parse(&activity).ok()?, time(expires_at)))
        });
        let Some((person, activity, expires_at)) = found else {
            return Ok(None);
        };
        let person = session.person(&person).await?;
        let person = person.filter(|person| person.removed_at.is_none());
        Ok(person.map(|person| UpdateLink {
            person,
            activity,
            expires_at,
        }))
    }

    /// Uses an update link up and appends the entry that it is for, in one transaction; false, and
    /// nothing is written, where the link does not work. However many present it at once, one entry
    /// is made. [`StoreError::Moved`] where the ledger has gone on: the link then still works.
    pub async fn append_by_link(
        &self,
        sealed: &Sealed,
        token: &Token,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        const USE: &str = "UPDATE update_links SET used_at = $2 WHERE token = $1 \
             AND used_at IS NULL AND expires_at > $2 AND person IN \
             (SELECT id FROM persons WHERE removed_at IS NULL)";
        let (_guard, mut session) = self.write().await?;
        let values = [Value::from(token.hash()), at.into()];
        if session.run(USE, values, "using an update link").await? != 1 {
            return Ok(false);
        }
        append_in(&mut session, std::slice::from_ref(sealed), &[]).await?;
        session.commit().await?;
        Ok(true)
    }
}
