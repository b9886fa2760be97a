//! How an indicator stands: the region, its parts and its comparators, each with their figures and
//! what they mean.

use std::collections::BTreeMap;

use dfg_plan::{
    Plan, Slug,
    evidence::{
        Assessment, Beside, Gazetteer, Middle, Period, Ranking, Reading, Register, Revision,
        Series, SeriesSet, assess, from_parts, middle, rank_areas, take_together,
    },
    record::{AreaLevel, Indicator},
};

use crate::{
    figures::Figures,
    register::{Neighbours, caveats},
};

/// Where figures come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// Computed from datasets by the indicator's SQL.
    Computed,
    /// The headline figures that the region publishes itself.
    Published,
}

/// How an indicator stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Where the figures come from.
    pub origin: Origin,
    /// The region as a whole.
    pub region: Option<Place>,
    /// Its parts, in order of name.
    pub parts: Vec<Place>,
    /// What it is set beside.
    pub comparators: Vec<Comparison>,
    /// The region's parts in order of their latest common figure.
    pub ranking: Option<Ranking>,
    /// The latest figures by breakdown: the region's, or those of the first place beside it that has
    /// some.
    pub groups: Option<Groups>,
    /// What the latest vintage gives otherwise, for these areas.
    pub revisions: Vec<Revision>,
    /// The figures, with their lineage; none where they are published ones.
    pub figures: Option<Lineage>,
    /// What to know of the boundaries on which the figures stand.
    pub caveats: Vec<String>,
    /// Why nothing could be computed.
    pub fault: Option<String>,
}

/// The latest figures of a place by breakdown.
#[derive(Clone, Debug, PartialEq)]
pub struct Groups {
    /// The place's name in a sentence.
    pub place: String,
    /// Whether it is the region.
    pub of_region: bool,
    /// One reading for each breakdown.
    pub readings: Vec<Reading>,
}

/// From what figures were computed.
#[derive(Clone, Debug, PartialEq)]
pub struct Lineage {
    /// The datasets and their vintages.
    pub inputs: Vec<crate::figures::Input>,
    /// The engine.
    pub engine: String,
    /// When.
    pub computed: jiff::Timestamp,
    /// The hash of all that they depend on.
    pub input: String,
    /// The content hashes: vintages, then the SQL.
    pub hashes: Vec<String>,
}

/// An area with its figures.
#[derive(Clone, Debug)]
pub struct Place {
    /// The area's slug in the plan.
    pub slug: Slug,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its name in a sentence: `the North East`.
    pub spoken: String,
    /// Its figures.
    pub series: Series,
    /// How they were made, where they are not as published.
    pub made: Option<String>,
    /// The middle one of its statistical neighbours' values, at its own latest period.
    pub neighbours: Option<Middle>,
    /// What they mean.
    pub assessment: Assessment,
}

/// A comparator with its figures.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Its slug in the indicator.
    pub slug: Slug,
    /// What people read.
    pub title: String,
    /// Its figures.
    pub series: Series,
    /// How they were made.
    pub made: String,
    /// Its areas one by one, by code, where they are shown so.
    pub one_by_one: Vec<(String, Series)>,
}

/// The region's area and its parts, of those that have a code.
#[derive(Clone, Debug, Default)]
pub struct Areas {
    /// The region: slug, code, name.
    pub region: Option<(Slug, String, String)>,
    /// Its parts, in order of name.
    pub parts: Vec<(Slug, String, String)>,
    /// Names by code.
    pub names: BTreeMap<String, String>,
    /// Every area that is known.
    pub register: Register,
    /// The areas most alike to each.
    pub neighbours: Neighbours,
}

impl Areas {
    /// The areas of a plan.
    pub fn of(plan: &Plan) -> Self {
        let mut areas = Self::default();
        let of_level = |level| {
            let mut found: Vec<(Slug, String, String)> = plan
                .areas
                .iter()
                .filter(|(_, area)| area.level == Some(level))
                .filter_map(|(slug, area)| {
                    Some((slug.clone(), area.code.clone()?, area.name.clone()))
                })
                .collect();
            found.sort_by(|one, other| one.2.cmp(&other.2));
            found
        };
        areas.region = of_level(AreaLevel::Region).into_iter().next();
        areas.parts = of_level(AreaLevel::LocalAuthority);
        for area in plan.areas.values() {
            if let Some(code) = &area.code {
                areas.names.insert(code.clone(), area.name.clone());
            }
        }
        areas
    }

