//! Whether those who should answer for the pipeline do: leads that have accepted, and updates that
//! came in time. Counted from what is published, as it was on the day that is shown.

use dfg_plan::{
    Plan, Slug, ownership,
    record::{Activity, Stage},
    spell_day,
    update::{self, Rhythm},
};
use jiff::civil::Date;

use crate::part::count;

/// The sentences above the pipeline; none where nothing is under way.
pub(super) fn sentences(plan: &Plan, found: &[(&Slug, &Activity)], on: Date) -> Vec<String> {
    let open: Vec<&Activity> = found
        .iter()
        .map(|(_, activity)| *activity)
        .filter(|one| !matches!(one.stage, Some(Stage::Completed | Stage::Stopped)))
        .collect();
    let live: Vec<&Activity> = found
        .iter()
        .map(|(_, activity)| *activity)
        .filter(|one| update::is_live(one))
        .collect();
    let mut told = Vec::new();
    if !open.is_empty() {
        let without = open.iter();
        let without = without.filter(|one| !ownership::has_accepted_lead(one, on));
        told.push(accepted(without.count(), open.len()));
    }
    if !live.is_empty() {
        let rhythm = Rhythm::of(plan);
        let late = live.iter();
        let late = late.filter(|one| !update::is_in_time(one, rhythm, on));
        told.push(in_time(late.count(), live.len(), rhythm, on));
    }
    told
}

/// `3 of the 12 activities (25%)`.
fn share(part: usize, all: usize, noun: &str) -> String {
    let percent = (part * 100 + all / 2) / all;
    format!("{part} of the {all} {noun} ({percent}%)")
}

fn accepted(without: usize, all: usize) -> String {
    match (without, all) {
        (0, 1) => "Its lead has accepted to answer for it.".to_owned(),
        (_, 1) => "No organisation has accepted to lead it yet.".to_owned(),
        (0, _) => {
            "For every activity that is not over, an organisation has accepted to lead.".to_owned()
        }
        _ if without == all => format!(
            "No organisation has accepted to lead any of the {all} activities that are not over."
        ),
        _ => format!(
            "For {}, no organisation has accepted to lead yet.",
            share(without, all, "activities that are not over")
        ),
    }
}

fn in_time(late: usize, all: usize, rhythm: Rhythm, on: Date) -> String {
    let every = match rhythm.months {
        1 => "month".to_owned(),
        months => format!("{months} months"),
    };
    let grace = count(usize::from(rhythm.grace_days), "day", "days");
    let rule = format!("An update is due every {every}, and may come {grace} late.");
    let day = spell_day(on);
    match (late, all) {
        (0, 1) => format!("It had an update in time, as of {day}. {rule}"),
        (_, 1) => format!("It had no update in time, as of {day}. {rule}"),
        (0, _) => format!("Every activity under way had an update in time, as of {day}. {rule}"),
        _ if late == all => format!(
            "None of the {all} activities under way had an update in time, as of {day}. {rule}"
        ),
        _ => format!(
            "{} had no update in time, as of {day}. {rule}",
            share(late, all, "activities under way")
        ),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn shares_are_counted_from_what_is_recorded() {
        let read = |json: &str| -> Activity {
            let text = format!(r#"{{"title":"Hub","theme":"data","summary":"S",{json}}}"#);
            serde_json::from_str(&text).unwrap()
        };
        let lead =
            |answer: &str| format!(r#""owners":[{{"organisation":"a","part":"leads"{answer}}}]"#);
        let yes = r#","answer":{"kind":"accepted","date":"2026-11-01"}"#;
        let no = r#","answer":{"kind":"declined","date":"2026-11-01","reason":"R"}"#;
        let fresh = r#""updates":[{"date":"2026-11-01","confidence":"green"}]"#;
        let old = r#""updates":[{"date":"2026-01-01","confidence":"green"}]"#;
        let all = [
            read(&format!(r#""stage":"delivering",{},{fresh}"#, lead(yes))),
            read(&format!(r#""stage":"delivering",{},{old}"#, lead(no))),
            read(&format!(r#""stage":"approved",{}"#, lead(""))),
            read(&format!(r#""stage":"idea",{}"#, lead(yes))),
            read(r#""stage":"completed""#),
        ];
        let slug = Slug::parse("hub").unwrap();
        let found: Vec<(&Slug, &Activity)> = all.iter().map(|one| (&slug, one)).collect();
        let told = sentences(&Plan::default(), &found, date(2026, 11, 22));
        assert_eq!(
            told,
            [
                "For 2 of the 4 activities that are not over (50%), no organisation has accepted \
                 to lead yet.",
                "2 of the 3 activities under way (67%) had no update in time, as of 22 November \
                 2026. An update is due every 3 months, and may come 14 days late."
            ]
        );
        let told = sentences(&Plan::default(), &found[1..3], date(2026, 11, 22));
        assert!(told[0].starts_with("No organisation has accepted to lead any of the 2"));
        assert!(told[1].starts_with("None of the 2 activities under way"));
        assert!(sentences(&Plan::default(), &found[4..], date(2026, 11, 22)).is_empty());
    }
}
