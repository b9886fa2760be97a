//! Meetings: agendas, who is there, interests, votes, outcomes and actions.
//!
//! One vote a member and item: the table's primary key sees to it, whoever asks and how often.

use std::collections::BTreeSet;

use dfg_plan::{
    Slug,
    meeting::{Bench, Choice, Meeting, OpenAction, Vote},
};
use jiff::civil::Date;

use crate::{
    Store,
    error::StoreError,
    session::Session,
    statement::{Value, from_json, to_json},
};

const WHAT: &str = "meeting";
const READING: &str = "reading meetings";
const WRITING: &str = "writing a meeting";

/// A meeting as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptMeeting {
    /// Its number.
    pub id: i64,
    /// Counts its changes; named by whoever changes it next.
    pub revision: i64,
    /// The meeting.
    pub meeting: Meeting,
}

/// What came of an agenda item.
#[derive(Clone, Copy, Debug)]
pub struct Minute<'a> {
    /// The meeting.
    pub meeting: i64,
    /// The item's id.
    pub item: &'a str,
    /// What came of it, in words.
    pub text: &'a str,
}

/// What came of an agenda item, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptOutcome {
    /// The item's id.
    pub item: String,
    /// What came of it, in words.
    pub text: String,
    /// The decision, where it came to one.
    pub decision: Option<String>,
}

/// Something that was promised at a meeting, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAction {
    /// Its number.
    pub id: i64,
    /// The meeting.
    pub meeting: i64,
    /// What is to be done.
    pub what: String,
    /// The id of the person who does it.
    pub owner: String,
    /// By when.
    pub due: Option<Date>,
    /// When it was done.
    pub done_on: Option<Date>,
}

type Row = (i64, i64, String);

fn read((id, revision, body): Row) -> Result<KeptMeeting, StoreError> {
    Ok(KeptMeeting {
        id,
        revision,
        meeting: from_json(WHAT, &body)?,
    })
}

impl Session {
    async fn meeting(&mut self, id: i64) -> Result<Option<KeptMeeting>, StoreError> {
        const SQL: &str = "SELECT id, revision, body FROM meetings WHERE id = $1";
        let rows: Vec<Row> = self.find(SQL, [Value::from(id)], READING).await?;
        rows.into_iter().next().map(read).transpose()
    }

    /// Holds a meeting's row to the end of the transaction: votes and outcomes come one after the
    /// other.
    async fn hold_meeting(&mut self, id: i64) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE meetings SET revision = revision WHERE id = $1";
        if self.run(SQL, [id.into()], "holding a meeting").await? == 0 {
            return Err(StoreError::NotFound { what: WHAT, id });
        }
        Ok(())
    }

    /// Records what came of an item, once.
    pub(crate) async fn record_outcome(
        &mut self,
        minute: Minute<'_>,
        decision: Option<&Slug>,
    ) -> Result<(), StoreError> {
        const SQL: &str =
            "INSERT INTO outcomes (meeting, item, text, decision) VALUES ($1, $2, $3, $4)";
        let id = minute.meeting;
        self.hold_meeting(id).await?;
        let values = [
            Value::from(id),
            Value::from(minute.item),
            Value::from(minute.text),
            Value::from(decision.map(Slug::as_str)),
        ];
        let twice = StoreError::Stale {
            what: "outcome of an item of meeting",
            id,
        };
        self.run(SQL, values, "recording an outcome")
            .await
            .map(drop)
            .map_err(|error| error.or_violation(Some(twice), (WHAT, id)))
    }

    async fn members(
        &mut self,
        sql: &'static str,
        values: impl IntoIterator<Item = Value> + Send,
    ) -> Result<BTreeSet<String>, StoreError> {
        let rows: Vec<(String,)> = self.find(sql, values, READING).await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }
}

impl Store {
    /// Keeps a new meeting; gives its number. Its first revision is 1.
    pub async fn add_meeting(&self, meeting: &Meeting) -> Result<i64, StoreError> {
        const SQL: &str = "INSERT INTO meetings (body, revision) VALUES ($1, 1) RETURNING id";
        let body = to_json(WHAT, meeting)?;
        let (_guard, mut session) = self.write_beside().await?;
        let id = session
            .insert(SQL, [Value::from(body.as_str())], WRITING)
            .await?;
        session.commit().await?;
        Ok(id)
    }

    /// A meeting by its number.
    pub async fn meeting(&self, id: i64) -> Result<Option<KeptMeeting>, StoreError> {
        self.read().await?.meeting(id).await
    }

    /// Every meeting, the oldest first.
    pub async fn meetings(&self) -> Result<Vec<KeptMeeting>, StoreError> {
        const SQL: &str = "SELECT id, revision, body FROM meetings ORDER BY id";
        let rows: Vec<Row> = self.read().await?.find(SQL, [], READING).await?;
        rows.into_iter().map(read).collect()
    }

