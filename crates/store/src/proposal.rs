//! Proposals and the talk about them; and deciding, in one transaction with the entry.

use dfg_plan::{
    Hash, Sealed, Slug,
    proposal::{Proposal, State, Step},
};
use jiff::Timestamp;

use crate::{
    Store, append_in,
    error::StoreError,
    meeting::Minute,
    session::{Session, place},
    statement::{Value, from_json, to_json},
};

const WHAT: &str = "proposal";
const READING: &str = "reading proposals";
const WRITING: &str = "writing a proposal";

/// A proposal as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptProposal {
    /// Its number.
    pub id: i64,
    /// The id of the person who made it.
    pub author: String,
    /// Counts its changes; named by whoever changes it next.
    pub revision: i64,
    /// The proposal.
    pub proposal: Proposal,
}

/// What somebody says on a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its number.
    pub id: i64,
    /// The id of the person who says it.
    pub author: String,
    /// When.
    pub said_at: Timestamp,
    /// What, in Markdown.
    pub text: String,
}

/// A decision on its way into the ledger.
#[derive(Clone, Debug)]
pub struct Ruling<'a> {
    /// What is decided on.
    pub on: Subject<'a>,
    /// The outcome to be recorded at a meeting, where it was taken at one.
    pub minute: Option<Minute<'a>>,
}

/// What a decision is on.
#[derive(Clone, Debug)]
pub enum Subject<'a> {
    /// A proposal.
    Proposal {
        /// Its number.
        id: i64,
        /// The revision that was decided on.
        revision: i64,
        /// [`Step::Accept`], which also applies it, [`Step::Decline`] or [`Step::Defer`].
        step: Step,
    },
    /// A review's recommendation for an activity.
    Advice {
        /// The review.
        review: i64,
        /// The activity.
        activity: &'a Slug,
    },
    /// Nothing but the item of the meeting's agenda.
    Item,
}

type Row = (i64, String, String, String, i64, String, String, i64);

fn read(row: Row) -> Result<KeptProposal, StoreError> {
    let (id, author, title, reason, made_from, changes, standing, revision) = row;
    Ok(KeptProposal {
        id,
        author,
        revision,
        proposal: Proposal {
            title,
            reason,
            made_from: u64::try_from(made_from).unwrap_or_default(),
            changes: from_json(WHAT, &changes)?,
            state: from_json(WHAT, &standing)?,
        },
    })
}

impl Session {
    async fn proposal(&mut self, id: i64) -> Result<Option<KeptProposal>, StoreError> {
        const SQL: &str = "SELECT id, author, title, reason, made_from, changes, standing, \
             revision FROM proposals WHERE id = $1";
        let rows: Vec<Row> = self.find(SQL, [Value::from(id)], READING).await?;
        rows.into_iter().next().map(read).transpose()
    }

    /// Writes a proposal over the revision that was read; an error where that has passed.
    pub(crate) async fn save_proposal(
        &mut self,
        id: i64,
        revision: i64,
        proposal: &Proposal,
    ) -> Result<i64, StoreError> {
        const SQL: &str = "UPDATE proposals SET title = $3, reason = $4, made_from = $5, \
             changes = $6, state = $7, standing = $8, revision = revision + 1 \
             WHERE id = $1 AND revision = $2";
        let (changes, standing) = (
            to_json(WHAT, &proposal.changes)?,
            to_json(WHAT, &proposal.state)?,
        );
        let values = [
            Value::from(id),
            Value::from(revision),
            Value::from(&proposal.title),
            Value::from(&proposal.reason),
            Value::from(place(proposal.made_from)),
            Value::from(changes.as_str()),
            Value::from(proposal.state.word()),
            Value::from(standing.as_str()),
        ];
        if self.run(SQL, values, WRITING).await? == 1 {
            return Ok(revision + 1);
        }
        Err(match self.proposal(id).await? {
            Some(_) => StoreError::Stale { what: WHAT, id },
            None => StoreError::NotFound { what: WHAT, id },
        })
    }
}

impl Store {
    /// Keeps a new proposal; gives its number. Its first revision is 1.
    pub async fn add_proposal(&self, author: &str, proposal: &Proposal) -> Result<i64, StoreError> {
        const SQL: &str = "INSERT INTO proposals \
             (author, title, reason, made_from, changes, state, standing, revision) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, 1) RETURNING id";
        let (changes, standing) = (
            to_json(WHAT, &proposal.changes)?,
            to_json(WHAT, &proposal.state)?,
        );
        let values = [
            Value::from(author),
            Value::from(&proposal.title),
            Value::from(&proposal.reason),
            Value::from(place(proposal.made_from)),
            Value::from(changes.as_str()),
            Value::from(proposal.state.word()),
            Value::from(standing.as_str()),
        ];
        let (_guard, mut session) = self.write_beside().await?;
        let id = session.insert(SQL, values, WRITING).await?;
        session.commit().await?;
        Ok(id)
    }

