//! Areas from a register to a page: which codes are known, what is not added up, where a postcode
//! lies, who is most alike.

use std::path::PathBuf;

use dfg_evidence::{
    Evidence,
    fetch::Allowed,
    postcode::Small,
    refresh::{Outcome, Refresher},
    shelf::Shelf,
};
use dfg_plan::{Plan, Record, Slug, evidence::Postcode, record};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::*;

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn record<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

struct House {
    folder: TempDir,
    evidence: Evidence,
    plan: Plan,
}

impl House {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let shelf = Shelf::open(folder.path().join("evidence")).unwrap();
        let mut house = Self {
            evidence: Evidence::open(shelf, engine()),
            folder,
            plan: Plan::default(),
        };
        for (key, name, code, level, earlier) in [
            ("region", "Region", "E47000014", "region", json!([])),
            (
                "gateshead",
                "Gateshead",
                "E08000037",
                "local-authority",
                json!([{"code": "E08000020", "until": 2012}]),
            ),
            (
                "sunderland",
                "Sunderland",
                "E08000024",
                "local-authority",
                json!([]),
            ),
        ] {
            let area =
                json!({"name": name, "code": code, "level": level, "earlier_codes": earlier});
            house.put(key, Record::Area(record::<record::Area>(area).into()));
        }
        house
    }

    fn put(&mut self, key: &str, record: Record) {
        self.plan.insert(slug(key), record);
    }

    /// Adds a dataset whose file goes by its name.
    fn add(&mut self, key: &str, columns: &[(&str, &str)], more: &Value) {
        let columns: Vec<Value> = columns
            .iter()
            .map(|(name, holds)| json!({"name": name, "type": holds}))
            .collect();
        let mut fields = json!({"file": format!("{key}.csv"), "rows_may_change": 100});
        let more = more.as_object().unwrap().clone();
        fields.as_object_mut().unwrap().extend(more);
        let dataset = dataset("csv", &json!(columns), &fields);
        self.put(key, Record::Dataset(dataset.into()));
    }

    fn refresh(&self, key: &str, text: &str) -> Outcome {
        let path = self.folder.path().join(format!("{key}.csv"));
        fs::write(&path, text).unwrap();
        self.take(key, path)
    }

    fn take(&self, key: &str, path: PathBuf) -> Outcome {
        let refresher = Refresher {
            shelf: self.evidence.shelf(),
            engine: self.evidence.engine(),
            allowed: Allowed::default(),
            areas: self.evidence.register(&self.plan).unwrap().codes(),
            now: now(),
        };
        refresher
            .take_files(&slug(key), &self.plan.datasets[key], &[path])
            .unwrap()
    }

    /// With a register of some areas and their changes.
    fn with_register() -> Self {
        let mut house = Self::new();
        house.add(
            "areas",
            &[
                ("code", "area"),
                ("name", "text"),
                ("start", "date"),
                ("end", "date"),
            ],
            &json!({"area": "code", "serves": "areas"}),
        );
        house.add(
            "changes",
            &[("old", "area"), ("new", "area"), ("year", "period")],
            &json!({"period": "year", "serves": "area-changes"}),
        );
        is_new(&house.refresh(
            "areas",
            "code,name,start,end\nE08000024,Sunderland,,\nE08000037,Gateshead,,\n\
             E08000016,Barnsley,,31/03/2025\nE08000038,Barnsley,01/04/2025,\nE47000014,North East,,\n",
        ));
        is_new(&house.refresh("changes", "old,new,year\nE08000016,E08000038,2025\n"));
        house
    }
}

fn now() -> Timestamp {
    Timestamp::from_second(1_764_000_000).unwrap()
}

fn is_new(outcome: &Outcome) {
    assert!(
        matches!(outcome, Outcome::New(new) if new.len() == 1),
        "{outcome:?}"
    );
}

const FIGURES: [(&str, &str); 5] = [
    ("area", "area"),
    ("period", "period"),
    ("value", "decimal"),
    ("people", "integer"),
    ("of", "integer"),
];

#[test]
fn a_file_with_the_code_of_no_area_is_refused_with_row_and_column() {
    let mut house = House::with_register();
    house.add("jobs", &FIGURES, &json!({"area": "area"}));
    let rows = |code: &str| {
        format!("area,period,value,people,of\nE08000024,2024,1,1,1\n{code},2024,1,1,1\n")
    };
    match house.refresh("jobs", &rows("E08000099")) {
        Outcome::Failed(failure) => assert_eq!(
            failure.lines(),
            ["row 3, area: “E08000099” is the code of no area that is known"]
        ),
        other => panic!("{other:?}"),
    }
    let rejected = house.evidence.shelf().rejected(&slug("jobs")).unwrap();
    assert!(fs::read_to_string(rejected).unwrap().contains("E08000099"));
    // A former code of the publisher's, one of the region's own, a kind that is not known.
    for code in ["E08000016", "E08000020", "E01008703"] {
        is_new(&house.refresh("jobs", &rows(code)));
    }
    // The register is not judged by what it was before.
    is_new(&house.refresh(
        "areas",
        "code,name,start,end\nE08000024,Sunderland,,\nE08000037,Gateshead,,\nE08000099,Newtown,,\n",
    ));
    is_new(&house.refresh("jobs", &rows("E08000099")));
}