    /// The codes of the region and its parts.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        let all = self.region.iter().chain(&self.parts);
        all.map(|area| area.1.as_str())
    }

    /// Whether a code is the region's or one of its parts'.
    pub fn has(&self, code: &str) -> bool {
        let is = |area: &(Slug, String, String)| area.1 == code;
        self.region.iter().any(is) || self.parts.iter().any(is)
    }
}

/// How an indicator stands, from what its SQL gave or else from the region's published figures;
/// none where there is neither.
pub fn stand(
    plan: &Plan,
    areas: &Areas,
    slug: &Slug,
    figures: Option<&Figures>,
) -> Option<Standing> {
    let indicator = plan.indicators.get(slug)?;
    let computed = figures.filter(|figures| figures.readings.readings().next().is_some());
    let fault = figures.and_then(|figures| figures.fault.clone());
    let (origin, set) = match computed {
        Some(figures) => (Origin::Computed, figures.readings.clone()),
        None => (Origin::Published, published(plan, areas, slug, indicator)),
    };
    if set.readings().next().is_none() && fault.is_none() {
        return None;
    }
    let known = Gazetteer {
        names: &areas.names,
        register: &areas.register,
    };
    let comparators: Vec<Comparison> = indicator
        .comparators
        .iter()
        .map(|comparator| {
            let together = take_together(&set, comparator, None, known);
            let one = |code: &String| Some((code.clone(), set.get(code, None)?.clone()));
            Comparison {
                slug: comparator.slug.clone(),
                title: comparator.title.clone(),
                series: together.series,
                made: together.made,
                one_by_one: if comparator.one_by_one {
                    comparator.areas.iter().filter_map(one).collect()
                } else {
                    Vec::new()
                },
            }
        })
        .collect();
    let beside: Vec<Beside<'_>> = comparators
        .iter()
        .map(|one| Beside {
            slug: &one.slug,
            title: &one.title,
            series: &one.series,
        })
        .collect();
    let place = |(slug, code, name): &(Slug, String, String), series: Series, made| {
        let spoken = in_sentence(plan, slug, name);
        Place {
            slug: slug.clone(),
            code: code.clone(),
            assessment: assess(indicator, &spoken, &series, &beside),
            name: name.clone(),
            spoken,
            neighbours: series
                .latest()
                .and_then(|(latest, _)| middle(&set, areas.neighbours.of(code), &latest.period)),
            series,
            made,
        }
    };
    let parts: Vec<Place> = areas
        .parts
        .iter()
        .filter_map(|area| Some(place(area, set.get(&area.1, None)?.clone(), None)))
        .collect();
    let region = areas.region.as_ref().and_then(|area| {
        if let Some(series) = set.get(&area.1, None) {
            return Some(place(area, series.clone(), None));
        }
        let codes: Vec<String> = areas.parts.iter().map(|part| part.1.clone()).collect();
        let whole = from_parts(&set, &area.1, &codes, None, known);
        let made = whole.made;
        let is_made = !whole.series.readings().is_empty();
        is_made.then(|| place(area, whole.series, Some(made)))
    });
    let codes: Vec<String> = parts.iter().map(|part| part.code.clone()).collect();
    let ranking = indicator
        .direction
        .and_then(|direction| rank_areas(&set, &codes, None, direction));
    let revisions = computed.map_or_else(Vec::new, |figures| {
        let all = figures.revisions.iter();
        all.filter(|one| areas.has(&one.area)).cloned().collect()
    });
    Some(Standing {
        caveats: computed.map_or_else(Vec::new, |figures| {
            on_boundaries(plan, areas, indicator, figures)
        }),
        origin,
        region,
        parts,
        ranking,
        groups: groups(plan, areas, indicator, &set),
        comparators,
        revisions,
        figures: computed.map(|figures| Lineage {
            inputs: figures.inputs.clone(),
            engine: figures.engine.clone(),
            computed: figures.computed,
            input: figures.input.clone(),
            hashes: figures.lineage(),
        }),
        fault,
    })
}

