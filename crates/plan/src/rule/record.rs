//! Rules that one record must satisfy on its own.

use jiff::civil::Date;

use super::{Faults, dataset, indicator};
use crate::{
    date::{PartialDate, spell_date},
    record::{
        Activity, AnswerKind, EventKind, GroupKind, Observation, Part, Record, ResponseKind, Theme,
    },
    slug::Slug,
    source::Source,
    update,
};

/// The longest text of a single-line field, in characters.
const LINE: usize = 1_000;
/// The longest Markdown text, in characters.
const TEXT: usize = 200_000;
/// The lightest ground on which a theme's colour is used for text; contrast at least 4.5 to 1.
const GROUND: [u8; 3] = [0xfb, 0xf9, 0xf5];

/// Adds the faults of a record.
pub(super) fn check(slug: &Slug, record: &Record, today: Date, faults: &mut Faults<'_>) {
    check_texts(record, faults);
    check_sources("sources", record.sources(), today, faults);
    match record {
        Record::Theme(theme) => check_theme(theme, faults),
        Record::Strategy(strategy) => check_order(strategy.start, strategy.end, "end", faults),
        Record::Group(group) => {
            if group.kind == GroupKind::Delivery && group.theme.is_none() {
                faults.add(
                    "kind",
                    "a delivery group carries a theme: name it in `theme`",
                );
            }
        }
        Record::Signal(signal) => {
            not_in_future("seen", signal.seen, today, faults);
            match &signal.response {
                Some(response)
                    if response.kind == ResponseKind::Watched && response.until.is_none() =>
                {
                    faults.add("response", "a watched signal says until when: add `until`");
                }
                Some(response)
                    if response.kind == ResponseKind::Closed && response.reason.is_none() =>
                {
                    faults.add("response", "a closed signal says why: add `reason`");
                }
                _ => {}
            }
        }
        Record::Activity(activity) => check_activity(activity, today, faults),
        Record::Decision(decision) => {
            not_in_future("date", Some(decision.date), today, faults);
            if decision.group.is_none() && decision.organisation.is_none() && decision.by.is_none()
            {
                faults.add(
                    "",
                    "a decision says who took it: `group`, `organisation` or `by`",
                );
            }
        }
        Record::Milestone(milestone) => {
            not_in_future("date", Some(milestone.date), today, faults);
        }
        Record::Indicator(indicator) => indicator::check(indicator, faults),
        Record::Dataset(dataset) => dataset::check(dataset, faults),
        Record::Observation(observation) => check_observation(slug, observation, today, faults),
        Record::Relationship(relationship) => {
            if relationship.from == relationship.to {
                faults.add("to", "an organisation has no tie with itself");
            }
        }
        Record::Area(area) => {
            if let Some(tile) = area.tile
                && (tile.column.saturating_add(tile.width) > 25
                    || tile.row.saturating_add(tile.height) > 25)
            {
                faults.add(
                    "tile",
                    "the tile reaches beyond the map's 24 columns and rows",
                );
            }
            for (index, earlier) in area.earlier_codes.iter().enumerate() {
                if area.code.as_ref() == Some(&earlier.code) {
                    let path = format!("earlier_codes.{index}.code");
                    faults.add(path, "an earlier code is not the one that it has now");
                }
            }
        }
        Record::Region(region) => {
            if region
                .update_months
                .is_some_and(|months| !(1..=24).contains(&months))
            {
                faults.add("update_months", "updates are due every 1 to 24 months");
            }
            for (index, edition) in region.editions.iter().enumerate() {
                let path = format!("editions.{index}.date");
                not_in_future(&path, Some(edition.date), today, faults);
                if index > 0 && region.editions[index - 1].date >= edition.date {
                    faults.add(path, "past editions stand in order of date");
                }
            }
        }
        Record::Objective(_) | Record::Organisation(_) => {}
    }
}

