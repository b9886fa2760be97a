//! Reviews: rounds, scores, declared interests and recommendations.

use dfg_plan::{
    Slug,
    meeting::OpenAdvice,
    review::{Advice, Interest, Round, Score},
};
use jiff::civil::Date;

use crate::{
    Store,
    error::StoreError,
    session::Session,
    statement::{Value, from_json, to_json},
};

const WHAT: &str = "review";
const READING: &str = "reading reviews";
const WRITING: &str = "writing a review";

/// A review as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptReview {
    /// Its number.
    pub id: i64,
    /// Counts its changes; named by whoever changes it next.
    pub revision: i64,
    /// The seed of its draws, set once, before anyone scores.
    pub seed: u64,
    /// The round.
    pub round: Round,
}

/// What a group recommends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation {
    /// The activity.
    pub activity: Slug,
    /// What it recommends.
    pub advice: Advice,
    /// Why.
    pub reason: String,
    /// The decision on it, once there is one.
    pub decision: Option<Slug>,
}

type Row = (i64, i64, String, String);

fn read((id, revision, seed, body): Row) -> Result<KeptReview, StoreError> {
    Ok(KeptReview {
        id,
        revision,
        seed: from_json(WHAT, &seed)?,
        round: from_json(WHAT, &body)?,
    })
}

/// Reads a word or a date as JSON would carry it.
fn read_word<T: serde::de::DeserializeOwned>(text: String) -> Result<T, StoreError> {
    serde_json::from_value(text.into())
        .map_err(|cause| StoreError::Unreadable { what: WHAT, cause })
}

impl Session {
    async fn review(&mut self, id: i64) -> Result<Option<KeptReview>, StoreError> {
        const SQL: &str = "SELECT id, revision, seed, body FROM reviews WHERE id = $1";
        let rows: Vec<Row> = self.find(SQL, [Value::from(id)], READING).await?;
        rows.into_iter().next().map(read).transpose()
    }

    /// Notes the decision on a recommendation; an error where there is one, or no recommendation.
    pub(crate) async fn decide_advice(
        &mut self,
        review: i64,
        activity: &Slug,
        decision: &Slug,
    ) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE recommendations SET decision = $3 \
             WHERE review = $1 AND activity = $2 AND decision IS NULL";
        let values = [
            Value::from(review),
            Value::from(activity.as_str()),
            Value::from(decision.as_str()),
        ];
        if self
            .run(SQL, values, "deciding on a recommendation")
            .await?
            == 1
        {
            return Ok(());
        }
        Err(StoreError::Stale {
            what: "recommendation of review",
            id: review,
        })
    }
}

impl Store {
    /// Keeps a new review with the seed of its draws; gives its number. Its first revision is 1.
    pub async fn add_review(&self, round: &Round, seed: u64) -> Result<i64, StoreError> {
        const SQL: &str =
            "INSERT INTO reviews (body, seed, revision) VALUES ($1, $2, 1) RETURNING id";
        let (body, seed) = (to_json(WHAT, round)?, seed.to_string());
        let values = [Value::from(body.as_str()), Value::from(seed.as_str())];
        let (_guard, mut session) = self.write_beside().await?;
        let id = session.insert(SQL, values, WRITING).await?;
        session.commit().await?;
        Ok(id)
    }

    /// A review by its number.
    pub async fn review(&self, id: i64) -> Result<Option<KeptReview>, StoreError> {
        self.read().await?.review(id).await
    }

    /// Every review, the oldest first.
    pub async fn reviews(&self) -> Result<Vec<KeptReview>, StoreError> {
        const SQL: &str = "SELECT id, revision, seed, body FROM reviews ORDER BY id";
        let rows: Vec<Row> = self.read().await?.find(SQL, [], READING).await?;
        rows.into_iter().map(read).collect()
    }

    /// Writes a round over a revision; gives the next. [`StoreError::Stale`] where somebody else
    /// was quicker.
    pub async fn save_review(
        &self,
        id: i64,
        revision: i64,
        round: &Round,
    ) -> Result<i64, StoreError> {
        const SQL: &str = "UPDATE reviews SET body = $3, revision = revision + 1 \
             WHERE id = $1 AND revision = $2";
        let body = to_json(WHAT, round)?;
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
        Err(match session.review(id).await? {
            Some(_) => StoreError::Stale { what: WHAT, id },
            None => StoreError::NotFound { what: WHAT, id },
        })
    }

