//! The edition in preparation, and how far each person has read in the ledger.

use dfg_plan::Slug;
use jiff::Timestamp;

use crate::{
    Store,
    error::StoreError,
    people::{PersonId, time},
    session::place,
    statement::Value,
};

const READING: &str = "reading the edition in preparation";
const WRITING: &str = "writing the edition in preparation";

/// What an edition will say of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditionText {
    /// Its title.
    pub title: String,
    /// Its foreword, in Markdown.
    pub foreword: String,
    /// Why it is published now.
    pub reason: String,
    /// The decision to publish it.
    pub decision: Option<Slug>,
}

/// The edition in preparation, as it was saved last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditionDraft {
    /// How often it was saved.
    pub revision: i64,
    /// What it says.
    pub text: EditionText,
    /// Who saved it.
    pub saved_by: PersonId,
    /// When.
    pub saved_at: Timestamp,
}

impl Store {
    /// The edition in preparation; none where nobody has begun one.
    pub async fn edition_draft(&self) -> Result<Option<EditionDraft>, StoreError> {
        const SQL: &str = "SELECT revision, title, foreword, reason, decision, saved_by, saved_at \
             FROM edition_draft";
        type Row = (i64, String, String, String, Option<String>, String, i64);
        let rows: Vec<Row> = self.read().await?.find(SQL, [], READING).await?;
        let Some((revision, title, foreword, reason, decision, by, at)) = rows.into_iter().next()
        else {
            return Ok(None);
        };
        Ok(PersonId::parse(&by).map(|saved_by| EditionDraft {
            revision,
            text: EditionText {
                title,
                foreword,
                reason,
                decision: decision.and_then(|slug| Slug::parse(&slug).ok()),
            },
            saved_by,
            saved_at: time(at),
        }))
    }

    /// Saves the edition in preparation over the revision that its author saw; zero begins one.
    /// [`StoreError::Stale`] where somebody else has saved since.
    pub async fn save_edition_draft(
        &self,
        revision: i64,
        text: &EditionText,
        by: &PersonId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO edition_draft \
             (one, revision, title, foreword, reason, decision, saved_by, saved_at) \
             VALUES (1, $1 + 1, $2, $3, $4, $5, $6, $7) ON CONFLICT (one) DO UPDATE SET \
             revision = excluded.revision, title = excluded.title, foreword = excluded.foreword, \
             reason = excluded.reason, decision = excluded.decision, \
             saved_by = excluded.saved_by, saved_at = excluded.saved_at \
             WHERE edition_draft.revision = $1";
        const THERE: &str = "SELECT revision FROM edition_draft";
        let (_guard, mut session) = self.write_beside().await?;
        let there: Vec<(i64,)> = session.find(THERE, [], READING).await?;
        let values = [
            Value::from(revision),
            text.title.as_str().into(),
            text.foreword.as_str().into(),
            text.reason.as_str().into(),
            text.decision.as_ref().map(Slug::as_str).into(),
            by.into(),
            at.into(),
        ];
        let is_stale = there.is_empty() && revision != 0;
        if is_stale || session.run(SQL, values, WRITING).await? != 1 {
            return Err(StoreError::Stale {
                what: "edition in preparation",
                id: revision,
            });
        }
        session.commit().await
    }

    /// Forgets the edition in preparation: it is published.
    pub async fn drop_edition_draft(&self) -> Result<(), StoreError> {
        let (_guard, mut session) = self.write_beside().await?;
        session
            .run("DELETE FROM edition_draft", [], WRITING)
            .await?;
        session.commit().await
    }

    /// How far in the ledger a person has read, and when; none where they never said.
    pub async fn read_until(
        &self,
        person: &PersonId,
    ) -> Result<Option<(u64, Timestamp)>, StoreError> {
        const SQL: &str = "SELECT seq, at FROM visits WHERE person = $1";
        const DOING: &str = "reading how far somebody has read";
        let mut session = self.read().await?;
        let rows: Vec<(i64, i64)> = session.find(SQL, [person.into()], DOING).await?;
        let first = rows.first();
        Ok(first.map(|(seq, at)| (u64::try_from(*seq).unwrap_or_default(), time(*at))))
    }

    /// Keeps how far a person has read. It never goes back.
    pub async fn keep_read_until(
        &self,
        person: &PersonId,
        seq: u64,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO visits (person, seq, at) VALUES ($1, $2, $3) \
             ON CONFLICT (person) DO UPDATE SET seq = excluded.seq, at = excluded.at \
             WHERE visits.seq <= excluded.seq";
        let values = [person.into(), place(seq).into(), at.into()];
        let (_guard, mut session) = self.write_beside().await?;
        session
            .run(SQL, values, "keeping how far somebody has read")
            .await?;
        session.commit().await
    }
}
