//! What happened to an activity, in one word and one sentence.

use super::{Label, Piece, Teller, field};
use crate::{
    date::spell_date,
    diff::{RecordDiff, What},
    record::{Activity, EventKind, FieldChange, Part, Record, Stage},
    source::Source,
};

pub(super) fn tell(
    teller: &Teller<'_, '_>,
    diff: &RecordDiff,
    activity: &Activity,
) -> (Label, Vec<Piece>, Vec<Vec<Piece>>) {
    let link = Piece::Link(diff.key.clone(), activity.title.clone());
    match &diff.what {
        What::Added(_) => {
            let label = arrival(teller, activity);
            let words = if label == Label::Recorded {
                " is recorded for the first time"
            } else {
                " is new"
            };
            let mut sentence = vec![link, Piece::text(words)];
            sentence.extend(spell_team(teller, activity));
            sentence.push(Piece::text("."));
            (label, sentence, vec![vec![Piece::text(&activity.summary)]])
        }
        What::Withdrawn(_) => {
            let sentence = vec![
                Piece::text(&activity.title),
                Piece::text(" is no longer in the pipeline."),
            ];
            (Label::Withdrawn, sentence, Vec::new())
        }
        What::Changed {
            old: Record::Activity(old),
            fields,
            ..
        }
        | What::Renamed {
            old: Record::Activity(old),
            fields,
            ..
        } => {
            let (label, mut sentence) = change(old, activity, fields, link);
            let told = match label {
                Label::Slipped | Label::BroughtForward => "end",
                Label::Reworded | Label::Changed | Label::Renamed => "",
                _ => "stage",
            };
            let mut details = Vec::new();
            for change in fields.iter().filter(|change| change.field != told) {
                details.push(field::tell(
                    (teller.before, teller.after),
                    diff.key.kind,
                    change,
                ));
            }
            if label == Label::Finished
                && let Some(outcome) = activity.outcomes.first().or(activity.outputs.first())
            {
                sentence.push(Piece::text(format!(" {}.", outcome.trim_end_matches('.'))));
            }
            (label, sentence, details)
        }
        _ => (Label::Changed, vec![link], Vec::new()),
    }
}

/// What an activity that was not there before did in the time told: only a dated event says that
/// it began or ended; that a source states its stage does not.
fn arrival(teller: &Teller<'_, '_>, activity: &Activity) -> Label {
    let mut happened: Vec<_> = activity
        .events
        .iter()
        .filter(|event| !matches!(event.what, EventKind::Stated | EventKind::Milestone))
        .filter(|event| teller.is_within(Some(event.date)))
        .collect();
    happened.sort_by_key(|event| event.date);
    match happened.last().map(|event| event.what) {
        Some(EventKind::Started) => Label::Started,
        Some(EventKind::Completed) => Label::Finished,
        Some(EventKind::Paused) => Label::Paused,
        Some(EventKind::Stopped) => Label::Stopped,
        Some(_) => Label::New,
        None => Label::Recorded,
    }
}

fn change(
    old: &Activity,
    new: &Activity,
    fields: &[FieldChange],
    link: Piece,
) -> (Label, Vec<Piece>) {
    let text = Piece::text;
    if old.stage != new.stage {
        let stated = new
            .events
            .iter()
            .filter(|event| !old.events.contains(event));
        let only_stated = old.stage.is_none()
            && stated
                .clone()
                .all(|event| matches!(event.what, EventKind::Stated | EventKind::Milestone));
        let label = match new.stage {
            _ if only_stated => Label::Recorded,
            Some(Stage::Delivering) => Label::Started,
            Some(Stage::Completed) => Label::Finished,
            Some(Stage::Paused) => Label::Paused,
            Some(Stage::Stopped) => Label::Stopped,
            _ if old.stage.is_none() => Label::Recorded,
            _ => Label::Moved,
        };
        let sentence = match (old.stage, new.stage) {
            (Some(old), Some(new)) => {
                vec![link, text(format!(" moved from {old} to {new}."))]
            }
            (None, Some(new)) => vec![
                link,
                text(format!(
                    ": its stage is recorded for the first time, {new}."
                )),
            ],
            (_, None) => vec![
                link,
                text(": no source says any more where it stands.".to_owned()),
            ],
        };
        return (label, sentence);
    }
    if let (Some(before), Some(after)) = (old.end, new.end)
        && before != after
    {
        let label = if after > before {
            Label::Slipped
        } else {
            Label::BroughtForward
        };
        let sentence = vec![
            link,
            text(": its end moved from ".to_owned()),
            Piece::Removed(spell_date(before)),
            text(" to ".to_owned()),
            Piece::Inserted(spell_date(after)),
            text(".".to_owned()),
        ];
        return (label, sentence);
    }
    let reworded = fields.iter().any(field::is_text);
    let label = if reworded {
        Label::Reworded
    } else {
        Label::Changed
    };
    (label, vec![link, text(".".to_owned())])
}

/// Who leads it and what it costs: `: led by Newcastle University, £30 million`.
fn spell_team(teller: &Teller<'_, '_>, activity: &Activity) -> Option<Piece> {
    let leads: Vec<String> = activity
        .owners
        .iter()
        .filter(|owner| owner.part == Part::Leads)
        .filter_map(|owner| {
            owner.name.clone().or_else(|| {
                let slug = owner.organisation.as_ref()?;
                Some(field::name_of(
                    teller.after,
                    crate::record::Kind::Organisation,
                    slug.as_str(),
                ))
            })
        })
        .collect();
    let led = (!leads.is_empty()).then(|| format!("led by {}", super::join_and(&leads)));
    let money = activity.funding_pence.map(|pence| pence.to_string());
    let parts: Vec<String> = led.into_iter().chain(money).collect();
    (!parts.is_empty()).then(|| Piece::text(format!(": {}", parts.join(", "))))
}

/// The source of the newest event that the earlier version did not have.
pub(super) fn evidence(activity: &Activity, before: Option<&Record>) -> Option<Source> {
    let known = match before {
        Some(Record::Activity(before)) => before.events.as_slice(),
        _ => &[],
    };
    activity
        .events
        .iter()
        .filter(|event| !known.contains(event))
        .max_by_key(|event| event.date)
        .and_then(|event| event.source.clone())
        .or_else(|| activity.sources.first().cloned())
}