    /// A proposal by its number.
    pub async fn proposal(&self, id: i64) -> Result<Option<KeptProposal>, StoreError> {
        self.read().await?.proposal(id).await
    }

    /// Every proposal, the oldest first.
    pub async fn proposals(&self) -> Result<Vec<KeptProposal>, StoreError> {
        const SQL: &str = "SELECT id, author, title, reason, made_from, changes, standing, \
             revision FROM proposals ORDER BY id";
        let rows: Vec<Row> = self.read().await?.find(SQL, [], READING).await?;
        rows.into_iter().map(read).collect()
    }

    /// Writes a proposal over a revision; gives the next. [`StoreError::Stale`] where somebody
    /// else was quicker.
    pub async fn save_proposal(
        &self,
        id: i64,
        revision: i64,
        proposal: &Proposal,
    ) -> Result<i64, StoreError> {
        let (_guard, mut session) = self.write_beside().await?;
        let next = session.save_proposal(id, revision, proposal).await?;
        session.commit().await?;
        Ok(next)
    }

    /// Says something on a proposal.
    pub async fn add_comment(
        &self,
        proposal: i64,
        author: &str,
        said_at: Timestamp,
        text: &str,
    ) -> Result<i64, StoreError> {
        const SQL: &str = "INSERT INTO comments (proposal, author, said_at, text) \
             VALUES ($1, $2, $3, $4) RETURNING id";
        let said_at = said_at.to_string();
        let values = [
            Value::from(proposal),
            Value::from(author),
            Value::from(said_at.as_str()),
            Value::from(text),
        ];
        let (_guard, mut session) = self.write_beside().await?;
        let id = session
            .insert(SQL, values, "writing a comment")
            .await
            .map_err(|error| error.or_violation(None, (WHAT, proposal)))?;
        session.commit().await?;
        Ok(id)
    }

    /// What was said on a proposal, the oldest first.
    pub async fn comments(&self, proposal: i64) -> Result<Vec<Comment>, StoreError> {
        const SQL: &str =
            "SELECT id, author, said_at, text FROM comments WHERE proposal = $1 ORDER BY id";
        let rows: Vec<(i64, String, String, String)> = self
            .read()
            .await?
            .find(SQL, [Value::from(proposal)], "reading comments")
            .await?;
        Ok(rows
            .into_iter()
            .map(|(id, author, said_at, text)| Comment {
                id,
                author,
                said_at: said_at.parse().unwrap_or(Timestamp::UNIX_EPOCH),
                text,
            })
            .collect())
    }

    /// Decides and appends the entry that cites the decision, in one transaction: both are on the
    /// disk once this returns, or neither is.
    ///
    /// The entry of an accepted proposal makes all its changes, and the proposal is then applied.
    /// Gives the proposal's new state, where the decision is on one.
    ///
    /// Errors: [`StoreError::Moved`] where the ledger has gone on, [`StoreError::Stale`] where the
    /// proposal has changed or the recommendation was decided on, [`StoreError::Step`],
    /// [`StoreError::OtherEntry`].
    pub async fn decide_and_append(
        &self,
        ruling: &Ruling<'_>,
        sealed: &Sealed,
        blobs: &[(Hash, Vec<u8>)],
    ) -> Result<Option<State>, StoreError> {
        let Some(decision) = &sealed.entry.decision else {
            return Err(StoreError::OtherEntry);
        };
        let (_guard, mut session) = self.write().await?;
        let state = match &ruling.on {
            Subject::Proposal { id, revision, step } => {
                Some(decide(&mut session, (*id, *revision), step, sealed).await?)
            }
            Subject::Advice { review, activity } => {
                session.decide_advice(*review, activity, decision).await?;
                None
            }
            Subject::Item => None,
        };
        if let Some(minute) = ruling.minute {
            session.record_outcome(minute, Some(decision)).await?;
        }
        append_in(&mut session, std::slice::from_ref(sealed), blobs).await?;
        session.commit().await?;
        Ok(state)
    }
}

/// Takes a deciding step, and applies what is accepted.
async fn decide(
    session: &mut Session,
    (id, revision): (i64, i64),
    step: &Step,
    sealed: &Sealed,
) -> Result<State, StoreError> {
    let absent = StoreError::NotFound { what: WHAT, id };
    let mut proposal = session.proposal(id).await?.ok_or(absent)?.proposal;
    let (Step::Accept { decision } | Step::Decline { decision, .. } | Step::Defer { decision, .. }) =
        step
    else {
        return Err(StoreError::OtherEntry);
    };
    if sealed.entry.decision.as_ref() != Some(decision) {
        return Err(StoreError::OtherEntry);
    }
    proposal.take(step.clone())?;
    if matches!(proposal.state, State::Accepted { .. }) {
        let made = |change| sealed.entry.changes.contains(change);
        if !proposal.changes.iter().all(made) {
            return Err(StoreError::OtherEntry);
        }
        let entry = sealed.entry.seq;
        proposal.take(Step::Apply { entry })?;
    }
    session.save_proposal(id, revision, &proposal).await?;
    Ok(proposal.state)
}
