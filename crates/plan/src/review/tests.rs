use jiff::civil::date;
use proptest::prelude::{Strategy, *};

use super::{
    draw::Draws,
    rank::Hold,
    results::{Results, ResultsError, Why},
    *,
};
use crate::record::{Kind, Record};

const OPENS: Date = date(2026, 11, 1);
const CLOSES: Date = date(2026, 11, 20);
const AFTER: Date = date(2026, 11, 21);

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn round(activities: usize, weights: &[u32]) -> Round {
    Round {
        title: "Autumn".into(),
        group: slug("data-group"),
        activities: (0..activities).map(|at| slug(&format!("a{at}"))).collect(),
        criteria: weights
            .iter()
            .enumerate()
            .map(|(at, weight)| Criterion {
                id: slug(&format!("c{at}")),
                title: "How well?".into(),
                weight: *weight,
            })
            .collect(),
        opens: OPENS,
        closes: CLOSES,
        questions: Vec::new(),
        ended: false,
    }
}

fn members(count: usize) -> Vec<Member> {
    (0..count)
        .map(|at| Member {
            id: format!("m{at}"),
            organisations: Vec::new(),
        })
        .collect()
}

fn score(member: usize, activity: usize, criterion: usize, points: impl Into<Option<u8>>) -> Score {
    Score {
        member: format!("m{member}"),
        activity: slug(&format!("a{activity}")),
        criterion: slug(&format!("c{criterion}")),
        points: points.into(),
        reason: "Because".into(),
        on: CLOSES,
    }
}

fn interest(member: usize, activity: usize) -> Interest {
    Interest {
        member: format!("m{member}"),
        activity: slug(&format!("a{activity}")),
        reason: "My sister runs it".into(),
    }
}

fn draws() -> Draws {
    Draws {
        count: 400,
        ..Draws::seeded(1)
    }
}

/// The scores of members for activities against criteria: `table[activity][criterion][member]`.
fn scores(table: &[Vec<Vec<u8>>]) -> Vec<Score> {
    let mut scores = Vec::new();
    for (activity, row) in table.iter().enumerate() {
        for (criterion, given) in row.iter().enumerate() {
            for (member, points) in given.iter().enumerate() {
                scores.push(score(member, activity, criterion, *points));
            }
        }
    }
    scores
}

fn results(weights: &[u32], table: &[Vec<Vec<u8>>]) -> Results {
    let count = table[0][0].len();
    round(table.len(), weights)
        .results(&members(count), &[], &scores(table), draws(), AFTER)
        .unwrap()
}

fn ranks(results: &Results) -> Vec<Option<u32>> {
    let standings = results
        .outcomes
        .iter()
        .map(|outcome| outcome.standing.as_ref());
    standings
        .map(|standing| standing.map(|standing| standing.rank))
        .collect()
}

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-12
}

#[test]
fn means_spread_and_totals_are_as_worked_out_by_hand() {
    let found = results(
        &[3, 1],
        &[
            vec![vec![4, 2, 3], vec![0, 0, 3]],
            vec![vec![1, 1, 1], vec![4, 4, 4]],
        ],
    );
    let cell = found.outcomes[0].cells[0];
    // (4 + 2 + 3) / 3 = 3; squares about it 1 + 1 + 0, over 2.
    assert_eq!(
        (cell.scores, cell.mean, cell.deviation),
        (3, Some(3.0), Some(1.0))
    );
    assert_eq!(cell.range, Some((2, 4)));
    // Mean 1; squares 1 + 1 + 4, over 2.
    assert!(near(
        found.outcomes[0].cells[1].deviation.unwrap(),
        3.0_f64.sqrt()
    ));
    let totals = [0, 1].map(|at| found.outcomes[at].standing.as_ref().unwrap().total);
    // ¾ of 3 and ¼ of 1; ¾ of 1 and ¼ of 4.
    assert!(near(totals[0], 2.5) && near(totals[1], 1.75), "{totals:?}");
    assert_eq!(ranks(&found), [Some(1), Some(2)]);
    assert!(found.outcomes[0].disagreement && !found.outcomes[1].disagreement);
    assert_eq!(found.missing, []);
    // Left out, the first criterion gives the ranks away: 1 against 4. Halved: 1.5·3 + 1 = 5.5
    // against 1.5 + 4 = 5.5, a tie. The second doubled: 9 + 2 = 11 against 3 + 8 = 11, a tie.
    let second = found.outcomes[1].standing.as_ref().unwrap();
    let first = found.outcomes[0].standing.as_ref().unwrap();
    assert_eq!(
        (first.shifts[0].halved, first.shifts[0].left_out),
        (1, Some(2))
    );
    assert_eq!(
        (second.shifts[0].halved, second.shifts[0].left_out),
        (1, Some(1))
    );
    assert_eq!(
        (second.shifts[1].doubled, second.shifts[1].left_out),
        (1, Some(2))
    );
    assert_eq!((first.mover, second.mover), (Some(0), Some(0)));
}