    /// Writes a meeting over a revision; gives the next. [`StoreError::Stale`] where somebody else
    /// was quicker.
    pub async fn save_meeting(
        &self,
        id: i64,
        revision: i64,
        meeting: &Meeting,
    ) -> Result<i64, StoreError> {
        const SQL: &str = "UPDATE meetings SET body = $3, revision = revision + 1 \
             WHERE id = $1 AND revision = $2";
        let body = to_json(WHAT, meeting)?;
        let values = [
            Value::from(id),
            Value::from(revision),
            Value::from(body.as_str()),
        ];
        let (_guard, mut session) = self.write_beside().await?;
        if session.run(SQL, values, WRITING).await? == 1 {
            session.commit().await?;
            return Ok(revision + 1);
        }
        Err(match session.meeting(id).await? {
            Some(_) => StoreError::Stale { what: WHAT, id },
            None => StoreError::NotFound { what: WHAT, id },
        })
    }

    /// Notes that a member is present.
    pub async fn attend(&self, meeting: i64, member: &str) -> Result<(), StoreError> {
        const SQL: &str =
            "INSERT INTO attendances (meeting, member) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        let values = [Value::from(meeting), Value::from(member)];
        self.write_one(SQL, values, "noting who is present", (WHAT, meeting))
            .await
    }

    /// Takes back that a member is present.
    pub async fn leave(&self, meeting: i64, member: &str) -> Result<(), StoreError> {
        const SQL: &str = "DELETE FROM attendances WHERE meeting = $1 AND member = $2";
        let values = [Value::from(meeting), Value::from(member)];
        self.write_one(SQL, values, "noting who is present", (WHAT, meeting))
            .await
    }

    /// Who is present at a meeting, by id.
    pub async fn present(&self, meeting: i64) -> Result<BTreeSet<String>, StoreError> {
        const SQL: &str = "SELECT member FROM attendances WHERE meeting = $1";
        self.read().await?.members(SQL, [meeting.into()]).await
    }

    /// The interests declared at a meeting: item, member and reason.
    pub async fn declared_at(
        &self,
        meeting: i64,
    ) -> Result<Vec<(String, String, String)>, StoreError> {
        const SQL: &str = "SELECT item, member, reason FROM meeting_interests \
             WHERE meeting = $1 ORDER BY item, member";
        self.read()
            .await?
            .find(SQL, [meeting.into()], READING)
            .await
    }

    /// Keeps a member's interest in an item; a later reason takes the place of an earlier one.
    pub async fn declare_at_meeting(
        &self,
        meeting: i64,
        item: &str,
        member: &str,
        reason: &str,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO meeting_interests (meeting, item, member, reason) \
             VALUES ($1, $2, $3, $4) \
             ON CONFLICT (meeting, item, member) DO UPDATE SET reason = excluded.reason";
        let values = [
            Value::from(meeting),
            Value::from(item),
            Value::from(member),
            Value::from(reason),
        ];
        self.write_one(SQL, values, "declaring an interest", (WHAT, meeting))
            .await
    }

    /// Who can vote on an item.
    pub async fn bench(&self, meeting: i64, item: &str) -> Result<Bench, StoreError> {
        const PRESENT: &str = "SELECT member FROM attendances WHERE meeting = $1";
        const INTERESTED: &str =
            "SELECT member FROM meeting_interests WHERE meeting = $1 AND item = $2";
        let mut session = self.read().await?;
        let kept = session
            .meeting(meeting)
            .await?
            .ok_or(StoreError::NotFound {
                what: WHAT,
                id: meeting,
            })?;
        Ok(Bench {
            present: session.members(PRESENT, [meeting.into()]).await?,
            interested: session
                .members(INTERESTED, [meeting.into(), item.into()])
                .await?,
            quorum: kept.meeting.quorum,
        })
    }

    /// Keeps a member's vote. [`StoreError::Voted`] where the member has voted on the item,
    /// [`StoreError::Stale`] where the item has its outcome.
    pub async fn cast_vote(&self, meeting: i64, item: &str, vote: &Vote) -> Result<(), StoreError> {
        const SQL: &str =
            "INSERT INTO votes (meeting, item, member, choice) VALUES ($1, $2, $3, $4)";
        const DONE: &str = "SELECT item FROM outcomes WHERE meeting = $1 AND item = $2";
        let values = [
            Value::from(meeting),
            Value::from(item),
            Value::from(&vote.member),
            Value::from(vote.choice.word()),
        ];
        let (_guard, mut session) = self.write_beside().await?;
        session.hold_meeting(meeting).await?;
        let done: Vec<(String,)> = session
            .find(DONE, [meeting.into(), item.into()], READING)
            .await?;
        if !done.is_empty() {
            return Err(StoreError::Stale {
                what: "vote on an item of meeting",
                id: meeting,
            });
        }
        session
            .run(SQL, values, "casting a vote")
            .await
            .map_err(|error| error.or_violation(Some(StoreError::Voted), (WHAT, meeting)))?;
        session.commit().await
    }

