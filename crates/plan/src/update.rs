//! Updates on activities: when the next one is due, whether it came in time, and whose it is.
//!
//! What a report holds is [`crate::record::Update`]; sending reminders is the work of the crates
//! above.

use jiff::{ToSpan as _, civil::Date};

use crate::{
    plan::Plan,
    policy::Role,
    record::{Activity, AnswerKind, GroupKind, Part, Stage},
    slug::Slug,
};

/// The most words of a report.
pub const MOST_WORDS: usize = 250;
/// The most characters of a report.
pub const LONGEST: usize = 4_000;
/// The most milestones that one report tells of.
pub const MOST_MILESTONES: usize = 20;

/// How many words a text has.
pub fn count_words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// How often updates are due, and how late they may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// Months from one update to the next.
    pub months: u8,
    /// Days that it may come late.
    pub grace_days: u8,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            months: 3,
            grace_days: 14,
        }
    }
}

impl Rhythm {
    /// What the region says of it.
    pub fn of(plan: &Plan) -> Self {
        let usual = Self::default();
        let region = plan.region();
        Self {
            months: region
                .and_then(|region| region.update_months)
                .unwrap_or(usual.months),
            grace_days: region
                .and_then(|region| region.update_grace_days)
                .unwrap_or(usual.grace_days),
        }
    }

    /// The day on which the update after one of `last` is due.
    pub fn due_after(self, last: Date) -> Date {
        last.saturating_add(i32::from(self.months).months())
    }

    /// The last day on which an update that is due on `due` is in time.
    pub fn deadline(self, due: Date) -> Date {
        due.saturating_add(i32::from(self.grace_days).days())
    }
}

/// Where an activity stands with its updates on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is not under way: nothing is asked.
    NotAsked,
    /// The next one is due later.
    Fresh {
        /// When it is due.
        due: Date,
    },
    /// One is due.
    Due {
        /// Since when.
        since: Date,
    },
    /// One is due, and the days of grace are over.
    Late {
        /// Since when it was due.
        since: Date,
    },
}

/// Whether updates are asked for: it is agreed or under way, and not over.
pub fn is_live(activity: &Activity) -> bool {
    matches!(activity.stage, Some(Stage::Approved | Stage::Delivering))
}

/// The day of the last update.
pub fn last(activity: &Activity) -> Option<Date> {
    let dates = activity.updates.iter();
    dates.map(|update| update.date.last()).max()
}

/// Where an activity stands. One that was never reported on is due on the day on which somebody is
/// first asked, `asked`; not yet asked, it is due today.
pub fn standing(activity: &Activity, rhythm: Rhythm, today: Date, asked: Option<Date>) -> Standing {
    if !is_live(activity) {
        return Standing::NotAsked;
    }
    let since = match last(activity) {
        Some(last) => rhythm.due_after(last),
        None => asked.unwrap_or(today),
    };
    if today < since {
        Standing::Fresh { due: since }
    } else if today <= rhythm.deadline(since) {
        Standing::Due { since }
    } else {
        Standing::Late { since }
    }
}

/// Whether an activity had an update in time, as a reader sees it on a day. One that was never
/// reported on had none.
pub fn is_in_time(activity: &Activity, rhythm: Rhythm, on: Date) -> bool {
    last(activity).is_some_and(|last| on <= rhythm.deadline(rhythm.due_after(last)))
}

/// The organisations that have a part in an activity and have not declined it.
pub fn organisations(activity: &Activity) -> Vec<Slug> {
    let parts = Part::ALL.iter();
    let all = parts.flat_map(|part| taking(activity, *part));
    let mut all: Vec<Slug> = all.cloned().collect();
    all.sort();
    all.dedup();
    all
}

fn taking(activity: &Activity, part: Part) -> impl Iterator<Item = &Slug> {
    let owners = activity.owners.iter();
    owners
        .filter(move |owner| owner.part == part)
        .filter(|owner| {
            let answer = owner.answer.as_ref();
            answer.is_none_or(|answer| answer.kind != AnswerKind::Declined)
        })
        .filter_map(|owner| owner.organisation.as_ref())
}

/// The delivery groups of an activity's theme.
pub fn groups(plan: &Plan, activity: &Activity) -> Vec<Slug> {
    let groups = plan.groups.iter();
    groups
        .filter(|(_, group)| {
            group.kind == GroupKind::Delivery && group.theme.as_ref() == Some(&activity.theme)
        })
        .map(|(slug, _)| slug.clone())
        .collect()
}

