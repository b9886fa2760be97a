//! Published sources as datasets: where a file comes from, how it is read, and what it must hold.
//!
//! The words follow DCAT for the catalogue and CSVW for the columns. Retrieved copies (vintages)
//! are not records: they belong to the evidence, which can be rebuilt.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_default, record, words};
use crate::{amount::Figure, date::PartialDate, slug::Slug, source::Source};

record! {
    /// A published source: `datasets/*.toml`. Its slug, with hyphens read as underscores, is the
    /// name of its table in SQL.
    pub struct Dataset {
        required {
            /// Its title.
            title: String,
            /// Who publishes it.
            publisher: String,
            /// Its licence, as people name it: `Open Government Licence v3.0`.
            licence: String,
            /// How its file is laid out.
            format: Format,
            /// The columns wanted, in the order of the table.
            columns: Vec<Column>,
        }
        optional {
            /// What it holds, in plain words.
            description: Option<String>,
            /// The theme that it serves most.
            theme: Option<Slug>,
            /// The line that its licence asks for wherever it is used.
            attribution: Option<String>,
            /// Where the file is fetched from.
            address: Option<String>,
            /// What the file is called where it is handed over or found in a folder: a name in which
            /// `*` stands for anything.
            file: Option<String>,
            /// The file inside a ZIP, with `*` for anything.
            inside: Option<String>,
            /// The sheet of a workbook, the first where left out; or the layer of a TopoJSON file, `*` for
            /// every one.
            sheet: Option<String>,
            /// Lines before the row of headings that are no data; the row is found by the names of
            /// the columns where left out.
            skip: Option<u32>,
            /// Columns that stand side by side in the file and become rows.
            unpivot: Option<Unpivot>,
            /// Rows to keep: those with one of the values wanted in every column named.
            keep: Vec<Keep>,
            /// The column that holds the area's code.
            area: Option<String>,
            /// The column that holds the period.
            period: Option<String>,
            /// The columns that tell one row from another.
            key: Vec<String>,
            /// The year of the boundaries on which its areas stand.
            boundaries: Option<u16>,
            /// What the site itself takes from it, by columns of set names.
            serves: Option<Service>,
            /// Whether a release holds only its own periods, so that the table is all vintages
            /// together; of two with the same key the later one counts.
            accumulates: bool,
            /// The fewest rows that a sound file has.
            fewest_rows: Option<u64>,
            /// By how many per cent the number of rows may change from one vintage to the next; 20
            /// where left out.
            rows_may_change: Option<u8>,
            /// How often it is published.
            cadence: Option<Cadence>,
            /// When the next release is expected.
            next_release: Option<PartialDate>,
            /// What to know before using it.
            caveats: Vec<String>,
            /// Earlier slugs.
            was: Vec<Slug>,
            /// Sources.
            sources: Vec<Source>,
        }
    }
}

words! {
    /// How a published file is laid out. Any of them may stand inside a ZIP.
    pub enum Format {
        /// Text with a separator; its encoding and separator are found out.
        Csv = "csv" / "CSV",
        /// An Excel workbook.
        Xlsx = "xlsx" / "Excel workbook",
        /// A spreadsheet in the open standard.
        Ods = "ods" / "OpenDocument spreadsheet",
        /// JSON-stat 2.0.
        JsonStat = "json-stat" / "JSON-stat",
        /// A CSV file beside its metadata.
        Csvw = "csvw" / "CSV on the Web",
        /// Boundaries with a ring for each area.
        GeoJson = "geojson" / "GeoJSON",
        /// Boundaries in which neighbours share their lines.
        TopoJson = "topojson" / "TopoJSON",
        /// Parquet.
        Parquet = "parquet" / "Parquet",
    }
}

