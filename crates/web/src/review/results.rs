//! What a closed round came to.

use std::sync::Arc;

use askama::Template;
use axum::response::Response;
use dfg_plan::{
    Act, Hash,
    amount::group_thousands,
    may,
    review::{
        Score,
        draw::Draws,
        rank::Hold,
        results::{Cell, Outcome, Results, Why},
    },
};
use dfg_store::review::Recommendation;

use super::{Round, chart};
use crate::{
    access::{Ask, desk::ways},
    cx::Link,
    fault::Fault,
    route::html,
    shell::Shell,
};

#[derive(Template)]
#[template(path = "review/results.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    path: String,
    back: Link,
    may_recommend: bool,
    chart: String,
    criteria: Vec<(String, String)>,
    rows: Vec<Row>,
    unranked: usize,
    set_aside: Vec<(String, String, String)>,
    missing: Vec<(String, String)>,
    answers: Vec<(String, Vec<(String, String)>)>,
    seed: u64,
    draws: String,
}

struct Row {
    activity: Link,
    advice_href: String,
    advice: String,
    rank: String,
    interval: String,
    total: String,
    hold: &'static str,
    mover: String,
    disagreement: bool,
    cells: Vec<(String, String)>,
}

/// A closed round with its scores and results.
pub(super) struct Closed {
    pub round: Round,
    pub scores: Vec<Score>,
    pub results: Arc<Results>,
    pub advice: Vec<Recommendation>,
}

impl Closed {
    /// The closed round that the path names: the only way to others' scores.
    pub async fn of(ask: &Ask) -> Result<Self, Fault> {
        let round = Round::of(ask).await?.closed(ask)?;
        let store = &ask.access.store;
        let scores = store.scores(round.kept.id, None).await?;
        let advice = store.recommendations(round.kept.id).await?;
        let results = compute(ask, &round, &scores).await?;
        Ok(Self {
            round,
            scores,
            results,
            advice,
        })
    }

    pub fn recommended(&self, outcome: &Outcome) -> Option<&Recommendation> {
        let mut advice = self.advice.iter();
        advice.find(|one| one.activity == outcome.activity)
    }

    /// Outcomes in order of rank; those without a rank last.
    pub fn ranked(&self) -> Vec<&Outcome> {
        let mut ranked: Vec<&Outcome> = self.results.outcomes.iter().collect();
        ranked.sort_by_key(|one| one.standing.as_ref().map_or(u32::MAX, |found| found.rank));
        ranked
    }
}

/// The results, kept as long as nothing that they are made from changes. Ten thousand draws take
/// milliseconds to a second: not on the threads that answer requests.
async fn compute(ask: &Ask, round: &Round, scores: &[Score]) -> Result<Arc<Results>, Fault> {
    let members: Vec<_> = round
        .members
        .iter()
        .map(|one| (&one.id, &one.organisations))
        .collect();
    let made_from = (
        &round.kept.round,
        round.kept.seed,
        members,
        &round.interests,
        scores,
    );
    let text = serde_json::to_vec(&made_from).map_err(askama::Error::custom)?;
    let key = Hash::of(&text);
    let kept = &ask.site.0.results;
    if let Some(results) = kept.get(&key) {
        return Ok(results);
    }
    let body = round.kept.round.clone();
    let (members, interests) = (round.members.clone(), round.interests.clone());
    let (scores, today) = (scores.to_vec(), round.today);
    let draws = Draws::seeded(round.kept.seed);
    let work = move || body.results(&members, &interests, &scores, draws, today);
    let results = tokio::task::spawn_blocking(work)
        .await
        .map_err(askama::Error::custom)?
        .map_err(|cause| Fault::Refused(format!("There are no results: {cause}.")))?;
    let results = Arc::new(results);
    kept.insert(key, Arc::clone(&results));
    Ok(results)
}

/// A mean with its spread in words: `2.67`, `±0.58, 2 to 3, 3 scores`.
fn spell(cell: &Cell) -> (String, String) {
    let mean = cell
        .mean
        .map_or("none".to_owned(), |mean| format!("{mean:.2}"));
    let mut parts = Vec::new();
    if let Some(deviation) = cell.deviation {
        parts.push(format!("±{deviation:.2}"));
    }
    if let Some((low, high)) = cell.range {
        parts.push(format!("{low} to {high}"));
    }
    parts.push(match cell.scores {
        1 => "1 score".to_owned(),
        scores => format!("{scores} scores"),
    });
    if cell.abstained > 0 {
        parts.push(format!("{} abstained", cell.abstained));
    }
    (mean, parts.join(", "))
}

