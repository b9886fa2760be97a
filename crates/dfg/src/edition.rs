//! `dfg edition`: list, show, publish and compare.

use anyhow::{Context as _, bail};
use dfg_plan::{
    Draft, Edition, EditionId, History, PartialDate, Slug,
    history::EntryNote,
    spell_day,
    story::{self, Point, plain},
};
use serde::Serialize;

use crate::{clock, command::PublishOptions, ledger, output, settings::Settings};

#[derive(Serialize)]
struct Written<'a> {
    edition: EditionId,
    reconstructed: bool,
    title: &'a str,
    foreword: &'a str,
    as_of: String,
    through: u64,
    entry: u64,
    recorded_at: String,
    hash: String,
}

impl<'a> Written<'a> {
    fn new(edition: &'a Edition, note: &EntryNote) -> Self {
        Self {
            edition: edition.id,
            reconstructed: edition.id.is_reconstructed(),
            title: &edition.title,
            foreword: &edition.foreword,
            as_of: edition.as_of.to_string(),
            through: edition.through,
            entry: note.seq,
            recorded_at: note.recorded_at.to_string(),
            hash: note.hash.to_string(),
        }
    }
}

/// `dfg edition list`.
pub async fn list(settings: &Settings, json: bool) -> anyhow::Result<()> {
    let history = ledger::load(&settings.open_store().await?).await?;
    if json {
        let all: Vec<Written<'_>> = history
            .editions()
            .map(|(edition, note)| Written::new(edition, note))
            .collect();
        return output::json(&all);
    }
    for (edition, note) in history.editions() {
        output::line(format!(
            "{:<4} {:<18} {}  {}{}",
            edition.id.to_string(),
            spell_day(edition.as_of),
            note.hash.short(),
            edition.title,
            if edition.id.is_reconstructed() {
                " (reconstructed)"
            } else {
                ""
            }
        ))?;
    }
    Ok(())
}

/// `dfg edition show`.
pub async fn show(settings: &Settings, id: EditionId, json: bool) -> anyhow::Result<()> {
    let history = ledger::load(&settings.open_store().await?).await?;
    let (edition, note) = history
        .edition(id)
        .with_context(|| format!("there is no {}", id.words()))?;
    if json {
        return output::json(&Written::new(edition, note));
    }
    let plan = history.plan_at(edition.through, edition.as_of);
    output::line(format!(
        "{}: {}",
        story::capitalise(&id.words()),
        edition.title
    ))?;
    output::line(format!(
        "As of {}, with the entries up to {}.",
        spell_day(edition.as_of),
        edition.through
    ))?;
    output::line(format!(
        "Published as entry {} on {}.",
        note.seq, note.recorded_at
    ))?;
    output::line(format!("Hash {}.", note.hash))?;
    output::line(format!(
        "{} activities, {} organisations, {} signals.",
        plan.activities.len(),
        plan.organisations.len(),
        plan.signals.len()
    ))?;
    if edition.foreword.is_empty() {
        Ok(())
    } else {
        output::line(format!("\n{}", edition.foreword))
    }
}

/// `dfg edition publish`.
pub async fn publish(settings: &Settings, options: PublishOptions) -> anyhow::Result<()> {
    let store = settings.open_store().await?;
    let mut history = ledger::load(&store).await?;
    let head = history.head().seq;
    if head == 0 {
        bail!("the ledger is empty: import a region first");
    }
    if let Some((edition, note)) = history.latest_edition(None)
        && note.seq == head
    {
        bail!("nothing has changed since {}", edition.id.words());
    }
    let decision = options.decision.as_deref().map(Slug::parse).transpose()?;
    let (_, today) = clock::now();
    let id = history.next_edition();
    let draft = Draft {
        actor: "programme lead".to_owned(),
        reason: options.reason,
        decision,
        edition: Some(Edition {
            id,
            title: options.title,
            foreword: options.foreword,
            as_of: today,
            through: head,
        }),
        ..Draft::default()
    };
    let (now, _) = clock::now();
    let (sealed, next) = history.prepare(draft, head, now, today)?;
    store.append(&sealed, &[]).await.context("the edition was not published: something was appended meanwhile; look at it and publish again")?;
    history = next;
    let note = history
        .note(sealed.entry.seq)
        .context("the entry is missing")?;
    output::line(format!(
        "Published {} as entry {}, hash {}.",
        id.words(),
        note.seq,
        note.hash
    ))
}

/// `dfg edition diff`.
pub async fn diff(settings: &Settings, from: &str, to: &str, json: bool) -> anyhow::Result<()> {
    let history = ledger::load(&settings.open_store().await?).await?;
    let (from_point, from_words) = point(&history, from)?;
    let (to_point, to_words) = point(&history, to)?;
    let told = story::tell(&history, from_point, to_point);
    if json {
        return output::json(&told);
    }
    output::line(format!(
        "What changed from {from_words} to {to_words}\n{}",
        told.summary()
    ))?;
    for chapter in &told.chapters {
        output::line(format!(
            "\n{}\n{}",
            chapter.title,
            "─".repeat(chapter.title.chars().count())
        ))?;
        for item in &chapter.items {
            output::line(format!(
                "{:<16}{}",
                item.label.words(),
                plain(&item.sentence)
            ))?;
            for detail in &item.details {
                output::line(format!("{:<16}{}", "", plain(detail)))?;
            }
            for reason in &item.reasons {
                let by = reason
                    .by
                    .as_ref()
                    .map(|by| format!(" Decided by {by}."))
                    .unwrap_or_default();
                let entry = reason
                    .entry
                    .map(|entry| format!(" (entry {entry})"))
                    .unwrap_or_default();
                output::line(format!(
                    "{:<16}Why: {}.{by}{entry}",
                    "",
                    reason.text.trim_end_matches('.')
                ))?;
            }
        }
    }
    Ok(())
}

/// An edition, a date or `now`.
fn point(history: &History, text: &str) -> anyhow::Result<(Point, String)> {
    let through = history.head().seq;
    if text == "now" {
        let (_, today) = clock::now();
        return Ok((
            Point {
                through,
                as_of: today,
            },
            "now, also what is not published".to_owned(),
        ));
    }
    if let Ok(id) = text.parse::<EditionId>()
        && let Some((edition, _)) = history.edition(id)
    {
        let point = Point {
            through: edition.through,
            as_of: edition.as_of,
        };
        return Ok((point, id.words()));
    }
    let date = PartialDate::parse(text)
        .ok()
        .with_context(|| format!("“{text}” is neither an edition nor a date"))?
        .last();
    Ok((
        Point {
            through,
            as_of: date,
        },
        spell_day(date),
    ))
}