#[test]
fn equal_totals_share_the_better_rank() {
    let found = results(
        &[1, 1],
        &[
            vec![vec![4], vec![1]],
            vec![vec![1], vec![4]],
            vec![vec![4], vec![4]],
            vec![vec![0], vec![0]],
        ],
    );
    assert_eq!(ranks(&found), [Some(2), Some(2), Some(1), Some(4)]);
    let standing = |at: usize| found.outcomes[at].standing.as_ref().unwrap();
    assert_eq!(standing(2).interval.hold, Hold::Fixed);
    assert_eq!(
        (standing(0).interval.low, standing(0).interval.high),
        (2, 3)
    );
    assert_eq!(standing(0).interval.hold, Hold::Firm);
    assert!(
        near(standing(3).interval.quarters[3], 1.0),
        "always the last"
    );
    assert_eq!((standing(2).mover, standing(3).mover), (None, None));
}

#[test]
fn what_does_not_count_is_listed() {
    let round = round(2, &[1]);
    let mut late = score(1, 0, 0, 0);
    late.on = AFTER;
    let mut early = score(1, 1, 0, 0);
    early.on = date(2026, 10, 31);
    let scores = [
        score(0, 0, 0, 4),
        late,
        early,
        score(2, 0, 0, 1),
        score(9, 0, 0, 1),
        score(0, 7, 0, 1),
        score(0, 1, 0, 5),
        score(3, 0, 0, None),
    ];
    let found = round
        .results(&members(4), &[interest(2, 0)], &scores, draws(), AFTER)
        .unwrap();
    let why: Vec<_> = found.set_aside.iter().map(|one| one.why.clone()).collect();
    assert_eq!(
        why,
        [
            Why::Late,
            Why::NotInRound,
            Why::Interest("My sister runs it".into()),
            Why::NotAMember,
            Why::NotInRound,
            Why::NotInRound,
        ]
    );
    let missing: Vec<_> = found
        .missing
        .iter()
        .map(|one| (one.member.as_str(), one.activity.as_str()))
        .collect();
    assert_eq!(
        missing,
        [
            ("m0", "a1"),
            ("m1", "a0"),
            ("m1", "a1"),
            ("m2", "a1"),
            ("m3", "a1")
        ]
    );
    let cell = found.outcomes[0].cells[0];
    assert_eq!((cell.scores, cell.abstained, cell.mean), (1, 1, Some(4.0)));
    assert_eq!(cell.deviation, None, "one score has no spread");
    assert_eq!(ranks(&found), [Some(1), None], "nobody scored the second");
}

#[test]
fn where_everyone_abstains_nothing_is_ranked() {
    let scores: Vec<_> = (0..2).map(|member| score(member, 0, 0, None)).collect();
    let found = round(1, &[1])
        .results(&members(2), &[], &scores, draws(), AFTER)
        .unwrap();
    assert_eq!(ranks(&found), [None]);
    assert_eq!(found.outcomes[0].cells[0].abstained, 2);
    assert_eq!(found.missing, [], "who abstains has answered");
}

#[test]
fn a_criterion_without_weight_needs_no_scores() {
    let scores = [score(0, 0, 0, 3)];
    let found = round(1, &[1, 0])
        .results(&members(1), &[], &scores, draws(), AFTER)
        .unwrap();
    let standing = found.outcomes[0].standing.as_ref().unwrap();
    assert!(near(standing.total, 3.0));
    assert_eq!(
        standing.shifts[0].left_out, None,
        "nothing else weighs anything"
    );
}

