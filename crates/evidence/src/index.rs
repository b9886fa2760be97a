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

#[cfg(test)]
mod tests {
    use dfg_plan::{
        evidence::{Period, Reading, SeriesSet, composite::told::spell_score},
        record::{Kind, Record},
    };
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::*;
    use crate::{Evidence, runner::Engine, shelf::Shelf};

    fn slug(text: &str) -> Slug {
        Slug::parse(text).unwrap()
    }

    fn observation(indicator: &str, area: &str, value: &str) -> (String, Value) {
        let value = json!({"indicator": indicator, "period": "2024", "area": area, "value": value});
        (format!("{indicator}.2024.{area}"), value)
    }

    /// Two places with headline figures, and an index of them.
    fn plan(areas: &[&str], observations: &[(String, Value)]) -> Plan {
        let area = |code: &str| json!({"name": code, "code": code, "level": "local-authority"});
        let indicator = |way: &str| json!({"title": way, "meaning": "m", "unit": "%", "direction": way, "sql": "SELECT 1"});
        let index = json!({"title": "Both", "meaning": "m", "unit": "points", "index": {
            "normalisation": "distance-to-target", "areas": areas, "parts": [
                {"indicator": "fast", "worst": "0", "best": "100"},
                {"indicator": "slow", "worst": "100", "best": "0"},
            ],
        }});
        let records = [
            ("north", Kind::Area, area("E08000001")),
            ("south", Kind::Area, area("E08000002")),
            ("fast", Kind::Indicator, indicator("up")),
            ("slow", Kind::Indicator, indicator("down")),
            ("both", Kind::Indicator, index),
        ];
        let records = records
            .into_iter()
            .map(|(name, kind, value)| (slug(name), Record::from_value(kind, value).unwrap()));
        let observations = observations.iter().map(|(name, value)| {
            let record = Record::from_value(Kind::Observation, value.clone());
            (slug(name), record.unwrap())
        });
        records.chain(observations).collect()
    }

    fn headlines(north: &str) -> Vec<(String, Value)> {
        vec![
            observation("fast", "north", north),
            observation("fast", "south", "60"),
            observation("slow", "north", "10"),
            observation("slow", "south", "20"),
        ]
    }

    fn shown(evidence: &Evidence, plan: &Plan) -> Arc<IndexStanding> {
        evidence.show_kept(plan, Timestamp::UNIX_EPOCH).unwrap();
        Arc::clone(&evidence.state().indices[&slug("both")])
    }

    fn scores(standing: &IndexStanding) -> Vec<(String, String)> {
        let ranked = standing.made.as_ref().unwrap().ranked().into_iter();
        ranked
            .map(|one| (one.code.to_owned(), spell_score(one.score, 1)))
            .collect()
    }

    #[test]
    fn an_index_is_made_without_an_engine_and_anew_only_when_its_figures_change() {
        let room = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(room.path().to_owned()).unwrap();
        let evidence = Evidence::open(shelf, Engine::at("/no/engine"));
        let first = shown(&evidence, &plan(&[], &headlines("80")));
        let expected = [
            ("E08000001".to_owned(), "85.0".to_owned()),
            ("E08000002".to_owned(), "70.0".to_owned()),
        ];
        assert_eq!(scores(&first), expected);
        assert_eq!(first.headlines, [slug("fast"), slug("slow")]);
        let again = shown(&evidence, &plan(&[], &headlines("80")));
        assert!(Arc::ptr_eq(&first, &again), "nothing changed");
        let other = shown(&evidence, &plan(&[], &headlines("20")));
        assert_eq!(scores(&other)[0].0, "E08000002", "the figures changed");
        let none = shown(&evidence, &plan(&[], &[]));
        assert_eq!(
            none.made.as_ref().unwrap_err(),
            "There are no figures for single areas of “up” yet."
        );
    }

    #[test]
    fn areas_are_compared_as_the_index_says() {
        let computed = |values: [&str; 4]| {
            let codes = ["E08000001", "E08000002", "E08000009", "W06000001"];
            let readings = codes.iter().zip(values).map(|(code, value)| Reading {
                value: dfg_plan::Figure::parse(value),
                ..Reading::empty(code, Period::parse("2024").unwrap(), None)
            });
            Figures {
                input: String::new(),
                sql: String::new(),
                engine: String::new(),
                inputs: Vec::new(),
                computed: Timestamp::UNIX_EPOCH,
                readings: SeriesSet::new(readings.collect()).unwrap(),
                revisions: Vec::new(),
                fault: None,
            }
        };
        let figures = BTreeMap::from([
            (slug("fast"), computed(["80", "60", "90", "99"])),
            (slug("slow"), computed(["10", "20", "0", "0"])),
        ]);
        let of = |beginnings: &[&str]| {
            let plan = plan(beginnings, &[]);
            let inputs = Inputs {
                plan: &plan,
                areas: &Areas::of(&plan),
                figures: &figures,
                standings: &BTreeMap::new(),
            };
            let standing = Arc::clone(&stand(&inputs, &BTreeMap::new())[&slug("both")]);
            let codes: Vec<String> = scores(&standing).into_iter().map(|one| one.0).collect();
            codes
        };
        assert_eq!(of(&[]), ["E08000001", "E08000002"]);
        assert_eq!(of(&["E08"]), ["E08000009", "E08000001", "E08000002"]);
        assert_eq!(
            of(&["E08", "W"]),
            ["W06000001", "E08000009", "E08000001", "E08000002"]
        );
    }
}