    /// Keeps a score that the round admits, in place of the member's earlier one; tells whether it
    /// was kept. A late score never takes the place of an earlier one, which may count, and after
    /// a closing by hand none is kept.
    pub async fn put_score(&self, review: i64, score: &Score) -> Result<bool, StoreError> {
        const FIRST: &str = "INSERT INTO scores \
             (review, member, activity, criterion, points, reason, given_on) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        const LATEST: &str = "INSERT INTO scores \
             (review, member, activity, criterion, points, reason, given_on) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (review, member, activity, criterion) DO UPDATE SET \
             points = excluded.points, reason = excluded.reason, given_on = excluded.given_on";
        let (_guard, mut session) = self.write_beside().await?;
        let Some(kept) = session.review(review).await? else {
            return Err(StoreError::NotFound {
                what: WHAT,
                id: review,
            });
        };
        // Closed by hand while the score was on its way: its day counts, so it must not come in.
        if kept.round.ended {
            return Ok(false);
        }
        let sql = if score.on > kept.round.closes {
            FIRST
        } else {
            LATEST
        };
        let on = score.on.to_string();
        let values = [
            Value::from(review),
            Value::from(&score.member),
            Value::from(score.activity.as_str()),
            Value::from(score.criterion.as_str()),
            Value::from(score.points.map(i64::from)),
            Value::from(&score.reason),
            Value::from(on.as_str()),
        ];
        let rows = session.run(sql, values, "writing a score").await?;
        session.commit().await?;
        Ok(rows == 1)
    }

    /// A review's scores, by member, activity and criterion: all of them, or one member's own.
    pub async fn scores(
        &self,
        review: i64,
        member: Option<&str>,
    ) -> Result<Vec<Score>, StoreError> {
        const SQL: &str = "SELECT member, activity, criterion, points, reason, given_on \
             FROM scores WHERE review = $1 AND (CAST($2 AS TEXT) IS NULL OR member = $2) \
             ORDER BY member, activity, criterion";
        type Row = (String, String, String, Option<i64>, String, String);
        let values = [Value::from(review), Value::from(member)];
        let rows: Vec<Row> = self
            .read()
            .await?
            .find(SQL, values, "reading scores")
            .await?;
        rows.into_iter()
            .map(|(member, activity, criterion, points, reason, on)| {
                Ok(Score {
                    member,
                    activity: read_word(activity)?,
                    criterion: read_word(criterion)?,
                    points: points.map(|points| u8::try_from(points).unwrap_or(u8::MAX)),
                    reason,
                    on: read_word::<Date>(on)?,
                })
            })
            .collect()
    }

    /// Keeps a member's answer to a question, by its place from 0, in place of an earlier one.
    pub async fn put_answer(
        &self,
        review: i64,
        member: &str,
        question: i64,
        text: &str,
        on: Date,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO answers (review, member, question, text, given_on) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (review, member, question) DO UPDATE SET \
             text = excluded.text, given_on = excluded.given_on";
        let on = on.to_string();
        let values = [
            Value::from(review),
            Value::from(member),
            Value::from(question),
            Value::from(text),
            Value::from(on.as_str()),
        ];
        self.write_one(SQL, values, "writing an answer", (WHAT, review))
            .await
    }

    /// The answers to a review's questions: member, place of the question and text; all of them,
    /// or one member's own.
    pub async fn answers(
        &self,
        review: i64,
        member: Option<&str>,
    ) -> Result<Vec<(String, i64, String)>, StoreError> {
        const SQL: &str = "SELECT member, question, text FROM answers \
             WHERE review = $1 AND (CAST($2 AS TEXT) IS NULL OR member = $2) \
             ORDER BY question, member";
        let values = [Value::from(review), Value::from(member)];
        self.read()
            .await?
            .find(SQL, values, "reading answers")
            .await
    }

