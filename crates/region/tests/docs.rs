//! The page that describes the format is true: its examples are a region, and its tables of fields
//! are those of the code.

use std::collections::BTreeMap;

use dfg_region::{Folder, read, schemas};
use jiff::civil::date;
use serde_json::Value;

const PAGE: &str = include_str!("../../../docs/region-format.md");

/// The fenced examples that are marked with their file's name.
fn examples() -> BTreeMap<String, String> {
    let mut examples = BTreeMap::new();
    let mut open: Option<(String, String)> = None;
    for line in PAGE.lines() {
        match &mut open {
            None => {
                let file = line
                    .strip_prefix("```")
                    .and_then(|rest| rest.split_once("file="));
                open = file.map(|(_, path)| (path.to_owned(), String::new()));
            }
            Some(_) if line == "```" => {
                let (path, text) = open.take().unwrap_or_default();
                assert!(
                    examples.insert(path.clone(), text).is_none(),
                    "{path} stands twice"
                );
            }
            Some((_, text)) => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    examples
}

#[test]
fn the_examples_are_a_region_with_a_record_of_each_kind() {
    let plan = read(&Folder::from_texts(&examples()), date(2026, 11, 22));
    let plan = plan.unwrap_or_else(|faults| {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{}", told.join("\n"))
    });
    for kind in dfg_plan::Kind::ALL {
        assert!(
            plan.count(*kind) > 0,
            "the page has no example of a record of kind {kind}"
        );
    }
}

/// The rows of the first table below a heading: name, whether it is needed, and the words that it
/// may hold.
fn fields_below(heading: &str) -> Vec<(String, bool, Vec<String>)> {
    let mut fenced = false;
    let outside = PAGE.lines().filter(|line| {
        fenced ^= line.starts_with("```");
        !fenced
    });
    let mut lines = outside.skip_while(|line| *line != heading);
    assert_eq!(lines.next(), Some(heading));
    lines
        .take_while(|line| !line.starts_with('#'))
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<&str> = line
                .split(" |")
                .map(|cell| cell.trim_matches(['|', ' ']))
                .collect();
            let words = cells[2].strip_prefix("one of ").unwrap_or_default();
            let words = words.split(", ").filter(|word| !word.is_empty());
            (
                cells[0].trim_matches('`').to_owned(),
                cells[1] == "yes",
                words
                    .map(|word| word.trim_matches('`').to_owned())
                    .collect(),
            )
        })
        .collect()
}

fn fields_of(schema: &Value) -> Vec<(String, bool, Vec<String>)> {
    let words = |value: &Value| -> Vec<String> {
        let words = value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        words.map(str::to_owned).collect()
    };
    let required = words(&schema["required"]);
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .filter(|(name, _)| !name.starts_with("source_"))
        .map(|(name, field)| (name.clone(), required.contains(name), words(&field["enum"])))
        .collect()
}

#[test]
fn the_tables_name_every_field() {
    let schemas = schemas();
    let inside = |kind: &str, path: &str| {
        let found = schemas[kind].pointer(path);
        found.unwrap_or_else(|| panic!("{kind} has {path}"))
    };
    for (heading, schema) in [
        ("## Region", &schemas["region"]),
        (
            "### Signal rules",
            inside("region", "/properties/signal_rules"),
        ),
        ("### Area", inside("region", "/properties/area/items")),
        (
            "### Tile",
            inside("region", "/properties/area/items/properties/tile"),
        ),
        (
            "### Strength",
            inside("region", "/properties/strengths/items"),
        ),
        (
            "### Headline",
            inside("region", "/properties/headlines/items"),
        ),
        (
            "### Past edition",
            inside("region", "/properties/editions/items"),
        ),
        ("### Source", inside("region", "/properties/sources/items")),
        ("## Strategy", &schemas["strategy"]),
        ("## Theme", &schemas["theme"]),
        (
            "### Objective",
            inside("theme", "/properties/objective/items"),
        ),
        ("## Activity", &schemas["activity"]),
        (
            "### Ownership",
            inside("activity", "/properties/owners/items"),
        ),
        (
            "### Answer",
            inside("activity", "/properties/owners/items/properties/answer"),
        ),
        (
            "### Update",
            inside("activity", "/properties/updates/items"),
        ),
        ("### Event", inside("activity", "/properties/events/items")),
        ("## Signal", &schemas["signal"]),
        ("### Response", inside("signal", "/properties/response")),
        ("## Decision", &schemas["decision"]),
        ("## Group", &schemas["group"]),
        ("### Role", inside("group", "/properties/roles/items")),
        ("## Indicator", &schemas["indicator"]),
        (
            "### Baseline and target",
            inside("indicator", "/properties/baseline"),
        ),
        (
            "### Baseline and target",
            inside("indicator", "/properties/target"),
        ),
        ("### Index", inside("indicator", "/properties/index")),
        (
            "### Group of an index",
            inside("indicator", "/properties/index/properties/groups/items"),
        ),
        (
            "### Part of an index",
            inside("indicator", "/properties/index/properties/parts/items"),
        ),
        ("## Observation", &schemas["observation"]),
        ("## Organisation", &schemas["organisation"]),
        ("## Relationship", &schemas["relationship"]),
        ("## Milestone", &schemas["milestone"]),
    ] {
        let mut told = fields_below(heading);
        told.sort();
        assert_eq!(told, fields_of(schema), "{heading}");
    }
}
