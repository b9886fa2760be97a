//! The columns of the tables in a region folder, and what each holds.
//!
//! They follow from the record types: a column a field, lists joined with `;`, and sources spread
//! over columns of their own.

use dfg_plan::{Kind, record::field_names};
use serde_json::{Map, Value, json};

use crate::schema::{checker, part_schema};

/// The parts of a source that have a column.
pub(crate) const SOURCE_PARTS: [&str; 5] = ["title", "publisher", "url", "date", "note"];
/// The parts of a source that a new table has columns for from the start.
const USUAL_PARTS: [&str; 3] = ["title", "url", "date"];
/// The most sources of one row.
const MAX_SOURCES: usize = 99;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// The record's slug.
    Slug,
    /// A field with a free text.
    Text(&'static str),
    /// A field with a value of a certain form, such as a slug or a date.
    Word(&'static str),
    /// A field with a list.
    Many(&'static str),
    /// A part of a source; the first source has the number 0.
    Source(usize, &'static str),
}

/// The table that holds a kind of record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    pub kind: Kind,
}

/// The table of a kind, where it has one.
pub(crate) fn table_of(kind: Kind) -> Option<Table> {
    let has_table = matches!(
        kind,
        Kind::Organisation | Kind::Relationship | Kind::Milestone | Kind::Observation
    );
    has_table.then_some(Table { kind })
}

impl Table {
    /// Whether a row's slug is made from its other cells.
    pub fn derives_slug(self) -> bool {
        matches!(self.kind, Kind::Relationship | Kind::Observation)
    }

    /// The fields that have a column each.
    fn fields(self) -> impl Iterator<Item = &'static str> {
        // The indicator of an observation is the name of its file.
        field_names(self.kind)
            .iter()
            .copied()
            .filter(move |field| *field != "sources")
            .filter(move |field| self.kind != Kind::Observation || *field != "indicator")
    }

    fn holds_field(self, field: &'static str) -> Holds {
        let schema = part_schema(&checker(self.kind).schema, field);
        let schema = schema.unwrap_or(&Value::Null);
        let has_form = ["format", "enum", "pattern"]
            .iter()
            .any(|keyword| schema.get(keyword).is_some());
        match schema.get("type").and_then(Value::as_str) {
            Some("array") => Holds::Many(field),
            _ if has_form => Holds::Word(field),
            _ => Holds::Text(field),
        }
    }

    /// What the column of a name holds.
    pub fn holds(self, name: &str) -> Option<Holds> {
        if name == "slug" {
            return Some(Holds::Slug);
        }
        if let Some(field) = self.fields().find(|field| *field == name) {
            return Some(self.holds_field(field));
        }
        let rest = name.strip_prefix("source_")?;
        let (number, part) = match rest.split_once('_') {
            Some((number, part)) => (number.parse().ok()?, part),
            None => (1, rest),
        };
        let part = SOURCE_PARTS.iter().find(|known| **known == part)?;
        // Only one spelling of each: `source_title`, then `source_2_title`.
        let holds = Holds::Source(usize::checked_sub(number, 1)?, part);
        (number <= MAX_SOURCES && column_name(holds) == name).then_some(holds)
    }

    /// The columns of a new table, in order.
    pub fn usual_columns(self) -> Vec<Holds> {
        let slug = (!self.derives_slug()).then_some(Holds::Slug);
        slug.into_iter()
            .chain(self.fields().map(|field| self.holds_field(field)))
            .chain(USUAL_PARTS.map(|part| Holds::Source(0, part)))
            .collect()
    }

    /// Every column there may be, for a single source.
    pub fn known_columns(self) -> Vec<Holds> {
        std::iter::once(Holds::Slug)
            .chain(self.fields().map(|field| self.holds_field(field)))
            .chain(SOURCE_PARTS.map(|part| Holds::Source(0, part)))
            .collect()
    }

    /// The columns without which no row can be read.
    pub fn required_columns(self) -> Vec<String> {
        let required = checker(self.kind).schema.get("required");
        let required = required.and_then(Value::as_array).into_iter().flatten();
        let required: Vec<&str> = required.filter_map(Value::as_str).collect();
        let slug = (!self.derives_slug()).then(|| "slug".to_owned());
        let fields = self.fields().filter(|field| required.contains(field));
        slug.into_iter().chain(fields.map(str::to_owned)).collect()
    }
}

/// The name of a column.
pub(crate) fn column_name(holds: Holds) -> String {
    match holds {
        Holds::Slug => "slug".to_owned(),
        Holds::Text(field) | Holds::Word(field) | Holds::Many(field) => field.to_owned(),
        Holds::Source(0, part) => format!("source_{part}"),
        Holds::Source(number, part) => format!("source_{}_{part}", number + 1),
    }
}

/// The schema of a row as texts by column, made from the schema of its record.
pub(crate) fn row_schema(table: Table, record: &Value) -> Value {
    let mut properties = Map::new();
    for holds in table.known_columns() {
        let schema = match holds {
            Holds::Slug => {
                let made = match table.kind {
                    Kind::Relationship => "; without it, `from.kind.to`",
                    Kind::Observation => {
                        "; without it, `indicator.period`, then the area, the measure and the date \
                         of publication where the row gives them"
                    }
                    _ => "",
                };
                json!({
                    "type": "string", "format": "slug",
                    "description": format!("The record's slug{made}."),
                })
            }
            Holds::Text(field) | Holds::Word(field) => {
                part_schema(record, field).cloned().unwrap_or_default()
            }
            Holds::Many(field) => {
                let about = part_schema(record, field)
                    .and_then(|schema| schema.get("description")?.as_str());
                let about = about.unwrap_or_default().trim_end_matches('.');
                json!({ "type": "string", "description": format!("{about}; joined with `;`.") })
            }
            Holds::Source(_, part) => {
                let source = part_schema(record, "sources").and_then(|list| part_schema(list, "0"));
                let part = source.and_then(|source| part_schema(source, part));
                part.cloned().unwrap_or_default()
            }
        };
        properties.insert(column_name(holds), schema);
    }
    json!({
        "type": "object",
        "description": record.get("description").cloned().unwrap_or_default(),
        "properties": properties,
        "patternProperties": {
            "^source_[1-9][0-9]?_(title|publisher|url|date|note)$": { "type": "string" },
        },
        "required": table.required_columns(),
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_the_format_says() {
        let names = |kind| -> Vec<String> {
            let columns = table_of(kind).unwrap().usual_columns();
            columns.into_iter().map(column_name).collect()
        };
        assert_eq!(
            names(Kind::Organisation).join(","),
            "slug,name,kind,size,area,themes,specialisms,website,was,source_title,source_url,\
             source_date"
        );
        assert_eq!(
            names(Kind::Relationship).join(","),
            "from,to,kind,about,source_title,source_url,source_date"
        );
        assert_eq!(
            names(Kind::Milestone).join(","),
            "slug,date,what,who,theme,activities,source_title,source_url,source_date"
        );
        assert_eq!(
            names(Kind::Observation).join(","),
            "period,area,measure,value,unit,lower,upper,status,published,note,source_title,\
             source_url,source_date"
        );
    }

    #[test]
    fn every_column_is_found_by_its_name() {
        for kind in Kind::ALL {
            let Some(table) = table_of(*kind) else {
                continue;
            };
            for holds in table.known_columns() {
                assert_eq!(table.holds(&column_name(holds)), Some(holds));
            }
            let second = Holds::Source(1, "url");
            assert_eq!(column_name(second), "source_2_url");
            assert_eq!(table.holds("source_2_url"), Some(second));
            for wrong in [
                "source_1_url",
                "source_0_url",
                "source_02_url",
                "source_2",
                "sources",
            ] {
                assert_eq!(table.holds(wrong), None, "{wrong}");
            }
        }
    }
}
