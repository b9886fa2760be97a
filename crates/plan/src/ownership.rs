//! Ownership is accepted, not assigned: what an organisation has said to its part in an activity,
//! and when it is asked again.

use jiff::{ToSpan as _, civil::Date};

use crate::record::{Activity, AnswerKind, Ownership, Part};

/// How long an acceptance holds, in months, where no review asks earlier.
pub const HOLDS_MONTHS: i32 = 12;

/// Where an organisation's part stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It has not been heard.
    Unanswered,
    /// It accepted, and a year or a review has passed since: it is asked again.
    Again {
        /// When it accepted.
        accepted: Date,
    },
    /// It accepts.
    Accepted {
        /// When it said so last.
        accepted: Date,
    },
    /// It declines.
    Declined {
        /// When it said so.
        declined: Date,
    },
}

/// Where a part stands. `review` is the day on which the latest review of the activity opened.
pub fn standing(owner: &Ownership, today: Date, review: Option<Date>) -> Standing {
    let Some(answer) = &owner.answer else {
        return Standing::Unanswered;
    };
    let said = answer.date.last().min(today);
    match answer.kind {
        AnswerKind::Declined => Standing::Declined { declined: said },
        AnswerKind::Accepted => {
            let ends = said.saturating_add(HOLDS_MONTHS.months());
            let reviewed = review.is_some_and(|opened| opened <= today && said < opened);
            if today >= ends || reviewed {
                Standing::Again { accepted: said }
            } else {
                Standing::Accepted { accepted: said }
            }
        }
    }
}

/// Whether an organisation that leads an activity accepts that, as a reader sees it on a day.
///
/// An acceptance counts for a year: reviews are not part of what is published.
pub fn has_accepted_lead(activity: &Activity, on: Date) -> bool {
    let mut leads = activity.owners.iter().filter(|o| o.part == Part::Leads);
    leads.any(|owner| matches!(standing(owner, on, None), Standing::Accepted { .. }))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn owner(answer: &str) -> Ownership {
        let text = format!(r#"{{"organisation":"hub","part":"leads"{answer}}}"#);
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn an_acceptance_holds_for_a_year_or_until_a_review() {
        let accepted = owner(r#","answer":{"kind":"accepted","date":"2026-01-10"}"#);
        let said = date(2026, 1, 10);
        let (yes, again) = (
            Standing::Accepted { accepted: said },
            Standing::Again { accepted: said },
        );
        for (today, review, expected) in [
            (said, None, yes),
            (date(2027, 1, 9), None, yes),
            (date(2027, 1, 10), None, again),
            (date(2026, 6, 1), Some(date(2026, 6, 1)), again),
            (date(2026, 6, 1), Some(date(2026, 6, 2)), yes),
            (date(2026, 6, 1), Some(said), yes),
        ] {
            let found = standing(&accepted, today, review);
            assert_eq!(found, expected, "{today} {review:?}");
        }
        let today = date(2026, 6, 1);
        assert_eq!(standing(&owner(""), today, None), Standing::Unanswered);
        let declined = owner(r#","answer":{"kind":"declined","date":"2026-05","reason":"R"}"#);
        let expected = Standing::Declined {
            declined: date(2026, 5, 31),
        };
        assert_eq!(standing(&declined, today, None), expected);
    }

    #[test]
    fn only_a_lead_that_accepts_counts() {
        let read = |owners: &str| -> Activity {
            let text =
                format!(r#"{{"title":"Hub","theme":"data","summary":"S","owners":[{owners}]}}"#);
            serde_json::from_str(&text).unwrap()
        };
        let yes = r#""answer":{"kind":"accepted","date":"2026-01-10"}"#;
        for (owners, expected) in [
            (String::new(), false),
            (r#"{"organisation":"hub","part":"leads"}"#.to_owned(), false),
            (r#"{"name":"Hub","part":"leads"}"#.to_owned(), false),
            (
                format!(r#"{{"organisation":"hub","part":"funds",{yes}}}"#),
                false,
            ),
            (
                format!(r#"{{"organisation":"hub","part":"leads",{yes}}}"#),
                true,
            ),
        ] {
            let found = has_accepted_lead(&read(&owners), date(2026, 2, 1));
            assert_eq!(found, expected, "{owners}");
        }
    }
}
