//! Reads the rows of a table into records.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use dfg_plan::{Key, Kind, Record, Slug, rule::nearest, slug::derive_slug};
use serde_json::{Map, Value};

use crate::{
    check::Checked,
    column::{Holds, Table, column_name},
    diagnostic::{Diagnostic, MAX_FAULTS, Text},
    grid::{self, Cell, Row, split_list},
    record::{Found, Gaps},
    schema::checker,
    spot::{Spot, Written},
};

/// Reads a table. `indicator` is that of a file of observations.
pub(crate) fn read(
    table: Table,
    indicator: Option<&Slug>,
    text: &Text<'_>,
    faults: &mut Vec<Diagnostic>,
    gaps: &mut Gaps,
) -> Vec<Found> {
    let mut grid = grid::read(text);
    let misread = !grid.faults.is_empty();
    faults.append(&mut grid.faults);
    if misread {
        // A stray quote may have moved cells, so that no row is sure to be what it seems.
        gaps.kinds.insert(table.kind);
        if grid.cut_off {
            grid.rows.pop();
        }
    }
    let mut rows = grid.rows.iter();
    let Some(header) = rows.next() else {
        if !misread {
            let columns = table.usual_columns().into_iter().map(column_name);
            let columns = columns.collect::<Vec<_>>().join(",");
            let fault = text.fault(0, "the table has no header row");
            faults.push(fault.with_hint(columns));
        }
        return Vec::new();
    };
    let Some(columns) = read_header(table, header, text, faults) else {
        gaps.kinds.insert(table.kind);
        return Vec::new();
    };
    let reader = RowReader {
        table,
        indicator,
        text,
        columns: &columns,
    };
    let mut found = Vec::new();
    for row in rows {
        if faults.len() > MAX_FAULTS {
            gaps.kinds.insert(table.kind);
            break;
        }
        found.extend(reader.read(row, faults, gaps));
    }
    found
}

/// What each column holds, or nothing where rows cannot be read under this header.
pub(crate) fn read_header(
    table: Table,
    header: &Row<'_>,
    text: &Text<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Vec<Option<Holds>>> {
    let known: Vec<String> = table.known_columns().into_iter().map(column_name).collect();
    let mut columns = Vec::new();
    let mut seen = BTreeSet::new();
    let mut meant = BTreeSet::new();
    for cell in header.cells.iter().take(MAX_FAULTS) {
        let holds = table.holds(&cell.text);
        if holds.is_none() {
            let message = if cell.text.is_empty() {
                "a column has no name".to_owned()
            } else {
                format!("there is no column “{}”", cell.text)
            };
            let fault = text.fault(cell.span.start, message);
            let near = nearest(&cell.text.to_lowercase(), known.iter().map(String::as_str));
            meant.extend(near.map(str::to_owned));
            faults.push(match near {
                Some(near) => fault.with_hint(near),
                None => fault.with_hint(format!("one of {}", known.join(", "))),
            });
        } else if !seen.insert(cell.text.to_string()) {
            let message = format!("the column “{}” stands here twice", cell.text);
            faults.push(text.fault(cell.span.start, message));
        }
        columns.push(holds);
    }
    let missing: Vec<String> = table
        .required_columns()
        .into_iter()
        .filter(|name| !seen.contains(name))
        .collect();
    for name in missing.iter().filter(|name| !meant.contains(*name)) {
        let message = format!("the column “{name}” is missing");
        faults.push(text.fault(header.span.start, message));
    }
    missing.is_empty().then_some(columns)
}

struct RowReader<'a> {
    table: Table,
    indicator: Option<&'a Slug>,
    text: &'a Text<'a>,
    columns: &'a [Option<Holds>],
}

