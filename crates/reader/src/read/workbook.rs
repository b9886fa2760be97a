//! Sheets of Excel and OpenDocument workbooks.

use std::{fs::File, io::BufReader, path::Path};

use calamine::{Data, DataRef, DataType, Ods, Reader as _, Xlsx, open_workbook};
use csv::StringRecord;

use super::Sink;

/// The widest row that is read: no table of statistics is wider.
const WIDEST: usize = 4_096;

/// Reads a sheet of an Excel workbook, cell by cell: a lone cell far out costs nothing.
pub(super) fn read_xlsx(
    path: &Path,
    sheet: Option<&str>,
    sink: &mut dyn Sink,
) -> Result<(), String> {
    let broken = |cause: calamine::XlsxError| format!("the workbook cannot be read: {cause}");
    let mut book: Xlsx<BufReader<File>> = open_workbook(path).map_err(broken)?;
    let sheet = choose(book.sheet_names(), sheet)?;
    let mut cells = book.worksheet_cells_reader(&sheet).map_err(broken)?;
    let mut row = Row::default();
    while let Some(cell) = cells.next_cell().map_err(broken)? {
        let (number, column) = cell.get_position();
        if u64::from(number) + 1 != row.number {
            row.hand_over(sink)?;
            row.number = u64::from(number) + 1;
        }
        let text = match cell.get_value() {
            DataRef::SharedString(text) => (*text).to_owned(),
            other => text_of(other),
        };
        row.put(column, text)?;
    }
    row.hand_over(sink)
}

/// Reads a sheet of an OpenDocument spreadsheet.
pub(super) fn read_ods(
    path: &Path,
    sheet: Option<&str>,
    sink: &mut dyn Sink,
) -> Result<(), String> {
    let broken = |cause: calamine::OdsError| format!("the spreadsheet cannot be read: {cause}");
    let mut book: Ods<BufReader<File>> = open_workbook(path).map_err(broken)?;
    let sheet = choose(book.sheet_names(), sheet)?;
    let range = book.worksheet_range(&sheet).map_err(broken)?;
    let (top, left) = range.start().unwrap_or_default();
    for (number, cells) in (u64::from(top) + 1..).zip(range.rows()) {
        let mut row = Row {
            number,
            cells: Vec::new(),
        };
        for (column, cell) in (left..).zip(cells) {
            if !matches!(cell, Data::Empty) {
                row.put(column, text_of(cell))?;
            }
        }
        row.hand_over(sink)?;
    }
    Ok(())
}

fn choose(names: Vec<String>, wanted: Option<&str>) -> Result<String, String> {
    let Some(wanted) = wanted else {
        return names
            .into_iter()
            .next()
            .ok_or_else(|| "the workbook has no sheet".to_owned());
    };
    let is_wanted = |name: &&String| name.trim().eq_ignore_ascii_case(wanted.trim());
    match names.iter().find(is_wanted) {
        Some(name) => Ok(name.clone()),
        None => Err(format!(
            "the workbook has no sheet “{wanted}”; it has {}",
            names.join(", ")
        )),
    }
}

#[derive(Default)]
struct Row {
    number: u64,
    cells: Vec<String>,
}

impl Row {
    fn put(&mut self, column: u32, text: String) -> Result<(), String> {
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if text.is_empty() {
            return Ok(());
        }
        if column >= WIDEST {
            return Err(format!(
                "row {} has a cell in column {}; at most {WIDEST} columns are read",
                self.number,
                column.saturating_add(1)
            ));
        }
        if self.cells.len() <= column {
            self.cells.resize(column + 1, String::new());
        }
        self.cells[column] = text;
        Ok(())
    }

    fn hand_over(&mut self, sink: &mut dyn Sink) -> Result<(), String> {
        if self.cells.is_empty() {
            return Ok(());
        }
        let cells = std::mem::take(&mut self.cells);
        sink.row(self.number, &StringRecord::from(cells))
    }
}

/// A cell as text; dates as days, whole numbers without a point.
fn text_of(cell: &impl DataType) -> String {
    if cell.is_datetime() || cell.is_datetime_iso() {
        if let Some(date) = cell.get_datetime() {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            return format!("{year:04}-{month:02}-{day:02}");
        }
        if let Some(text) = cell.get_datetime_iso() {
            return text.split('T').next().unwrap_or(text).to_owned();
        }
    }
    if let Some(number) = cell.get_float() {
        return number.to_string();
    }
    if let Some(number) = cell.get_int() {
        return number.to_string();
    }
    if let Some(truth) = cell.get_bool() {
        return truth.to_string();
    }
    cell.get_string().unwrap_or_default().to_owned()
}