fn check_texts(record: &Record, faults: &mut Faults<'_>) {
    let fields = record.to_value();
    for (field, value) in fields.as_object().into_iter().flatten() {
        let Some(text) = value.as_str() else { continue };
        let limit = if matches!(field.as_str(), "body" | "offer" | "sql") {
            TEXT
        } else {
            LINE
        };
        let length = text.chars().count();
        if length > limit {
            faults.add(
                field,
                format!("the text has {length} characters; at most {limit} fit"),
            );
        }
        let control = text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r'));
        if control {
            faults.add(field, "the text has an invisible control character");
        }
        let required_and_blank = text.trim().is_empty() && !text.is_empty();
        if required_and_blank || (text.is_empty() && limit == LINE) {
            faults.add(field, "the text is blank");
        }
    }
}

fn check_sources(path: &str, sources: &[Source], today: Date, faults: &mut Faults<'_>) {
    for (index, source) in sources.iter().enumerate() {
        let place = if path == "sources" {
            format!("sources.{index}")
        } else {
            path.to_owned()
        };
        if source.title.is_none() && source.publisher.is_none() && source.url.is_none() {
            faults.add(
                &place,
                "a source has at least a title, a publisher or an address",
            );
        }
        if let Some(url) = &source.url {
            let rest = url
                .strip_prefix("https://")
                .or_else(|| url.strip_prefix("http://"));
            let host = rest
                .and_then(|rest| rest.split(['/', '?', '#']).next())
                .unwrap_or_default();
            if host.is_empty() || host.contains('@') || url.chars().any(char::is_whitespace) {
                faults.add(
                    format!("{place}.url"),
                    "the address is not one that a browser can open",
                );
            }
        }
        not_in_future(&format!("{place}.date"), source.date, today, faults);
    }
}

/// A partial date is in the future only when its first possible day is.
fn not_in_future(path: &str, date: Option<PartialDate>, today: Date, faults: &mut Faults<'_>) {
    if let Some(date) = date.filter(|date| date.first() > today) {
        faults.add(path, format!("{} is still to come", spell_date(date)));
    }
}

fn check_order(
    start: Option<PartialDate>,
    end: Option<PartialDate>,
    path: &str,
    faults: &mut Faults<'_>,
) {
    if let (Some(start), Some(end)) = (start, end)
        && end.last() < start.first()
    {
        faults.add(
            path,
            format!(
                "it ends ({}) before it starts ({})",
                spell_date(end),
                spell_date(start)
            ),
        );
    }
}

fn check_theme(theme: &Theme, faults: &mut Faults<'_>) {
    let Some(colour) = parse_colour(&theme.colour) else {
        faults.add("colour", "a colour is written like #1a2b3c");
        return;
    };
    let contrast = contrast(colour, GROUND);
    if contrast < 4.5 {
        faults.add_with_hint(
            "colour",
            format!("the colour is too light to read as text: contrast {contrast:.1} to 1"),
            "choose a darker one with at least 4.5 to 1",
        );
    }
}

fn parse_colour(text: &str) -> Option<[u8; 3]> {
    let digits = text
        .strip_prefix('#')
        .filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    Some([part(0)?, part(2)?, part(4)?])
}