/// The latest figures by breakdown, of the nearest place that has some.
fn groups(plan: &Plan, areas: &Areas, indicator: &Indicator, set: &SeriesSet) -> Option<Groups> {
    let region = areas.region.iter();
    let region = region.map(|(slug, code, name)| (in_sentence(plan, slug, name), code, true));
    let beside = indicator.comparators.iter().filter_map(|comparator| {
        match (comparator.areas.as_slice(), comparator.without.as_slice()) {
            ([code], []) => Some((comparator.title.clone(), code, false)),
            _ => None,
        }
    });
    region.chain(beside).find_map(|(place, code, of_region)| {
        let of_place = set
            .iter()
            .filter(|(area, breakdown, _)| breakdown.is_some() && *area == code.as_str());
        let latest = of_place.filter_map(|(.., series)| Some(series.latest()?.0.clone()));
        let readings: Vec<Reading> = latest.collect();
        let has_some = !readings.is_empty();
        has_some.then_some(Groups {
            place,
            of_region,
            readings,
        })
    })
}

/// What is to be said of the boundaries on which the figures stand that are shown.
fn on_boundaries(
    plan: &Plan,
    areas: &Areas,
    indicator: &Indicator,
    figures: &Figures,
) -> Vec<String> {
    let comparators = indicator.comparators.iter();
    let compared: Vec<(&str, Vec<&str>)> = comparators
        .map(|one| {
            let codes = one.areas.iter().chain(&one.without);
            (one.title.as_str(), codes.map(String::as_str).collect())
        })
        .collect();
    let shown = areas
        .codes()
        .chain(compared.iter().flat_map(|(_, codes)| codes.iter().copied()))
        .filter(|code| figures.readings.get(code, None).is_some());
    let mut lines = caveats(plan, &areas.register, &figures.inputs, shown);
    let clashes = compared.iter().filter_map(|(title, codes)| {
        let clash = areas.register.clash(codes.iter().copied())?;
        Some(format!("{title} has no figure. {clash}"))
    });
    lines.extend(clashes);
    let parts = areas.parts.iter().map(|part| part.1.as_str());
    lines.extend(areas.register.clash(parts));
    lines
}

/// An area's name in a sentence: the region's own has an article where it needs one.
fn in_sentence(plan: &Plan, slug: &Slug, name: &str) -> String {
    let is_region = plan
        .areas
        .get(slug)
        .is_some_and(|area| area.level == Some(AreaLevel::Region));
    match plan.region() {
        Some(region) if is_region => region.name.clone(),
        _ => name.to_owned(),
    }
}

/// The figures that the region publishes itself, as readings: of one period the last published.
fn published(plan: &Plan, areas: &Areas, slug: &Slug, indicator: &Indicator) -> SeriesSet {
    let mut latest: BTreeMap<(String, Period), (Option<dfg_plan::PartialDate>, Reading)> =
        BTreeMap::new();
    for observation in plan.observations.values() {
        let is_main = observation.indicator == *slug
            && observation
                .unit
                .as_ref()
                .is_none_or(|unit| *unit == indicator.unit)
            && (observation.measure.is_none() || observation.measure == indicator.measure);
        let code = match &observation.area {
            Some(area) => plan.areas.get(area).and_then(|area| area.code.clone()),
            None => areas.region.as_ref().map(|area| area.1.clone()),
        };
        let (true, Some(code), Some(value)) = (is_main, code, observation.value) else {
            continue;
        };
        let period = Period::from(observation.period);
        let mut reading = Reading::empty(&code, period.clone(), None);
        reading.value = Some(value);
        reading.lower = observation.lower;
        reading.upper = observation.upper;
        reading.status.clone_from(&observation.status);
        let one = (observation.published, reading);
        latest
            .entry((code, period))
            .and_modify(|kept| {
                if one.0 >= kept.0 {
                    *kept = one.clone();
                }
            })
            .or_insert(one);
    }
    let readings = latest.into_values().map(|(_, reading)| reading);
    SeriesSet::new(readings.collect()).unwrap_or_default()
}