    /// Keeps a declared interest; a later reason takes the place of an earlier one.
    pub async fn declare_interest(
        &self,
        review: i64,
        interest: &Interest,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO interests (review, member, activity, reason) \
             VALUES ($1, $2, $3, $4) \
             ON CONFLICT (review, member, activity) DO UPDATE SET reason = excluded.reason";
        let values = [
            Value::from(review),
            Value::from(&interest.member),
            Value::from(interest.activity.as_str()),
            Value::from(&interest.reason),
        ];
        self.write_one(SQL, values, "declaring an interest", (WHAT, review))
            .await
    }

    /// The interests that members have declared in a review.
    pub async fn interests(&self, review: i64) -> Result<Vec<Interest>, StoreError> {
        const SQL: &str = "SELECT member, activity, reason FROM interests \
             WHERE review = $1 ORDER BY member, activity";
        let values = [Value::from(review)];
        let rows: Vec<(String, String, String)> = self
            .read()
            .await?
            .find(SQL, values, "reading interests")
            .await?;
        rows.into_iter()
            .map(|(member, activity, reason)| {
                Ok(Interest {
                    member,
                    activity: read_word(activity)?,
                    reason,
                })
            })
            .collect()
    }

    /// Keeps what a group recommends for an activity. [`StoreError::Stale`] once that is decided on.
    pub async fn put_recommendation(
        &self,
        review: i64,
        activity: &Slug,
        advice: Advice,
        reason: &str,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO recommendations (review, activity, advice, reason) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (review, activity) DO UPDATE SET \
             advice = excluded.advice, reason = excluded.reason \
             WHERE recommendations.decision IS NULL";
        let values = [
            Value::from(review),
            Value::from(activity.as_str()),
            Value::from(advice.word()),
            Value::from(reason),
        ];
        let (_guard, mut session) = self.write_beside().await?;
        let rows = session
            .run(SQL, values, "writing a recommendation")
            .await
            .map_err(|error| error.or_violation(None, (WHAT, review)))?;
        if rows == 0 {
            return Err(StoreError::Stale {
                what: "recommendation of review",
                id: review,
            });
        }
        session.commit().await
    }

    /// What a group recommends, by activity.
    pub async fn recommendations(&self, review: i64) -> Result<Vec<Recommendation>, StoreError> {
        const SQL: &str = "SELECT activity, advice, reason, decision FROM recommendations \
             WHERE review = $1 ORDER BY activity";
        type Row = (String, String, String, Option<String>);
        let values = [Value::from(review)];
        let rows: Vec<Row> = self
            .read()
            .await?
            .find(SQL, values, "reading recommendations")
            .await?;
        rows.into_iter()
            .map(|(activity, advice, reason, decision)| {
                Ok(Recommendation {
                    activity: read_word(activity)?,
                    advice: read_word(advice)?,
                    reason,
                    decision: decision.map(read_word).transpose()?,
                })
            })
            .collect()
    }

    /// Every recommendation without a decision, for agendas.
    pub async fn open_advice(&self) -> Result<Vec<OpenAdvice>, StoreError> {
        const SQL: &str = "SELECT review, activity, advice, reason FROM recommendations \
             WHERE decision IS NULL ORDER BY review, activity";
        let rows: Vec<(i64, String, String, String)> = self
            .read()
            .await?
            .find(SQL, [], "reading recommendations")
            .await?;
        rows.into_iter()
            .map(|(review, activity, advice, reason)| {
                Ok(OpenAdvice {
                    review,
                    activity: read_word(activity)?,
                    advice: read_word(advice)?,
                    reason,
                })
            })
            .collect()
    }

    /// Runs one statement in a transaction of its own; tells where it refers to what is not there.
    pub(crate) async fn write_one(
        &self,
        sql: &'static str,
        values: impl IntoIterator<Item = Value> + Send,
        doing: &'static str,
        about: (&'static str, i64),
    ) -> Result<(), StoreError> {
        let (_guard, mut session) = self.write_beside().await?;
        session
            .run(sql, values, doing)
            .await
            .map_err(|error| error.or_violation(None, about))?;
        session.commit().await
    }
}