#[test]
fn figures_on_different_boundaries_are_told_and_not_added_up() {
    let mut house = House::with_register();
    let barnsleys = json!(["E08000016", "E08000038"]);
    house.add(
        "jobs",
        &FIGURES,
        &json!({"area": "area", "boundaries": 2024}),
    );
    house.add(
        "pay",
        &FIGURES,
        &json!({"area": "area", "boundaries": 2025}),
    );
    for key in ["jobs", "pay"] {
        is_new(&house.refresh(
            key,
            "area,period,value,people,of\nE08000024,2024,50,50,100\nE08000037,2024,60,60,100\n\
             E08000016,2024,70,70,100\nE08000038,2024,70,70,100\nE08000020,2024,60,60,100\n",
        ));
    }
    let indicator = |sql: &str, areas: &Value| {
        let value = json!({
            "title": "Jobs", "meaning": "m", "unit": "%", "direction": "up", "sql": sql,
            "comparators": [{"slug": "barnsley", "title": "Barnsley", "areas": areas}],
        });
        Record::Indicator(record::<record::Indicator>(value).into())
    };
    let select = "SELECT area, period, value, people AS numerator, \"of\" AS denominator FROM jobs";
    house.put("rate", indicator(select, &barnsleys));
    let joined =
        "SELECT jobs.area, jobs.period, pay.value FROM jobs JOIN pay ON jobs.area = pay.area";
    house.put("joined", indicator(joined, &json!(["E08000099"])));
    house.evidence.bring_up_to_date(&house.plan, now()).unwrap();
    let state = house.evidence.state();
    let rate = &state.standings["rate"];
    // The region's parts were there together: 110 of 200.
    let region = rate.region.as_ref().unwrap();
    assert_eq!(region.series.latest().unwrap().1.to_string(), "55");
    assert!(rate.comparators[0].series.readings().is_empty());
    assert_eq!(
        rate.caveats,
        [
            "Barnsley (E08000038) begins in 2025. It is no area on the boundaries of 2024, on which \
             figures stand.",
            "Barnsley has no figure. Barnsley (E08000038) took the place of Barnsley (E08000016): \
             their figures are not added up.",
        ]
    );
    assert_eq!(
        state.standings["joined"].caveats,
        [
            "The datasets stand on boundaries of different years: 2024 (A) and 2025 (A). Where a \
          boundary moved between them, they do not fit."
        ]
    );
    let checked = house.evidence.check(&house.plan, now()).unwrap();
    let rate = checked.iter().find(|one| one.indicator.as_str() == "rate");
    let warnings = &rate.unwrap().warnings;
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].starts_with("Gateshead (E08000020) ended with 2012; then came Gateshead"));
    assert_eq!(
        house.evidence.unknown_areas(&house.plan).unwrap(),
        [
            "indicators/joined.toml: comparator barnsley: “E08000099” is the code of no area that is known"
        ]
    );
    // With another sum, the indicator's own parts are refused too.
    let mixed = house.plan.areas["sunderland"].as_ref().clone();
    let mixed = record::Area {
        code: Some("E08000020".to_owned()),
        ..mixed
    };
    house.put("sunderland", Record::Area(mixed.into()));
    house.evidence.bring_up_to_date(&house.plan, now()).unwrap();
    let state = house.evidence.state();
    assert!(state.standings["rate"].region.is_none());
    let told = "Gateshead (E08000037) took the place of Gateshead (E08000020): their figures are not added up.";
    assert!(
        state.standings["rate"].caveats.contains(&told.to_owned()),
        "{:?}",
        state.standings["rate"].caveats
    );
}

#[test]
fn codes_that_sql_makes_up_are_a_fault_of_the_indicator() {
    let mut house = House::with_register();
    house.add("jobs", &FIGURES, &json!({"area": "area"}));
    is_new(&house.refresh(
        "jobs",
        "area,period,value,people,of\nE08000024,2024,50,50,100\n",
    ));
    let value = json!({
        "title": "Jobs", "meaning": "m", "unit": "%", "direction": "up",
        "sql": "SELECT 'E08000098' AS area, period, value FROM jobs",
    });
    house.put(
        "rate",
        Record::Indicator(record::<record::Indicator>(value).into()),
    );
    let checked = house.evidence.check(&house.plan, now()).unwrap();
    assert_eq!(
        checked[0].outcome,
        Err("“E08000098” is the code of no area that is known".to_owned())
    );
}

