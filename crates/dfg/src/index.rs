//! `dfg evidence index`: an index as a table, with how it is made.

use anyhow::bail;
use dfg_evidence::{State, index::IndexStanding};
use dfg_plan::{
    Plan, Slug,
    evidence::composite::{
        Made,
        told::{method, shares, spell_rank, spell_score},
    },
    record::Indicator,
};
use serde_json::json;

use crate::{evidence::print_table, output};

/// Prints an index: its finding, its table, its weights, and one area's arithmetic.
pub fn show(
    plan: &Plan,
    state: &State,
    slug: &Slug,
    indicator: &Indicator,
    json: bool,
) -> anyhow::Result<()> {
    let Some(standing) = state.indices.get(slug) else {
        bail!("“{slug}” is an indicator, but no index: try `dfg evidence show {slug}`");
    };
    let made = match &standing.made {
        Ok(made) => made,
        Err(why) => bail!("“{slug}” has no scores. {why} Try `dfg evidence refresh`"),
    };
    if json {
        return output::json(&json!({
            "index": slug,
            "title": indicator.title,
            "headlines": standing.headlines,
            "made": made,
        }));
    }
    let name = |code: &str| standing.name(code);
    let digits = indicator.decimals.map_or(1, u32::from);
    output::line(format!("{} ({})", indicator.title, indicator.unit))?;
    output::line(made.finding(&standing.home, &name, digits))?;
    output::line("")?;
    print_table(&table(made, standing, digits))?;
    output::line("")?;
    for line in method(&made.of.definition) {
        output::line(line)?;
    }
    output::line("")?;
    print_table(&weights(made))?;
    output::line("")?;
    if let Some(middle) = made.example(&standing.home) {
        output::line(format!("{}, step by step:", name(middle.code)))?;
        for step in made.steps(plan, middle.unit) {
            output::line(format!("  {step}"))?;
        }
        output::line("")?;
    }
    output::line(made.moved_most(&name))?;
    for line in made.gaps(&name) {
        output::line(line)?;
    }
    if !standing.headlines.is_empty() {
        let names: Vec<&str> = standing.headlines.iter().map(Slug::as_str).collect();
        output::note(format!(
            "from the region’s own headline figures: {}",
            names.join(", ")
        ));
    }
    Ok(())
}

/// Each area with its rank, its score and the scores of the parts.
fn table(made: &Made, standing: &IndexStanding, digits: u32) -> Vec<Vec<String>> {
    let parts = made.scores.parts.get(1..).unwrap_or_default();
    let mut heading = vec!["rank".to_owned(), "area".to_owned(), "score".to_owned()];
    heading.extend(parts.iter().map(|part| part.slug.to_string()));
    let rows = made.ranked().into_iter().map(|one| {
        let mut row = vec![
            spell_rank(one.interval),
            standing.name(one.code),
            spell_score(one.score, digits),
        ];
        row.extend(parts.iter().map(|part| {
            let score = part.scores.get(one.unit).copied().flatten();
            score.map_or_else(String::new, |score| spell_score(score, digits))
        }));
        row
    });
    std::iter::once(heading).chain(rows).collect()
}

fn weights(made: &Made) -> Vec<Vec<String>> {
    let heading = ["part", "weight", "beside", "of the index"].map(str::to_owned);
    let rows = shares(&made.of.definition).into_iter().map(|share| {
        vec![
            format!("{}{}", "  ".repeat(share.level - 1), share.title),
            share.weight.to_string(),
            format!("{}%", spell_score(share.beside, 1)),
            format!("{}%", spell_score(share.whole, 1)),
        ]
    });
    std::iter::once(heading.to_vec()).chain(rows).collect()
}
