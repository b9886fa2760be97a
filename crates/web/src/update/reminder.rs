//! Reminders: who is written to about what, each once, however many servers run.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    time::Duration,
};

use dfg_plan::{
    History, Plan, Role, Slug,
    record::Activity,
    spell_day,
    update::{self, Rhythm, Standing},
};
use dfg_store::{
    Person, StoreError, Token,
    update::{Reminder, Step},
};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

use crate::access::{Access, Letter};

/// How long an update link works: longer than the usual grace, so that a late update still finds
/// its link.
const LIVES: Duration = Duration::from_hours(28 * 24);
/// The period of an activity that was never reported on.
const NEVER: &str = "never";

/// An activity of which somebody is to be reminded.
struct Duty<'a> {
    slug: &'a Slug,
    activity: &'a Activity,
    period: String,
    step: Step,
    since: Date,
}

/// Sends every reminder that is due and was not sent: one letter a person, with a link for each
/// activity; and once a week to the programme lead, what is late. Gives the letters.
///
/// With `is_trial` nothing is sent or noted, and the letters hold no working links.
pub async fn send_reminders(
    access: &Access,
    history: &History,
    is_trial: bool,
) -> Result<Vec<Letter>, StoreError> {
    let now = (access.clock)();
    let today = now.to_zoned(TimeZone::UTC).date();
    let plan = history.current();
    let people = access.store.people().await?;
    let people: Vec<Person> = people
        .into_iter()
        .filter(|person| person.removed_at.is_none() && person.email.is_some())
        .collect();
    let sent = access.store.reminders().await?;
    let duties = duties(&plan, &first_asked(&sent), today);
    let known: BTreeSet<&Reminder> = sent.iter().map(|(reminder, _)| reminder).collect();
    let mut by_person: BTreeMap<usize, Vec<(&Duty<'_>, Reminder)>> = BTreeMap::new();
    for duty in &duties {
        for index in asked(&plan, duty.activity, &people) {
            let reminder = Reminder {
                activity: duty.slug.to_string(),
                period: duty.period.clone(),
                step: duty.step,
                person: people[index].id.clone(),
            };
            if !known.contains(&reminder) {
                by_person.entry(index).or_default().push((duty, reminder));
            }
        }
    }
    let mut letters = Vec::new();
    for (index, due) in by_person {
        let mut claimed = Vec::new();
        for (duty, reminder) in due {
            if is_trial {
                claimed.push((duty, "(a link)".to_owned()));
                continue;
            }
            let token = Token::random()?;
            let store = &access.store;
            if store
                .claim_update_link(&reminder, &token, now, LIVES)
                .await?
            {
                let link = format!("{}/update/{}", access.address, token.reveal());
                claimed.push((duty, link));
            }
        }
        letters.extend(ask_letter(&plan, &people[index], &claimed, now));
    }
    letters.extend(digests(access, &plan, &people, (&duties, &known), is_trial).await?);
    if !is_trial {
        for letter in &letters {
            access.mail.send(letter.clone());
        }
    }
    Ok(letters)
}

/// The day on which somebody was first asked about an activity that was never reported on.
fn first_asked(sent: &[(Reminder, Timestamp)]) -> BTreeMap<&str, Date> {
    let mut first: BTreeMap<&str, Date> = BTreeMap::new();
    for (reminder, at) in sent {
        if reminder.period == NEVER {
            let day = at.to_zoned(TimeZone::UTC).date();
            let known = first.entry(&reminder.activity).or_insert(day);
            *known = (*known).min(day);
        }
    }
    first
}

/// The activities whose update is due or late, the latest first.
fn duties<'a>(plan: &'a Plan, asked: &BTreeMap<&str, Date>, today: Date) -> Vec<Duty<'a>> {
    let rhythm = Rhythm::of(plan);
    let mut duties: Vec<Duty<'a>> = plan
        .activities
        .iter()
        .filter_map(|(slug, activity)| {
            let asked = asked.get(slug.as_str()).copied();
            let (step, since) = match update::standing(activity, rhythm, today, asked) {
                Standing::Due { since } => (Step::Due, since),
                Standing::Late { since } => (Step::Late, since),
                Standing::Fresh { .. } | Standing::NotAsked => return None,
            };
            let last = update::last(activity);
            Some(Duty {
                slug,
                activity,
                period: last.map_or(NEVER.to_owned(), |last| last.to_string()),
                step,
                since,
            })
        })
        .collect();
    duties.sort_by_key(|duty| (duty.since, duty.slug));
    duties
}