pub(super) fn spell_hold(hold: Hold) -> &'static str {
    match hold {
        Hold::Fixed => "fixed",
        Hold::Firm => "firm",
        Hold::Open => "open",
    }
}

pub(super) fn spell_why(why: &Why) -> String {
    match why {
        Why::Late => "late".to_owned(),
        Why::Interest(reason) => format!("interest: {reason}"),
        Why::NotAMember => "not a member".to_owned(),
        Why::NotInRound => "not in this review".to_owned(),
    }
}

/// `GET /desk/reviews/{id}/results`.
pub(super) async fn show(ask: Ask) -> Result<Response, Fault> {
    let closed = Closed::of(&ask).await?;
    let me = ask.may(Act::UseDesk)?;
    let (round, results) = (&closed.round, &closed.results);
    let body = &round.kept.round;
    let title = |slug| {
        let found = body.criteria.iter().find(|one| one.id == slug);
        found.map_or_else(|| slug.to_string(), |one| one.title.clone())
    };
    let row = |outcome: &&Outcome| {
        let standing = outcome.standing.as_ref();
        let tell = |say: &dyn Fn(&dfg_plan::review::results::Standing) -> String| {
            standing.map_or_else(String::new, say)
        };
        let recommended = closed.recommended(outcome);
        Row {
            activity: Link::new(
                format!("/activities/{}", outcome.activity),
                round.title_of(&outcome.activity),
            ),
            advice_href: format!("{}/advice/{}", round.path(), outcome.activity),
            advice: recommended.map_or_else(String::new, |one| {
                format!("{}: {}", one.advice.words(), one.reason)
            }),
            rank: tell(&|found| found.rank.to_string()),
            interval: tell(&|found| match (found.interval.low, found.interval.high) {
                (low, high) if low == high => low.to_string(),
                (low, high) => format!("{low} to {high}"),
            }),
            total: tell(&|found| format!("{:.2}", found.total)),
            hold: standing.map_or("", |found| spell_hold(found.interval.hold)),
            mover: tell(&|found| {
                let mover = found.mover.and_then(|place| body.criteria.get(place));
                mover.map_or("none".to_owned(), |one| one.title.clone())
            }),
            disagreement: outcome.disagreement,
            cells: outcome.cells.iter().map(spell).collect(),
        }
    };
    let ranked = closed.ranked();
    let answers = ask.access.store.answers(round.kept.id, None).await?;
    let answers_to = |n: usize| {
        let found = answers
            .iter()
            .filter(|(_, place, text)| usize::try_from(*place) == Ok(n) && !text.is_empty());
        found
            .map(|(member, _, text)| (round.name(member), text.clone()))
            .collect()
    };
    html(&Page {
        shell: ask.shell(format!("Results: {}", body.title)),
        ways: ways(me),
        path: round.path(),
        back: Link::new(round.path(), &*body.title),
        may_recommend: may(&me.roles, Act::Recommend { group: &body.group }),
        chart: chart::intervals(&closed),
        criteria: body
            .criteria
            .iter()
            .zip(&results.shares)
            .map(|(one, share)| (one.title.clone(), format!("{:.0}%", share * 100.0)))
            .collect(),
        unranked: ranked.iter().filter(|one| one.standing.is_none()).count(),
        rows: ranked.iter().map(row).collect(),
        set_aside: results
            .set_aside
            .iter()
            .map(|one| {
                let about = format!(
                    "{}, {}",
                    round.title_of(&one.score.activity),
                    title(one.score.criterion.clone())
                );
                (round.name(&one.score.member), about, spell_why(&one.why))
            })
            .collect(),
        missing: results
            .missing
            .iter()
            .map(|one| {
                let what = format!(
                    "{}: {} of {} criteria",
                    round.title_of(&one.activity),
                    one.criteria.len(),
                    body.criteria.len()
                );
                (round.name(&one.member), what)
            })
            .collect(),
        answers: body
            .questions
            .iter()
            .enumerate()
            .map(|(n, text)| (text.clone(), answers_to(n)))
            .collect(),
        seed: results.draws.seed,
        draws: group_thousands(&results.draws.count.to_string()),
    })
}
