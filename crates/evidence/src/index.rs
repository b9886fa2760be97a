//! How an index stands: made from the kept figures of its indicators, anew only when they change.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use dfg_plan::{
    Plan, Slug,
    evidence::composite::{Made, gather, made::Figures as IndexFigures},
    record::Composite,
    review::draw::Draws,
};

use crate::{
    figures::Figures,
    hash,
    standing::{Areas, Origin, Standing},
};

/// The seed of the draws of weights: whoever has the figures can draw the same again.
const SEED: u64 = 1;

/// How an index stands.
#[derive(Clone, Debug)]
pub struct IndexStanding {
    /// The scores; or why there are none, in a sentence.
    pub made: Result<Made, String>,
    /// The codes of the region's own areas.
    pub home: Vec<String>,
    /// Names by code, of the areas that have one.
    pub names: BTreeMap<String, String>,
    /// Its indicators whose figures are the region's published headlines.
    pub headlines: Vec<Slug>,
    /// The hash of all that it is made of.
    input: String,
}

impl IndexStanding {
    /// An area's name; its code where no name is known.
    pub fn name(&self, code: &str) -> String {
        let name = self.names.get(code).map(String::as_str);
        name.unwrap_or(code).to_owned()
    }
}

/// From what indices are made.
pub(crate) struct Inputs<'a> {
    pub plan: &'a Plan,
    pub areas: &'a Areas,
    pub figures: &'a BTreeMap<Slug, Figures>,
    pub standings: &'a BTreeMap<Slug, Standing>,
}

/// How every index of a plan stands. One whose figures are as before stays as it was.
pub(crate) fn stand(
    inputs: &Inputs<'_>,
    before: &BTreeMap<Slug, Arc<IndexStanding>>,
) -> BTreeMap<Slug, Arc<IndexStanding>> {
    let indicators = inputs.plan.indicators.iter();
    let indices = indicators.filter_map(|(slug, one)| Some((slug, one.index.as_ref()?)));
    indices
        .map(|(slug, index)| (slug.clone(), one(inputs, slug, index, before.get(slug))))
        .collect()
}

fn one(
    inputs: &Inputs<'_>,
    slug: &Slug,
    index: &Composite,
    before: Option<&Arc<IndexStanding>>,
) -> Arc<IndexStanding> {
    let home: Vec<String> = inputs.areas.parts.iter().map(|one| one.1.clone()).collect();
    let figures = figures_of(inputs, index);
    let codes = compared(index, &home, &figures);
    let gathered = gather(inputs.plan, slug, index, &codes, &figures);
    let names = &inputs.areas.names;
    let of = gathered.as_ref().map_err(ToString::to_string);
    let headlines: Vec<Slug> = index
        .parts
        .iter()
        .map(|part| &part.indicator)
        .filter(|slug| {
            let standing = inputs.standings.get(*slug);
            standing.is_some_and(|standing| standing.origin == Origin::Published)
        })
        .cloned()
        .collect();
    let input = hash::of_value(&(of, &home, names, &headlines));
    if let Some(before) = before.filter(|before| before.input == input) {
        return Arc::clone(before);
    }
    let made = gathered.and_then(|gathered| gathered.work_out(Draws::seeded(SEED)));
    Arc::new(IndexStanding {
        made: made.map_err(|unmade| unmade.to_string()),
        home,
        names: names.clone(),
        headlines,
        input,
    })
}

/// The figures of the index's indicators: as computed, or the region's published ones.
fn figures_of<'a>(inputs: &'a Inputs<'_>, index: &Composite) -> IndexFigures<'a> {
    let of = |slug: &Slug| {
        let computed = inputs.figures.get(slug).into_iter();
        let computed = computed.flat_map(|figures| figures.readings.iter());
        let mut found: BTreeMap<String, _> = computed
            .filter(|(_, breakdown, _)| breakdown.is_none())
            .map(|(area, _, series)| (area.to_owned(), series))
            .collect();
        if found.is_empty() {
            let parts = inputs.standings.get(slug).into_iter();
            let parts = parts.flat_map(|standing| &standing.parts);
            found = parts.map(|one| (one.code.clone(), &one.series)).collect();
        }
        found
    };
    let parts = index.parts.iter().map(|part| &part.indicator);
    parts.map(|slug| (slug.clone(), of(slug))).collect()
}

/// The codes of the areas compared: the region's local authorities in order of name, or all whose
/// codes begin as the index says.
fn compared(index: &Composite, home: &[String], figures: &IndexFigures<'_>) -> Vec<String> {
    if index.areas.is_empty() {
        return home.to_vec();
    }
    let codes: BTreeSet<&String> = figures.values().flat_map(BTreeMap::keys).collect();
    let is_wanted = |code: &&&String| {
        let mut beginnings = index.areas.iter();
        beginnings.any(|beginning| code.starts_with(beginning.as_str()))
    };
    codes.iter().filter(is_wanted).copied().cloned().collect()
}
