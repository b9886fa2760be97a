//! What an author writes on the way to a proposal's changes, and who took which step with it.

use dfg_plan::{edit::Edit, proposal::Proposal};
use jiff::Timestamp;

use crate::{
    Store,
    error::StoreError,
    session::Session,
    statement::{Value, from_json, to_json},
};

const WHAT: &str = "change";
const READING: &str = "reading what is being written";
const WRITING: &str = "keeping what is being written";

/// A change as it is kept while it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEdit {
    /// Its number.
    pub id: i64,
    /// The proposal that it belongs to.
    pub proposal: i64,
    /// Counts its savings; named by whoever saves it next.
    pub revision: i64,
    /// What was written.
    pub edit: Edit,
}

/// A step that somebody took with a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepTaken {
    /// The id of the person who took it.
    pub person: String,
    /// When.
    pub at: Timestamp,
    /// What it made of the proposal: `submitted`.
    pub step: String,
    /// Anything said with it, such as the group that recommends.
    pub note: String,
}

type Row = (i64, i64, String, i64);

fn read((id, proposal, body, revision): Row) -> Result<KeptEdit, StoreError> {
    Ok(KeptEdit {
        id,
        proposal,
        revision,
        edit: from_json(WHAT, &body)?,
    })
}

impl Session {
    async fn edit(&mut self, id: i64) -> Result<Option<KeptEdit>, StoreError> {
        const SQL: &str = "SELECT id, proposal, body, revision FROM proposal_edits WHERE id = $1";
        let rows: Vec<Row> = self.find(SQL, [Value::from(id)], READING).await?;
        rows.into_iter().next().map(read).transpose()
    }

    async fn note_step(&mut self, proposal: i64, taken: &StepTaken) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO proposal_steps (proposal, taken_at, person, step, note) \
             VALUES ($1, $2, $3, $4, $5)";
        let values = [
            Value::from(proposal),
            Value::from(taken.at.to_string().as_str()),
            Value::from(&taken.person),
            Value::from(&taken.step),
            Value::from(&taken.note),
        ];
        self.run(SQL, values, "noting a step").await.map(drop)
    }
}

impl Store {
    /// Keeps a new change of a proposal; gives its number. Its first revision is 1.
    pub async fn add_edit(&self, proposal: i64, edit: &Edit) -> Result<i64, StoreError> {
        const SQL: &str = "INSERT INTO proposal_edits (proposal, body, revision) \
             VALUES ($1, $2, 1) RETURNING id";
        let body = to_json(WHAT, edit)?;
        let values = [Value::from(proposal), Value::from(body.as_str())];
        let (_guard, mut session) = self.write_beside().await?;
        let id = session
            .insert(SQL, values, WRITING)
            .await
            .map_err(|error| error.or_violation(None, ("proposal", proposal)))?;
        session.commit().await?;
        Ok(id)
    }

    /// A change by its number.
    pub async fn edit(&self, id: i64) -> Result<Option<KeptEdit>, StoreError> {
        self.read().await?.edit(id).await
    }

    /// The changes of a proposal that are being written, the oldest first.
    pub async fn edits(&self, proposal: i64) -> Result<Vec<KeptEdit>, StoreError> {
        const SQL: &str = "SELECT id, proposal, body, revision FROM proposal_edits \
             WHERE proposal = $1 ORDER BY id";
        let mut session = self.read().await?;
        let rows: Vec<Row> = session.find(SQL, [Value::from(proposal)], READING).await?;
        rows.into_iter().map(read).collect()
    }

    /// Writes a change over a revision; gives the next. [`StoreError::Stale`] where it was saved
    /// elsewhere since.
    pub async fn save_edit(&self, id: i64, revision: i64, edit: &Edit) -> Result<i64, StoreError> {
        const SQL: &str = "UPDATE proposal_edits SET body = $3, revision = revision + 1 \
             WHERE id = $1 AND revision = $2";
        let body = to_json(WHAT, edit)?;
        let values = [
            Value::from(id),
            Value::from(revision),
            Value::from(body.as_str()),
        ];
        let (_guard, mut session) = self.write_beside().await?;
        if session.run(SQL, values, WRITING).await? != 1 {
            return Err(match session.edit(id).await? {
                Some(_) => StoreError::Stale { what: WHAT, id },
                None => StoreError::NotFound { what: WHAT, id },
            });
        }
        session.commit().await?;
        Ok(revision + 1)
    }

    /// Takes a change out of its proposal; whether it was there.
    pub async fn remove_edit(&self, id: i64) -> Result<bool, StoreError> {
        const SQL: &str = "DELETE FROM proposal_edits WHERE id = $1";
        let (_guard, mut session) = self.write_beside().await?;
        let gone = session.run(SQL, [Value::from(id)], WRITING).await?;
        session.commit().await?;
        Ok(gone == 1)
    }

    /// Writes a proposal over a revision and notes who took the step, in one transaction; gives the
    /// next revision. [`StoreError::Stale`] where somebody else was quicker.
    pub async fn take_step(
        &self,
        id: i64,
        revision: i64,
        proposal: &Proposal,
        taken: &StepTaken,
    ) -> Result<i64, StoreError> {
        let (_guard, mut session) = self.write_beside().await?;
        let next = session.save_proposal(id, revision, proposal).await?;
        session.note_step(id, taken).await?;
        session.commit().await?;
        Ok(next)
    }

    /// The steps that were taken with a proposal, the first first. Decisions stand in the ledger.
    pub async fn steps(&self, proposal: i64) -> Result<Vec<StepTaken>, StoreError> {
        const SQL: &str = "SELECT person, taken_at, step, note FROM proposal_steps \
             WHERE proposal = $1 ORDER BY id";
        let mut session = self.read().await?;
        let rows: Vec<(String, String, String, String)> = session
            .find(SQL, [Value::from(proposal)], "reading steps")
            .await?;
        Ok(rows
            .into_iter()
            .map(|(person, at, step, note)| StepTaken {
                person,
                at: at.parse().unwrap_or(Timestamp::UNIX_EPOCH),
                step,
                note,
            })
            .collect())
    }

    /// Every proposal that was ever handed in: what its author alone has seen is not among them.
    pub async fn submitted(&self) -> Result<Vec<i64>, StoreError> {
        const SQL: &str =
            "SELECT DISTINCT proposal FROM proposal_steps WHERE step = 'submitted' ORDER BY 1";
        let mut session = self.read().await?;
        let rows: Vec<(i64,)> = session.find(SQL, [], "reading steps").await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }
}