    /// The votes on an item, by member.
    pub async fn votes(&self, meeting: i64, item: &str) -> Result<Vec<Vote>, StoreError> {
        const SQL: &str =
            "SELECT member, choice FROM votes WHERE meeting = $1 AND item = $2 ORDER BY member";
        let values = [Value::from(meeting), Value::from(item)];
        let rows: Vec<(String, String)> = self
            .read()
            .await?
            .find(SQL, values, "reading votes")
            .await?;
        let votes = rows.into_iter().filter_map(|(member, choice)| {
            // The table takes no other words.
            let choice = Choice::from_word(&choice)?;
            Some(Vote { member, choice })
        });
        Ok(votes.collect())
    }

    /// Records what came of an item without a decision, once: [`StoreError::Stale`] where that
    /// stands already. A decision is recorded with its entry, by `decide_and_append`.
    pub async fn record_outcome(&self, minute: Minute<'_>) -> Result<(), StoreError> {
        let (_guard, mut session) = self.write_beside().await?;
        session.record_outcome(minute, None).await?;
        session.commit().await
    }

    /// What came of a meeting's items, by item.
    pub async fn outcomes(&self, meeting: i64) -> Result<Vec<KeptOutcome>, StoreError> {
        const SQL: &str =
            "SELECT item, text, decision FROM outcomes WHERE meeting = $1 ORDER BY item";
        let values = [Value::from(meeting)];
        let rows: Vec<(String, String, Option<String>)> = self
            .read()
            .await?
            .find(SQL, values, "reading outcomes")
            .await?;
        let outcomes = rows.into_iter().map(|(item, text, decision)| KeptOutcome {
            item,
            text,
            decision,
        });
        Ok(outcomes.collect())
    }

    /// Keeps an action that was promised; `owner` is a person's id. Gives its number.
    pub async fn add_action(
        &self,
        meeting: i64,
        what: &str,
        owner: &str,
        due: Option<Date>,
    ) -> Result<i64, StoreError> {
        const SQL: &str = "INSERT INTO actions (meeting, what, owner, due) \
             VALUES ($1, $2, $3, $4) RETURNING id";
        let due = due.map(|due| due.to_string());
        let values = [
            Value::from(meeting),
            Value::from(what),
            Value::from(owner),
            Value::from(due.as_deref()),
        ];
        let (_guard, mut session) = self.write_beside().await?;
        let id = session
            .insert(SQL, values, "writing an action")
            .await
            .map_err(|error| error.or_violation(None, (WHAT, meeting)))?;
        session.commit().await?;
        Ok(id)
    }

    /// Every action, done or not, the oldest first.
    pub async fn actions(&self) -> Result<Vec<KeptAction>, StoreError> {
        const SQL: &str = "SELECT id, meeting, what, owner, due, done_on FROM actions ORDER BY id";
        type Row = (i64, i64, String, String, Option<String>, Option<String>);
        let rows: Vec<Row> = self.read().await?.find(SQL, [], "reading actions").await?;
        let actions = rows
            .into_iter()
            .map(|(id, meeting, what, owner, due, done_on)| KeptAction {
                id,
                meeting,
                what,
                owner,
                due: due.and_then(|due| due.parse().ok()),
                done_on: done_on.and_then(|on| on.parse().ok()),
            });
        Ok(actions.collect())
    }

    /// Notes that an action is done.
    pub async fn finish_action(&self, id: i64, on: Date) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE actions SET done_on = $2 WHERE id = $1 AND done_on IS NULL";
        let on = on.to_string();
        let (_guard, mut session) = self.write_beside().await?;
        let values = [Value::from(id), Value::from(on.as_str())];
        if session.run(SQL, values, "finishing an action").await? == 0 {
            return Err(StoreError::NotFound {
                what: "open action",
                id,
            });
        }
        session.commit().await
    }

    /// The actions of a group's meetings that are not done, the oldest first.
    pub async fn open_actions(&self, group: &Slug) -> Result<Vec<OpenAction>, StoreError> {
        const SQL: &str = "SELECT actions.id, what, due, body FROM actions \
             JOIN meetings ON meetings.id = actions.meeting \
             WHERE done_on IS NULL ORDER BY actions.id";
        type Row = (i64, String, Option<String>, String);
        let rows: Vec<Row> = self.read().await?.find(SQL, [], "reading actions").await?;
        let mut open = Vec::new();
        for (id, what, due, body) in rows {
            let meeting: Meeting = from_json(WHAT, &body)?;
            if meeting.group == *group {
                let due = due.and_then(|due| due.parse().ok());
                open.push(OpenAction { id, what, due });
            }
        }
        Ok(open)
    }
}