impl RowReader<'_> {
    fn read(&self, row: &Row<'_>, faults: &mut Vec<Diagnostic>, gaps: &mut Gaps) -> Option<Found> {
        let kind = self.table.kind;
        if row.cells.len() != self.columns.len() {
            faults.push(self.ragged(row));
            gaps.kinds.insert(kind);
            return None;
        }
        let mut fields = Fields::of(self.columns, row);
        if let (Kind::Observation, Some(indicator)) = (kind, self.indicator) {
            let indicator = indicator.as_str().into();
            fields.value.insert("indicator".to_owned(), indicator);
        }
        let (slug, slug_span) = match self.read_slug(&fields, row) {
            Ok(found) => found,
            Err(fault) => {
                faults.push(fault);
                gaps.kinds.insert(kind);
                (None, row.span.clone())
            }
        };
        fields.spot.add("slug", Spot::new(slug_span, Written::Text));
        let value = Value::Object(fields.value);
        let wrong = Checked {
            checker: checker(kind),
            value: &value,
            spot: &fields.spot,
            text: self.text,
            noun: kind.word(),
            is_row: true,
        }
        .faults();
        let key = Key::new(kind, slug?);
        if !wrong.is_empty() {
            faults.extend(wrong);
            gaps.keys.insert(key);
            return None;
        }
        match Record::from_value(kind, value) {
            Ok(record) => Some(Found {
                key,
                record,
                spot: fields.spot,
            }),
            Err(cause) => {
                faults.push(self.text.fault(row.span.start, cause.to_string()));
                gaps.keys.insert(key);
                None
            }
        }
    }

    fn ragged(&self, row: &Row<'_>) -> Diagnostic {
        let (found, wanted) = (row.cells.len(), self.columns.len());
        let at = match row.cells.get(wanted) {
            Some(extra) => extra.span.start,
            None => row.span.end,
        };
        let message = format!(
            "the row has {found} {}, but the header has {wanted}",
            if found == 1 { "cell" } else { "cells" }
        );
        let fault = self.text.fault(at, message);
        if found > wanted {
            fault.with_hint("a cell that holds a comma between quotes: \"a, b\"")
        } else {
            fault.with_hint("a comma for every cell, also for an empty one")
        }
    }

    /// The row's slug and where it stands; made from other cells where the table says so. None
    /// without a fault where those cells are missing, which is told of each of them.
    fn read_slug(
        &self,
        fields: &Fields,
        row: &Row<'_>,
    ) -> Result<(Option<Slug>, Range<usize>), Diagnostic> {
        if let Some((text, span)) = &fields.slug
            && !text.is_empty()
        {
            return match Slug::parse(text) {
                Ok(slug) => Ok((Some(slug), span.clone())),
                Err(cause) => {
                    let fault = self.text.fault(span.start, cause.to_string());
                    Err(match Slug::from_text(text) {
                        Some(slug) => fault.with_hint(slug.to_string()),
                        None => fault,
                    })
                }
            };
        }
        if !self.table.derives_slug() {
            let span = fields.slug.as_ref().map_or(&row.span, |(_, span)| span);
            let fault = self.text.fault(span.start, "the row has no slug");
            let title = ["name", "what"]
                .iter()
                .find_map(|field| fields.value.get(*field)?.as_str());
            return Err(match title.and_then(Slug::from_text) {
                Some(slug) => fault.with_hint(slug.to_string()),
                None => fault,
            });
        }
        let Some(made) = derive_slug(self.table.kind, &fields.value) else {
            return Ok((None, row.span.clone()));
        };
        match Slug::parse(&made) {
            Ok(slug) => Ok((Some(slug), row.span.clone())),
            // A cell that is no slug is told as such.
            Err(_) if made.len() <= Slug::MAX => Ok((None, row.span.clone())),
            Err(_) => Err(self.text.fault(
                row.span.start,
                "the slug made from this row is too long: give the row one in a column `slug`",
            )),
        }
    }
}

/// The cells of a row as the fields of a record.
struct Fields {
    value: Map<String, Value>,
    spot: Spot,
    slug: Option<(String, Range<usize>)>,
}

impl Fields {
    fn of(columns: &[Option<Holds>], row: &Row<'_>) -> Self {
        let mut fields = Self {
            value: Map::new(),
            spot: Spot::new(row.span.clone(), Written::Table),
            slug: None,
        };
        let mut sources: BTreeMap<usize, (Map<String, Value>, Spot)> = BTreeMap::new();
        for (holds, cell) in columns.iter().zip(&row.cells) {
            match holds {
                Some(Holds::Slug) => {
                    fields.slug = Some((cell.text.trim().to_owned(), cell.span.clone()));
                }
                Some(Holds::Text(field)) => fields.put(field, text_of(cell), cell),
                Some(Holds::Word(field)) => fields.put(field, word_of(cell), cell),
                Some(Holds::Many(field)) => fields.put_list(field, cell),
                Some(Holds::Source(number, part)) => {
                    let value = match *part {
                        "url" | "date" => word_of(cell),
                        _ => text_of(cell),
                    };
                    if let Some(value) = value {
                        let (source, spot) = sources.entry(*number).or_insert_with(|| {
                            (Map::new(), Spot::new(cell.span.clone(), Written::Table))
                        });
                        source.insert((*part).to_owned(), value);
                        spot.add(*part, spot_of(cell));
                    }
                }
                None => {}
            }
        }
        if let Some((_, first)) = sources.values().next() {
            let mut list = Spot::new(first.value.clone(), Written::List);
            let mut values = Vec::new();
            for (index, (source, spot)) in sources.into_values().enumerate() {
                list.add(index.to_string(), spot);
                values.push(Value::Object(source));
            }
            fields.value.insert("sources".to_owned(), values.into());
            fields.spot.add("sources", list);
        }
        fields
    }

    fn put(&mut self, field: &str, value: Option<Value>, cell: &Cell<'_>) {
        if let Some(value) = value {
            self.value.insert(field.to_owned(), value);
        }
        self.spot.add(field, spot_of(cell));
    }

    fn put_list(&mut self, field: &str, cell: &Cell<'_>) {
        let mut spot = spot_of(cell);
        spot.written = Written::List;
        let mut items = Vec::new();
        for (index, (item, range)) in split_list(&cell.text).into_iter().enumerate() {
            let range = cell.start + range.start..cell.start + range.end;
            spot.add(index.to_string(), Spot::new(range, Written::Text));
            items.push(Value::String(item));
        }
        if !items.is_empty() {
            self.value.insert(field.to_owned(), items.into());
        }
        self.spot.add(field, spot);
    }
}

fn spot_of(cell: &Cell<'_>) -> Spot {
    Spot::new(cell.start..cell.span.end.max(cell.start), Written::Text)
}

/// A cell's text as it is; none where it is blank.
pub(crate) fn text_of(cell: &Cell<'_>) -> Option<Value> {
    (!cell.text.trim().is_empty()).then(|| cell.text.as_ref().into())
}

/// A cell's text without the spaces around it; none where it is blank.
fn word_of(cell: &Cell<'_>) -> Option<Value> {
    let word = cell.text.trim();
    (!word.is_empty()).then(|| word.into())
}