/// Contrast of two colours as WCAG 2.2 defines it.
fn contrast(one: [u8; 3], two: [u8; 3]) -> f64 {
    let luminance = |colour: [u8; 3]| {
        let [red, green, blue] = colour.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (one, two) = (luminance(one), luminance(two));
    (one.max(two) + 0.05) / (one.min(two) + 0.05)
}

fn check_activity(activity: &Activity, today: Date, faults: &mut Faults<'_>) {
    check_order(activity.start, activity.end, "end", faults);
    for (index, owner) in activity.owners.iter().enumerate() {
        let path = format!("owners.{index}");
        if owner.organisation.is_some() == owner.name.is_some() {
            faults.add(&path, "an owner has either an `organisation` or a `name`");
        }
        if owner.pence.is_some() && owner.part != Part::Funds {
            faults.add(
                format!("{path}.pence"),
                "only an owner whose part is “funds” pays",
            );
        }
        if let Some(answer) = &owner.answer {
            let path = format!("{path}.answer");
            not_in_future(&path, Some(answer.date), today, faults);
            if owner.organisation.is_none() {
                faults.add(&path, "only an `organisation` with a record answers");
            }
            if answer.kind == AnswerKind::Declined && answer.reason.is_none() {
                faults.add(&path, "who declines a part says why: add `reason`");
            }
            check_lines(&path, answer.reason.as_slice(), faults);
        }
        let same = |other: &crate::record::Ownership| {
            (&other.organisation, &other.name, other.part)
                == (&owner.organisation, &owner.name, owner.part)
        };
        if activity.owners[..index].iter().any(same) {
            faults.add(path, "the same part is given twice");
        }
    }
    for (index, event) in activity.events.iter().enumerate() {
        let path = format!("events.{index}");
        not_in_future(&format!("{path}.date"), Some(event.date), today, faults);
        if (event.what == EventKind::Stated) != event.stage.is_some() {
            faults.add(
                &path,
                "`stage` goes with `what = \"stated\"`, and only with it: other events imply theirs",
            );
        }
        check_sources(
            &format!("{path}.source"),
            event.source.as_slice(),
            today,
            faults,
        );
    }
    check_updates(activity, today, faults);
    if let Some(implied) = activity.stage_from_events()
        && activity.stage != Some(implied)
    {
        let message = match activity.stage {
            Some(stage) => {
                format!("the stage is “{stage}”, but the last dated event makes it “{implied}”")
            }
            None => format!("the stage is left out, but the last dated event makes it “{implied}”"),
        };
        faults.add_with_hint(
            "stage",
            message,
            format!(
                "write stage = \"{}\", or add the event that changed it",
                implied.word()
            ),
        );
    }
}

fn check_updates(activity: &Activity, today: Date, faults: &mut Faults<'_>) {
    for (index, update) in activity.updates.iter().enumerate() {
        let path = format!("updates.{index}");
        not_in_future(&format!("{path}.date"), Some(update.date), today, faults);
        let words = update.text.as_deref().map_or(0, update::count_words);
        if words > update::MOST_WORDS {
            let most = update::MOST_WORDS;
            let message = format!("the report has {words} words; at most {most} fit");
            faults.add(format!("{path}.text"), message);
        }
        if update.milestones.len() > update::MOST_MILESTONES {
            let most = update::MOST_MILESTONES;
            let message = format!("a report tells of at most {most} milestones");
            faults.add(format!("{path}.milestones"), message);
        }
        check_lines(&format!("{path}.milestones"), &update.milestones, faults);
        if let Some(text) = &update.text {
            check_length(&format!("{path}.text"), text, update::LONGEST, faults);
        }
        if index > 0 && activity.updates[index - 1].date > update.date {
            faults.add(&path, "updates stand in order of date");
        }
    }
}

/// Texts inside a list or table, which are no fields of their own.
fn check_lines(path: &str, lines: &[String], faults: &mut Faults<'_>) {
    for line in lines {
        check_length(path, line, LINE, faults);
    }
}

fn check_length(path: &str, text: &str, most: usize, faults: &mut Faults<'_>) {
    let length = text.chars().count();
    if length > most {
        let message = format!("the text has {length} characters; at most {most} fit");
        faults.add(path, message);
    }
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\r');
    if text.chars().any(control) {
        faults.add(path, "the text has an invisible control character");
    }
    if text.trim().is_empty() {
        faults.add(path, "the text is blank");
    }
}

fn check_observation(slug: &Slug, observation: &Observation, today: Date, faults: &mut Faults<'_>) {
    if !slug.as_str().starts_with(observation.indicator.as_str()) {
        faults.add(
            "indicator",
            "the observation's slug begins with its indicator's",
        );
    }
    not_in_future("period", Some(observation.period), today, faults);
    not_in_future("published", observation.published, today, faults);
    if observation.value.is_none() && observation.status.is_none() && observation.note.is_none() {
        faults.add(
            "value",
            "an observation has a value, or a status or note that says what was found",
        );
    }
    let ordered = |low: Option<crate::Figure>, high: Option<crate::Figure>| {
        low.zip(high).is_none_or(|(low, high)| low <= high)
    };
    if !ordered(observation.lower, observation.value)
        || !ordered(observation.value, observation.upper)
        || !ordered(observation.lower, observation.upper)
    {
        faults.add("lower", "the value lies outside its interval");
    }
}