/// Who is asked for an update: the roles of the first of these that anybody holds. Those who lead
/// it, those who deliver it, the chair of its theme's group, the programme lead.
pub fn asked(plan: &Plan, activity: &Activity) -> [Vec<Role>; 4] {
    let partners = |part| {
        let slugs = taking(activity, part);
        slugs.map(|slug| Role::Partner(slug.clone())).collect()
    };
    let chairs = groups(plan, activity).into_iter().map(Role::GroupChair);
    [
        partners(Part::Leads),
        partners(Part::Delivers),
        chairs.collect(),
        vec![Role::ProgrammeLead],
    ]
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::record::{Kind, Record};

    fn activity(json: &str) -> Activity {
        let text = format!(r#"{{"title":"Hub","theme":"data","summary":"S",{json}}}"#);
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn an_update_is_due_after_three_months_and_late_after_the_grace() {
        let hub = activity(
            r#""stage":"delivering","updates":[
                {"date":"2026-02-28","confidence":"red"},
                {"date":"2026-05-31","confidence":"green"}]"#,
        );
        let rhythm = Rhythm::default();
        let since = date(2026, 8, 31);
        for (today, expected, in_time) in [
            (date(2026, 6, 1), Standing::Fresh { due: since }, true),
            (date(2026, 8, 30), Standing::Fresh { due: since }, true),
            (since, Standing::Due { since }, true),
            (date(2026, 9, 14), Standing::Due { since }, true),
            (date(2026, 9, 15), Standing::Late { since }, false),
        ] {
            assert_eq!(standing(&hub, rhythm, today, None), expected, "{today}");
            assert_eq!(is_in_time(&hub, rhythm, today), in_time, "{today}");
        }
    }

    #[test]
    fn one_never_reported_on_is_due_when_first_asked() {
        let hub = activity(r#""stage":"approved""#);
        let rhythm = Rhythm::default();
        let (today, asked) = (date(2026, 11, 22), date(2026, 11, 1));
        let due = |since| Standing::Due { since };
        assert_eq!(standing(&hub, rhythm, today, None), due(today));
        let late = Standing::Late { since: asked };
        assert_eq!(standing(&hub, rhythm, today, Some(asked)), late);
        assert!(!is_in_time(&hub, rhythm, today));
        for stage in ["idea", "developing", "completed", "paused", "stopped"] {
            let hub = activity(&format!(r#""stage":"{stage}""#));
            let found = standing(&hub, rhythm, today, None);
            assert_eq!(found, Standing::NotAsked, "{stage}");
        }
    }

    #[test]
    fn the_region_sets_the_rhythm() {
        let mut plan = Plan::default();
        assert_eq!(Rhythm::of(&plan), Rhythm::default());
        let region =
            r#"{"name":"V","title":"V","headline":"H","update_months":1,"update_grace_days":0}"#;
        let slug = Slug::parse(crate::plan::REGION).unwrap();
        plan.insert(slug, Record::from_json(Kind::Region, region).unwrap());
        let rhythm = Rhythm::of(&plan);
        assert_eq!((rhythm.months, rhythm.grace_days), (1, 0));
        assert_eq!(rhythm.due_after(date(2026, 1, 31)), date(2026, 2, 28));
    }

    #[test]
    fn those_who_lead_are_asked_first_and_those_who_declined_never() {
        let mut plan = Plan::default();
        let group = r#"{"name":"Data group","kind":"delivery","theme":"data","purpose":"P"}"#;
        let slug = |text| Slug::parse(text).unwrap();
        plan.insert(
            slug("data-group"),
            Record::from_json(Kind::Group, group).unwrap(),
        );
        let hub = activity(
            r#""owners":[{"organisation":"a","part":"leads","answer":{"kind":"declined","date":"2026","reason":"R"}},
                {"organisation":"b","part":"leads"},{"name":"Others","part":"leads"},
                {"organisation":"c","part":"delivers"},{"organisation":"d","part":"funds"}]"#,
        );
        let partner = |text| vec![Role::Partner(slug(text))];
        assert_eq!(
            asked(&plan, &hub),
            [
                partner("b"),
                partner("c"),
                vec![Role::GroupChair(slug("data-group"))],
                vec![Role::ProgrammeLead]
            ]
        );
        assert_eq!(organisations(&hub), [slug("b"), slug("c"), slug("d")]);
    }
}