#[test]
fn a_postcode_and_the_neighbours_of_an_area_are_found_without_the_engine() {
    let mut house = House::with_register();
    house.add(
        "postcodes",
        &[
            ("postcode", "text"),
            ("authority", "area"),
            ("ward", "area"),
            ("ended", "text"),
        ],
        &json!({"serves": "postcodes"}),
    );
    house.add(
        "wards",
        &[("area", "area"), ("name", "text")],
        &json!({"area": "area", "serves": "area-names"}),
    );
    house.add(
        "alike",
        &[
            ("area", "area"),
            ("place", "integer"),
            ("neighbour", "area"),
        ],
        &json!({"area": "area", "serves": "neighbours"}),
    );
    is_new(&house.refresh(
        "postcodes",
        "postcode,authority,ward,ended\nSR1 1AE,E08000024,E05001158,\nNE8 1AA,E08000037,,200105\n\
         S70 1AA,E08000038,,\n",
    ));
    is_new(&house.refresh(
        "wards",
        "area,name\nE05001158,Hendon\nE05009999,Elsewhere\n",
    ));
    let row = |place: u32| {
        let neighbour = if place.is_multiple_of(2) { 16 } else { 37 };
        format!("E08000024,{place},E080000{neighbour}\n")
    };
    let rows: String = (1..=12).rev().map(row).collect();
    let alike = format!("area,place,neighbour\n{rows}");
    is_new(&house.refresh("alike", &alike));
    house.evidence.bring_up_to_date(&house.plan, now()).unwrap();
    // Whoever comes next needs no engine.
    let shelf = Shelf::open(house.folder.path().join("evidence")).unwrap();
    let later = Evidence::open(shelf, Engine::at("/nowhere/dfg-engine"));
    later.show_kept(&house.plan, now()).unwrap();
    let state = later.state();
    let find = |text| state.postcodes.find(&Postcode::parse(text).unwrap());
    let found = find("sr11ae").unwrap();
    assert_eq!(found.authority, "E08000024");
    let hendon = Small {
        code: "E05001158",
        name: Some("Hendon"),
    };
    assert_eq!((found.ward, found.neighbourhood), (Some(hendon), None));
    assert!(find("NE8 1AA").unwrap().ended.is_some());
    assert_eq!(find("S70 1AA"), None, "another region's");
    let alike = state.neighbours.of("E08000024");
    assert_eq!(alike.len(), 10);
    assert_eq!(alike[..2], ["E08000037", "E08000016"]);
    assert_eq!(state.register.valid_in("E08000020", 2012), Some(true));
}

/// The publishers' files, where they are here.
fn shared() -> Option<PathBuf> {
    let file = std::env::var("DFG_SHARED_DATA").map_or_else(
        |_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    file.is_dir().then_some(file)
}

#[test]
fn the_publishers_register_is_read_from_every_layer() {
    let Some(shared) = shared() else {
        println!("1 test did not run: no shared data");
        return;
    };
    let mut house = House::new();
    let columns = json!([
        {"name": "area", "headings": ["areacd"], "type": "area", "required": true},
        {"name": "name", "headings": ["areanm"], "type": "text"},
        {"name": "level", "headings": ["layer"], "type": "text", "required": true},
        {"name": "start", "type": "integer"}, {"name": "end", "type": "integer"},
    ]);
    let more = json!({"file": "els-topo-2026.json", "sheet": "*", "area": "area", "key": ["area", "level"], "serves": "areas"});
    let areas = dataset("topojson", &columns, &more);
    house.put("areas", Record::Dataset(areas.into()));
    is_new(&house.take("areas", shared.join("areas/els-topo-2026.json")));
    let columns = json!([
        {"name": "old", "headings": ["oldcd"], "type": "area"},
        {"name": "new", "headings": ["newcd"], "type": "area"},
        {"name": "start", "type": "period"},
    ]);
    let more =
        json!({"file": "la-changes-2014-2025.csv", "period": "start", "serves": "area-changes"});
    let changes = dataset("csv", &columns, &more);
    house.put("changes", Record::Dataset(changes.into()));
    is_new(&house.take("changes", shared.join("areas/la-changes-2014-2025.csv")));
    let register = house.evidence.register(&house.plan).unwrap();
    assert_eq!(register.codes().len(), 475, "and one that was earlier");
    for (code, year, valid) in [
        ("E07000026", 2022, true),
        ("E07000026", 2023, false),
        ("E06000063", 2022, false),
        ("E08000016", 2024, true),
        ("E08000038", 2024, false),
        ("E08000020", 2012, true),
        ("E08000037", 2012, false),
        ("E47000014", 2023, false),
        ("E47000014", 2024, true),
    ] {
        assert_eq!(register.valid_in(code, year), Some(valid), "{code} {year}");
    }
    let level = |code| register.get(code).unwrap().level.clone().unwrap();
    assert_eq!(level("E12000001"), "rgn");
    let successors: Vec<&str> = register.successors("E07000190").collect();
    assert_eq!(successors, ["E07000246"]);
    assert!(register.comes_after("E06000066", "E07000190"));
    assert_eq!(register.predecessors("E47000014").count(), 2);
    // An authority that joined a combined authority is still there.
    assert_eq!(register.successors("E08000024").count(), 0);
}