#[test]
fn results_wait_for_closing_and_need_weights_and_draws() {
    let ask = |round: &Round, draws, today| round.results(&members(1), &[], &[], draws, today);
    let sound = round(1, &[1]);
    assert_eq!(
        ask(&sound, draws(), CLOSES),
        Err(ResultsError::NotClosed { closes: CLOSES })
    );
    assert_eq!(
        ask(&round(1, &[0]), draws(), AFTER),
        Err(ResultsError::NoWeight)
    );
    for wrong in [
        Draws {
            count: 0,
            ..draws()
        },
        Draws {
            concentration: 0.0,
            ..draws()
        },
        Draws {
            concentration: f64::NAN,
            ..draws()
        },
    ] {
        assert_eq!(ask(&sound, wrong, AFTER), Err(ResultsError::Draws));
    }
    assert!(
        ask(&round(0, &[1]), draws(), AFTER)
            .unwrap()
            .outcomes
            .is_empty()
    );
}

#[test]
fn a_score_is_admitted_or_told_why_not() {
    let round = round(2, &[1]);
    let admit = |score: &Score| round.admit(&members(2), &[interest(1, 1)], score);
    assert_eq!(admit(&score(0, 0, 0, 4)), Ok(()));
    let mut other = score(0, 0, 0, None);
    other.reason.clear();
    assert_eq!(admit(&other), Ok(()), "an abstention needs no reason");
    other.points = Some(0);
    assert_eq!(admit(&other), Err(ScoreError::NoReason));
    other.on = date(2026, 10, 31);
    assert_eq!(admit(&other), Err(ScoreError::NotOpen { opens: OPENS }));
    for (wrong, told) in [
        (score(0, 0, 0, 5), "a score is from 0 to 4: 5 is not"),
        (score(5, 0, 0, 1), "only members of the group score"),
        (score(0, 5, 0, 1), "“a5” is not in this review"),
        (score(0, 0, 5, 1), "this review has no criterion “c5”"),
        (
            score(1, 1, 0, 1),
            "you have an interest in this activity: My sister runs it",
        ),
    ] {
        assert_eq!(admit(&wrong).unwrap_err().to_string(), told);
    }
}

