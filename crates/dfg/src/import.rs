//! `dfg import`: what a region folder would change, grouped by theme; with `--apply`, one entry.

use anyhow::bail;
use dfg_plan::{
    Draft, Kind, Plan, Record, Slug,
    diff::{RecordDiff, WrittenDiff, diff_plans},
    story::{capitalise, describe, diff_words, plain, spell_field},
};
use serde::Serialize;

use crate::{clock, command::ImportOptions, ledger, output, region, settings::Settings};

#[derive(Serialize)]
struct Outcome<'a> {
    made_from: u64,
    changes: Vec<WrittenDiff<'a>>,
    files: usize,
    applied: Option<u64>,
}

/// Prints the plan of changes; commits it when told to.
pub async fn run(settings: &Settings, options: &ImportOptions) -> anyhow::Result<()> {
    let (_, today) = clock::now();
    let read = region::read(&options.dir, today, options.json)?;
    let store = settings.open_store().await?;
    let mut history = ledger::load(&store).await?;
    if history.head().seq == 0 {
        return first(&store, options, &read).await;
    }
    let made_from = options.made_from.unwrap_or(history.head().seq);
    if made_from > history.head().seq {
        bail!(
            "there is no entry {made_from}: the ledger ends with entry {}",
            history.head().seq
        );
    }
    let from = history.plan_at(made_from, jiff::civil::Date::MAX);
    let diffs = diff_plans(&from, &read.plan);
    let layout = store.layout(history.head().seq).await?;
    let (files, blobs) = ledger::changed_files(&read.folder, &layout);
    let file_count = files.len();
    if !options.json {
        print_plan(&from, &read.plan, &diffs)?;
    }
    let mut applied = None;
    if options.apply && (!diffs.is_empty() || !files.is_empty()) {
        let decision = options.decision.as_deref().map(Slug::parse).transpose()?;
        if let Some(decision) = decision
            .as_ref()
            .filter(|slug| !read.plan.decisions.contains_key(*slug))
        {
            bail!("there is no decision “{decision}” in the folder");
        }
        let draft = Draft {
            actor: "programme lead".to_owned(),
            reason: options.reason.clone().unwrap_or_default(),
            decision,
            reported: true,
            changes: dfg_plan::import::changes(&history, &from, &read.plan, today),
            files,
            ..Draft::default()
        };
        let sealed = ledger::commit(&store, &mut history, draft, made_from, &blobs).await?;
        applied = Some(sealed.entry.seq);
    }
    if options.json {
        let changes = diffs.iter().map(WrittenDiff::from).collect();
        return output::json(&Outcome {
            made_from,
            changes,
            files: file_count,
            applied,
        });
    }
    match applied {
        Some(entry) => output::line(format!(
            "Committed as entry {entry}. The public sees it with the next edition: dfg edition publish --title …"
        )),
        None if diffs.is_empty() && file_count == 0 => output::line("Nothing would change."),
        None if options.apply => Ok(()),
        None => output::line(
            "Nothing is changed yet: add --apply --reason TEXT to commit it as one entry.",
        ),
    }
}

/// Into an empty ledger: the dated past and the first edition, as `dfg serve` does it.
async fn first(
    store: &dfg_store::Store,
    options: &ImportOptions,
    read: &region::Read,
) -> anyhow::Result<()> {
    if !options.json {
        print_plan(
            &Plan::default(),
            &read.plan,
            &diff_plans(&Plan::default(), &read.plan),
        )?;
    }
    let mut applied = None;
    if options.apply {
        let (entries, blobs) = ledger::first_entries(read, "The first edition")?;
        store.append_all(&entries, &blobs).await?;
        applied = entries.last().map(|sealed| sealed.entry.seq);
    }
    if options.json {
        let diffs = diff_plans(&Plan::default(), &read.plan);
        let changes = diffs.iter().map(WrittenDiff::from).collect();
        let files = read.folder.files.len();
        return output::json(&Outcome {
            made_from: 0,
            changes,
            files,
            applied,
        });
    }
    match applied {
        Some(entry) => output::line(format!(
            "Committed as {entry} entries, one for each date, and published edition 1."
        )),
        None => output::line(
            "The ledger is empty: add --apply --reason TEXT to fill it and publish edition 1.",
        ),
    }
}

/// Prints the changes, grouped by theme.
fn print_plan(from: &Plan, to: &Plan, diffs: &[RecordDiff]) -> anyhow::Result<()> {
    for (heading, group) in by_theme(to, diffs) {
        output::line(format!(
            "{heading}\n{}",
            "─".repeat(heading.chars().count())
        ))?;
        for diff in group {
            print_diff(from, to, diff)?;
        }
        output::line("")?;
    }
    let count = |word| diffs.iter().filter(|diff| diff.word() == word).count();
    output::line(format!(
        "{} added, {} changed, {} renamed, {} withdrawn.",
        count("added"),
        count("changed"),
        count("renamed"),
        count("withdrawn")
    ))
}

fn by_theme<'a>(plan: &Plan, diffs: &'a [RecordDiff]) -> Vec<(String, Vec<&'a RecordDiff>)> {
    let theme_of = |diff: &RecordDiff| match diff.record() {
        Record::Theme(_) => Some(diff.key.slug.clone()),
        record => record.theme().cloned(),
    };
    let mut groups: Vec<(String, Vec<&RecordDiff>)> = Vec::new();
    let mut ordered: Vec<(Option<u32>, Option<Slug>, &RecordDiff)> = diffs
        .iter()
        .map(|diff| {
            let slug = theme_of(diff);
            let order = slug
                .as_ref()
                .map(|slug| plan.themes.get(slug).map_or(0, |theme| theme.order));
            (order, slug, diff)
        })
        .collect();
    ordered.sort_by_key(|(order, slug, _)| (*order, slug.clone()));
    for (_, slug, diff) in ordered {
        let heading = slug.map_or_else(
            || "Strategy, figures and who takes part".to_owned(),
            |slug| {
                plan.themes
                    .get(&slug)
                    .map_or_else(|| slug.to_string(), |theme| theme.title.clone())
            },
        );
        match groups.last_mut().filter(|(last, _)| *last == heading) {
            Some((_, group)) => group.push(diff),
            None => groups.push((heading, vec![diff])),
        }
    }
    groups
}

fn print_diff(from: &Plan, to: &Plan, diff: &RecordDiff) -> anyhow::Result<()> {
    let mark = match diff.word() {
        "added" => '+',
        "withdrawn" => '−',
        _ => '~',
    };
    output::line(format!(
        "{mark} {} {}: {}",
        diff.word(),
        diff.key,
        diff.record().title()
    ))?;
    let kind: Kind = diff.key.kind;
    for change in diff.fields() {
        let name = capitalise(&spell_field(change.field));
        match (change.old.as_str(), change.new.as_str()) {
            (Some(old), Some(new)) if old.contains(' ') && new.contains(' ') => {
                output::line(format!("    {name}: {}", plain(&diff_words(old, new))))?;
            }
            _ => {
                output::line(format!(
                    "    {name}: {}",
                    describe(from, kind, change.field, &change.old)
                ))?;
                output::line(format!(
                    "    {}→ {}",
                    " ".repeat(name.chars().count()),
                    describe(to, kind, change.field, &change.new)
                ))?;
            }
        }
    }
    Ok(())
}
