//! A review at full size: 200 activities, 60 members, 6 criteria, 10,000 draws of the weights.

use anyhow::Context as _;
use dfg_plan::{
    Slug,
    review::{Criterion, Member, Round, Score, draw::Draws},
};
use jiff::civil::date;

use crate::{
    sample::Dice,
    table::{Row, Unit},
    timing::Times,
};

const ACTIVITIES: usize = 200;
const MEMBERS: usize = 60;
const WEIGHTS: [u32; 6] = [30, 20, 20, 15, 10, 5];
/// How often the results are worked out; the slowest counts.
const RUNS: usize = 5;

/// Measures the results of one round on one core, from its scores as the store hands them over.
pub fn measure() -> anyhow::Result<Vec<Row>> {
    let numbered = |word: &str, count: usize| -> anyhow::Result<Vec<Slug>> {
        (0..count)
            .map(|number| Slug::parse(&format!("{word}-{number}")).context("a slug of the sample"))
            .collect()
    };
    let activities = numbered("activity", ACTIVITIES)?;
    let criteria = numbered("criterion", WEIGHTS.len())?;
    let members: Vec<Member> = (0..MEMBERS)
        .map(|number| Member {
            id: format!("member-{number}"),
            organisations: Vec::new(),
        })
        .collect();
    let (opens, closes) = (date(2026, 11, 1), date(2026, 11, 20));
    let mut dice = Dice::new(5);
    let mut scores = Vec::new();
    for member in &members {
        for activity in &activities {
            for criterion in &criteria {
                scores.push(Score {
                    member: member.id.clone(),
                    activity: activity.clone(),
                    criterion: criterion.clone(),
                    points: Some(u8::try_from(dice.below(5))?),
                    reason: "As far as the papers tell".to_owned(),
                    on: closes,
                });
            }
        }
    }
    let round = Round {
        title: "The sample's review".to_owned(),
        group: Slug::parse("group")?,
        activities,
        criteria: criteria
            .into_iter()
            .zip(WEIGHTS)
            .map(|(id, weight)| Criterion {
                id,
                title: "How well?".to_owned(),
                weight,
            })
            .collect(),
        opens,
        closes,
        questions: Vec::new(),
        ended: false,
    };
    let draws = Draws::seeded(2026);
    let today = date(2026, 11, 21);
    let found = round.results(&members, &[], &scores, draws, today)?;
    let ranked = found.outcomes.iter().filter(|one| one.standing.is_some());
    anyhow::ensure!(ranked.count() == ACTIVITIES, "an activity was not ranked");
    let times = Times::of(RUNS, || round.results(&members, &[], &scores, draws, today));
    let what = format!(
        "Review of {ACTIVITIES} activities by {MEMBERS} members on {} criteria, {} draws, slowest of {RUNS}",
        WEIGHTS.len(),
        draws.count
    );
    Ok(vec![Row::limited(
        what,
        Unit::Milliseconds,
        times.quantile(1.0),
        1000.0,
    )])
}