/// The people who are asked about an activity: those of the first roles that anybody holds.
fn asked(plan: &Plan, activity: &Activity, people: &[Person]) -> Vec<usize> {
    let holders = |roles: &[Role]| -> Vec<usize> {
        let people = people.iter().enumerate();
        people
            .filter(|(_, person)| person.roles.iter().any(|role| roles.contains(role)))
            .map(|(index, _)| index)
            .collect()
    };
    let tiers = update::asked(plan, activity);
    let mut tiers = tiers.iter().map(|roles| holders(roles));
    tiers.find(|found| !found.is_empty()).unwrap_or_default()
}

fn site_title(plan: &Plan) -> String {
    let region = plan.region();
    region.map_or_else(|| "The strategy".to_owned(), |region| region.title.clone())
}

/// One letter with a link for each activity.
fn ask_letter(
    plan: &Plan,
    person: &Person,
    duties: &[(&Duty<'_>, String)],
    now: Timestamp,
) -> Option<Letter> {
    let (to, (first, _)) = (person.email.clone()?, duties.first()?);
    let count = duties.len();
    let is_late = duties.iter().any(|(duty, _)| duty.step == Step::Late);
    let subject = match (count, is_late) {
        (1, false) => format!("One minute: an update on {}", first.activity.title),
        (1, true) => format!("Overdue: an update on {}", first.activity.title),
        (_, false) => format!("{count} activities need an update"),
        (_, true) => format!("{count} activities need an update, some of them overdue"),
    };
    let mut text = format!(
        "{}\n\nWhere do things stand? Each link opens the update of one activity, without signing \
         in. It takes a minute: how sure you are of delivery, and what has changed.\n",
        site_title(plan)
    );
    for (duty, link) in duties {
        let when = match (duty.step, update::last(duty.activity)) {
            (_, None) => "no update yet".to_owned(),
            (Step::Late, _) => format!("overdue, it was due on {}", spell_day(duty.since)),
            _ => format!("due since {}", spell_day(duty.since)),
        };
        let _ = write!(text, "\n{} ({when})\n{link}\n", duty.activity.title);
    }
    let until = now.checked_add(LIVES).unwrap_or(Timestamp::MAX);
    let _ = write!(
        text,
        "\nEach link works once, until {}. It is yours: please do not pass it on.\n",
        spell_day(until.to_zoned(TimeZone::UTC).date())
    );
    Some(Letter { to, subject, text })
}

/// What is late, to each programme lead, once a week.
async fn digests(
    access: &Access,
    plan: &Plan,
    people: &[Person],
    (duties, known): (&[Duty<'_>], &BTreeSet<&Reminder>),
    is_trial: bool,
) -> Result<Vec<Letter>, StoreError> {
    let late: Vec<&Duty<'_>> = duties
        .iter()
        .filter(|duty| duty.step == Step::Late)
        .collect();
    let mut letters = Vec::new();
    if late.is_empty() {
        return Ok(letters);
    }
    let now = (access.clock)();
    let today = now.to_zoned(TimeZone::UTC).date();
    let days = i32::from(today.weekday().to_monday_zero_offset());
    let monday = today.saturating_sub(days.days());
    let is_lead = |person: &&Person| person.roles.contains(&Role::ProgrammeLead);
    for person in people.iter().filter(is_lead) {
        let reminder = Reminder {
            activity: String::new(),
            period: monday.to_string(),
            step: Step::Digest,
            person: person.id.clone(),
        };
        if known.contains(&reminder) {
            continue;
        }
        if is_trial || access.store.claim_reminder(&reminder, now).await? {
            letters.extend(digest(access, plan, person, &late, people));
        }
    }
    Ok(letters)
}

fn digest(
    access: &Access,
    plan: &Plan,
    person: &Person,
    late: &[&Duty<'_>],
    people: &[Person],
) -> Option<Letter> {
    let mut text = format!(
        "{}\n\nThese activities are under way, and their update is overdue.\n",
        site_title(plan)
    );
    for duty in late {
        let names: Vec<&str> = asked(plan, duty.activity, people)
            .into_iter()
            .map(|index| people[index].shown_name())
            .collect();
        let names = if names.is_empty() {
            "nobody".to_owned()
        } else {
            names.join(", ")
        };
        let _ = write!(
            text,
            "\n{}\n  due since {}; asked: {names}\n",
            duty.activity.title,
            spell_day(duty.since)
        );
    }
    let _ = write!(text, "\nAll of them: {}/desk/updates\n", access.address);
    let count = late.len();
    Some(Letter {
        to: person.email.clone()?,
        subject: match count {
            1 => "1 update is overdue".to_owned(),
            _ => format!("{count} updates are overdue"),
        },
        text,
    })
}