fn plan() -> Plan {
    let read = |kind, json| Record::from_json(kind, json).unwrap();
    [
        ("data-group", read(Kind::Group, r#"{"name":"Data group","kind":"delivery"}"#)),
        ("vale", read(Kind::Organisation, r#"{"name":"Vale Council","kind":"council"}"#)),
        (
            "a0",
            read(
                Kind::Activity,
                r#"{"title":"Hub","theme":"data","summary":"S","owners":[{"name":"X","part":"leads"},{"organisation":"vale","part":"funds"}]}"#,
            ),
        ),
    ]
    .into_iter()
    .map(|(name, record)| (slug(name), record))
    .collect()
}

#[test]
fn own_organisations_are_interests() {
    let mut people = members(2);
    people[1].organisations = vec![slug("vale")];
    let found = round(2, &[1]).plain_interests(&plan(), &people);
    let expected = Interest {
        member: "m1".into(),
        activity: slug("a0"),
        reason: "Vale Council funds it".into(),
    };
    assert_eq!(found, [expected]);
}

#[test]
fn a_round_tells_what_is_wrong_with_it() {
    assert_eq!(round(1, &[1]).faults(&plan()), []);
    let mut wrong = round(2, &[0, 0]);
    wrong.group = slug("nobody");
    wrong.closes = date(2026, 10, 1);
    wrong.activities.push(slug("a0"));
    wrong.criteria[1].id = slug("c0");
    assert_eq!(
        wrong.faults(&plan()),
        [
            RoundFault::NoGroup(slug("nobody")),
            RoundFault::NoWeight,
            RoundFault::Dates {
                opens: OPENS,
                closes: date(2026, 10, 1)
            },
            RoundFault::NoActivity(slug("a1")),
            RoundFault::Twice(slug("a0")),
            RoundFault::Twice(slug("c0")),
        ]
    );
}

/// Up to 8 activities, 3 criteria and 4 members.
fn tables(most: u8) -> impl Strategy<Value = Vec<Vec<Vec<u8>>>> {
    let cell = prop::collection::vec(0..=most, 4);
    prop::collection::vec(prop::collection::vec(cell, 3), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_constant_added_to_all_scores_keeps_the_ranking(table in tables(3), weights in prop::array::uniform3(1_u32..50)) {
        let raised: Vec<Vec<Vec<u8>>> = table
            .iter()
            .map(|row| row.iter().map(|cell| cell.iter().map(|points| points + 1).collect()).collect())
            .collect();
        prop_assert_eq!(ranks(&results(&weights, &table)), ranks(&results(&weights, &raised)));
    }

    #[test]
    fn scaled_weights_change_nothing(table in tables(4), weights in prop::array::uniform3(1_u32..50), factor in 1_u32..1000) {
        let scaled = weights.map(|weight| weight * factor);
        prop_assert_eq!(results(&weights, &table), results(&scaled, &table));
    }

    #[test]
    fn the_same_seed_gives_the_same_results_and_the_order_of_scores_does_not_matter(table in tables(4)) {
        let (round, people) = (round(table.len(), &[5, 3, 2]), members(4));
        let mut handed_in = scores(&table);
        let once = round.results(&people, &[], &handed_in, draws(), AFTER).unwrap();
        handed_in.reverse();
        prop_assert_eq!(once, round.results(&people, &[], &handed_in, draws(), AFTER).unwrap());
    }

    #[test]
    fn equal_scores_give_equal_standing(table in tables(4), twin in 0_usize..8) {
        let mut table = table;
        let twin = twin % table.len();
        table.push(table[twin].clone());
        let found = results(&[5, 3, 2], &table);
        prop_assert_eq!(&found.outcomes[twin].standing, &found.outcomes[table.len() - 1].standing);
    }

    /// Better against every criterion is better under all weights; and shares of draws are shares.
    #[test]
    fn intervals_agree_with_dominance_and_sum_to_one(table in tables(4)) {
        let found = results(&[5, 3, 2], &table);
        let all: Vec<_> = found.outcomes.iter().map(|one| (one, one.standing.as_ref().unwrap())).collect();
        for (one, here) in &all {
            prop_assert!(here.interval.low <= here.interval.high);
            prop_assert!((here.interval.quarters.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            for (two, there) in &all {
                if one.cells.iter().zip(&two.cells).all(|(a, b)| a.mean > b.mean) {
                    prop_assert!(here.rank < there.rank);
                    prop_assert!(here.interval.low < there.interval.low);
                    prop_assert!(here.interval.high < there.interval.high);
                }
            }
        }
    }

    /// Draws that keep close to the given weights keep to the given rank, unless it is all but a tie.
    #[test]
    fn narrow_draws_contain_the_rank(table in tables(4)) {
        let narrow = Draws { concentration: 1e9, ..draws() };
        let found = round(table.len(), &[5, 3, 2])
            .results(&members(4), &[], &scores(&table), narrow, AFTER)
            .unwrap();
        let totals: Vec<f64> = found.outcomes.iter().filter_map(|one| Some(one.standing.as_ref()?.total)).collect();
        for (at, outcome) in found.outcomes.iter().enumerate() {
            let alone = totals.iter().enumerate().all(|(other, total)| other == at || (total - totals[at]).abs() > 1e-3);
            let standing = outcome.standing.as_ref().unwrap();
            if alone {
                prop_assert_eq!((standing.interval.low, standing.interval.high), (standing.rank, standing.rank));
            }
        }
    }
}

#[test]
fn a_round_closed_by_hand_shows_results_and_takes_no_score() {
    let mut round = round(1, &[1]);
    let members = members(1);
    let score = Score {
        member: members[0].id.clone(),
        activity: round.activities[0].clone(),
        criterion: round.criteria[0].id.clone(),
        points: Some(4),
        reason: "It fits".into(),
        on: OPENS,
    };
    assert_eq!(round.admit(&members, &[], &score), Ok(()));
    round.end(OPENS);
    assert_eq!(round.phase(OPENS), Phase::Closed);
    assert_eq!(round.closes, OPENS);
    assert_eq!(
        round.admit(&members, &[], &score),
        Err(ScoreError::Ended),
        "a score of the same day would count"
    );
    let results = round.results(&members, &[], &[score], Draws::seeded(1), OPENS);
    assert!(results.unwrap().set_aside.is_empty());
    // A round that was kept before there was such a thing is read as it was.
    let mut kept = serde_json::to_value(&round).unwrap();
    kept.as_object_mut().unwrap().remove("ended");
    assert!(!serde_json::from_value::<Round>(kept).unwrap().ended);
}