words! {
    /// What the site itself takes from a dataset.
    pub enum Service {
        /// Every area of the kinds that it has: the column of `area`, `name`; where there are, `level`,
        /// `parent`, `start` and `end`.
        Areas = "areas" / "register of areas",
        /// Which areas took the place of which: `old`, `new` and the column of `period`.
        AreaChanges = "area-changes" / "changes of areas",
        /// Names of small areas: the column of `area`, and `name`. Others of their kind may be.
        AreaNames = "area-names" / "names of areas",
        /// Where postcodes lie: `postcode`, `authority`; where there are, `ward`, `neighbourhood` and
        /// `ended`.
        Postcodes = "postcodes" / "postcodes",
        /// Which areas are most alike: the column of `area`, `neighbour` and `place`, 1 for the most.
        Neighbours = "neighbours" / "statistical neighbours",
    }
}

impl Service {
    /// The columns without which it cannot be, beside that of the area.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Areas | Self::AreaNames => &["name"],
            Self::AreaChanges => &["old", "new"],
            Self::Postcodes => &["postcode", "authority"],
            Self::Neighbours => &["neighbour", "place"],
        }
    }
}

words! {
    /// How often a source is published.
    pub enum Cadence {
        /// Every day or week.
        Weekly = "weekly" / "every week",
        /// Every month.
        Monthly = "monthly" / "every month",
        /// Four times a year.
        Quarterly = "quarterly" / "four times a year",
        /// Twice a year.
        HalfYearly = "half-yearly" / "twice a year",
        /// Once a year.
        Annual = "annual" / "once a year",
        /// Every few years.
        Rare = "rare" / "every few years",
        /// Not any more.
        Ended = "ended" / "no longer published",
    }
}

words! {
    /// What the values of a column are.
    pub enum ColumnType {
        /// Text.
        Text = "text" / "text",
        /// A whole number.
        Integer = "integer" / "whole number",
        /// A number.
        Decimal = "decimal" / "number",
        /// A day.
        Date = "date" / "date",
        /// A year, quarter, month or span of time, kept as published.
        Period = "period" / "period",
        /// The code of an area.
        Area = "area" / "area code",
        /// Yes or no.
        Boolean = "boolean" / "yes or no",
    }
}

/// A column of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name in the table: lower-case letters, digits and underscores.
    #[schemars(extend("pattern" = r"^[a-z][a-z0-9_]*$"))]
    pub name: String,
    /// The headings that it has or had in the file; its own name where left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub headings: Vec<String>,
    /// What its values are.
    #[serde(rename = "type")]
    pub holds: ColumnType,
    /// What it means, in plain words.
    #[serde(default, skip_serializing_if = "is_default")]
    pub meaning: Option<String>,
    /// Its unit.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unit: Option<String>,
    /// Whether every row must have a value.
    #[serde(default, skip_serializing_if = "is_default")]
    pub required: bool,
    /// Whether the file may lack the column: it is empty then.
    #[serde(default, skip_serializing_if = "is_default")]
    pub may_be_missing: bool,
    /// The least value.
    #[serde(default, skip_serializing_if = "is_default")]
    pub least: Option<Figure>,
    /// The greatest value.
    #[serde(default, skip_serializing_if = "is_default")]
    pub most: Option<Figure>,
    /// The values that it may have.
    #[serde(default, skip_serializing_if = "is_default")]
    pub values: Vec<String>,
    /// Whether signs for a missing value, such as `[x]`, are kept in a column of their own, named
    /// like this one with `_marker` behind.
    #[serde(default, skip_serializing_if = "is_default")]
    pub markers: bool,
}

/// Values of a column of which a row must have one to be kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// The column's name in the table.
    pub column: String,
    /// The values wanted.
    pub values: Vec<String>,
}

/// Columns that stand side by side in the file, one for each period or breakdown, and become rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unpivot {
    /// The headings of those columns, with `*` for anything.
    pub headings: String,
    /// The column of the table that takes the heading.
    pub name: String,
    /// The column of the table that takes the value.
    pub value: String,
}

impl Dataset {
    /// Whether its table has a column.
    pub fn has_column(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name == name)
    }

    /// The name of a dataset's table in SQL.
    pub fn table_name(slug: &Slug) -> String {
        slug.as_str().replace(['-', '.'], "_")
    }
}
