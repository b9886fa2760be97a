//! Writes a table: rows that did not change keep their text, new ones follow at the end.

use std::collections::BTreeMap;

use dfg_plan::{Key, Record, slug::derive_slug};
use serde_json::{Map, Value};

use super::Records;
use crate::{
    column::{Holds, Table, column_name},
    diagnostic::Text,
    grid::{self, Row, join_list, write_cell},
    record::Found,
};

/// Renders a table anew.
pub(super) fn render(table: Table, records: &Records) -> String {
    let mut columns = table.usual_columns();
    let records: Vec<Cells> = records
        .iter()
        .map(|(key, record)| Cells::of(key, record))
        .collect();
    add_needed(table, &mut columns, &records);
    let mut text = header(&columns);
    text.push('\n');
    for record in &records {
        text.push_str(&record.row(&columns));
        text.push('\n');
    }
    text
}

/// Edits a table that says `found` to say `records`.
pub(super) fn edit(table: Table, records: &Records, found: &[Found], old: &str) -> String {
    let text = Text::new("", old);
    let grid = grid::read(&text);
    let mut rows = grid.rows.iter().peekable();
    let Some(first) = rows.next() else {
        return render(table, records);
    };
    let mut columns: Vec<Holds> = first
        .cells
        .iter()
        .filter_map(|cell| table.holds(&cell.text))
        .collect();
    let before: BTreeMap<usize, &Found> = found
        .iter()
        .map(|found| (found.spot.value.start, found))
        .collect();
    let known: BTreeMap<&Key, &Record> = found
        .iter()
        .map(|found| (&found.key, &found.record))
        .collect();
    let changed: Vec<Cells> = records
        .iter()
        .filter(|(key, record)| known.get(key) != Some(record))
        .map(|(key, record)| Cells::of(key, record))
        .collect();
    let width = columns.len();
    add_needed(table, &mut columns, &changed);
    let added = &columns[width..];

    let next_start = rows.peek().map_or(old.len(), |row| row.span.start);
    let after_header = &old[first.span.end..next_start];
    let line_end = if after_header.starts_with("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let mut written = old[..first.span.end].to_owned();
    for holds in added {
        written.push(',');
        written.push_str(&column_name(*holds));
    }
    written.push_str(after_header);
    while let Some(row) = rows.next() {
        let next_start = rows.peek().map_or(old.len(), |row| row.span.start);
        let Some(found) = before.get(&row.span.start) else {
            continue;
        };
        let Some(record) = records.get(&found.key) else {
            continue;
        };
        if *record == found.record {
            written.push_str(&old[row.span.clone()]);
            written.extend(added.iter().map(|_| ','));
        } else {
            let old_cells = Cells::of(&found.key, &found.record);
            let new_cells = Cells::of(&found.key, record);
            written.push_str(&edit_row(&columns, row, &old_cells, &new_cells, old));
        }
        written.push_str(&old[row.span.end..next_start]);
    }
    for record in changed
        .iter()
        .filter(|cells| !known.contains_key(cells.key))
    {
        if !written.ends_with('\n') {
            written.push_str(line_end);
        }
        written.push_str(&record.row(&columns));
        written.push_str(line_end);
    }
    written
}

/// A row in which only the cells that differ are written anew.
fn edit_row(
    columns: &[Holds],
    row: &Row<'_>,
    old_cells: &Cells<'_>,
    new_cells: &Cells<'_>,
    old: &str,
) -> String {
    let cells: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(index, holds)| {
            let value = new_cells.cell(*holds);
            match row.cells.get(index) {
                Some(cell) if value == old_cells.cell(*holds) => old[cell.span.clone()].to_owned(),
                _ => write_cell(&value),
            }
        })
        .collect();
    cells.join(",")
}

fn header(columns: &[Holds]) -> String {
    let names: Vec<String> = columns.iter().copied().map(column_name).collect();
    names.join(",")
}

/// Adds the columns that records need and a table does not have.
fn add_needed(table: Table, columns: &mut Vec<Holds>, records: &[Cells<'_>]) {
    let sources = records.iter().map(|record| record.sources.len()).max();
    let more = (1..sources.unwrap_or_default())
        .flat_map(|number| crate::column::SOURCE_PARTS.map(|part| Holds::Source(number, part)));
    for holds in table.known_columns().into_iter().chain(more) {
        let needed = match holds {
            Holds::Slug => records.iter().any(|record| record.has_own_slug(table)),
            holds => records.iter().any(|record| !record.cell(holds).is_empty()),
        };
        if needed && !columns.contains(&holds) {
            columns.push(holds);
        }
    }
}

/// A record as the texts of its cells.
struct Cells<'a> {
    key: &'a Key,
    fields: Map<String, Value>,
    sources: Vec<Value>,
}

impl<'a> Cells<'a> {
    fn of(key: &'a Key, record: &Record) -> Self {
        let mut fields = match record.to_value() {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        let sources = match fields.remove("sources") {
            Some(Value::Array(sources)) => sources,
            _ => Vec::new(),
        };
        Self {
            key,
            fields,
            sources,
        }
    }

    /// Whether the slug is another than the one made from the row.
    fn has_own_slug(&self, table: Table) -> bool {
        let made = derive_slug(table.kind, &self.fields);
        table.derives_slug() && made.as_deref() != Some(self.key.slug.as_str())
    }

    fn cell(&self, holds: Holds) -> String {
        let text =
            |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        match holds {
            Holds::Slug => {
                let table = crate::column::table_of(self.key.kind);
                let derived =
                    table.is_some_and(|table| table.derives_slug() && !self.has_own_slug(table));
                if derived {
                    String::new()
                } else {
                    self.key.slug.to_string()
                }
            }
            Holds::Text(field) | Holds::Word(field) => text(self.fields.get(field)),
            Holds::Many(field) => {
                let items = self.fields.get(field).and_then(Value::as_array);
                join_list(items.into_iter().flatten().filter_map(Value::as_str))
            }
            Holds::Source(number, part) => {
                text(self.sources.get(number).and_then(|source| source.get(part)))
            }
        }
    }

    fn row(&self, columns: &[Holds]) -> String {
        let cells: Vec<String> = columns
            .iter()
            .map(|holds| write_cell(&self.cell(*holds)))
            .collect();
        cells.join(",")
    }
}
