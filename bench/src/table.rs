//! The table of figures: each beside the limit or peer that it is held against.

use std::{fmt::Write as _, fs, io::Write as _, path::Path};

use anyhow::{Context as _, bail};

/// The marks between which a document carries the table.
const MARKS: (&str, &str) = ("<!-- figures: begin -->", "<!-- figures: end -->");

/// What a figure counts.
#[derive(Clone, Copy)]
pub enum Unit {
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Bytes, told in megabytes.
    Megabytes,
    /// Bytes, told in kilobytes.
    Kilobytes,
    /// Runs in a second, told as the seconds of a run.
    Runs,
    /// Pages per second.
    PagesPerSecond,
    /// Plain numbers.
    Count,
}

impl Unit {
    fn spell(self, value: f64) -> String {
        match self {
            Self::Milliseconds if value < 10.0 => format!("{value:.2} ms"),
            Self::Milliseconds => format!("{value:.0} ms"),
            Self::Seconds => format!("{value:.2} s"),
            Self::Megabytes => format!("{:.0} MB", value / 1e6),
            Self::Kilobytes => format!("{:.1} KB", value / 1e3),
            Self::Runs => format!("{:.2} s a run", 1.0 / value),
            Self::PagesPerSecond => format!("{value:.0} pages/s"),
            Self::Count => format!("{value:.0}"),
        }
    }
}

/// What a figure is held against.
pub enum Against {
    /// It must not exceed this.
    AtMost(f64),
    /// It must be this many times the peer's figure.
    Times {
        /// The peer.
        peer: &'static str,
        /// The peer's figure.
        theirs: f64,
        /// How many times at least.
        wanted: f64,
    },
    /// It stands beside a peer's figure; no limit is set.
    Beside {
        /// The peer.
        peer: &'static str,
        /// The peer's figure.
        theirs: f64,
    },
}

/// One figure.
pub struct Row {
    /// What was measured.
    pub what: String,
    /// What was found.
    pub found: f64,
    /// What it counts.
    pub unit: Unit,
    /// What it is held against.
    pub against: Against,
}

impl Row {
    /// A figure with an upper limit.
    pub fn limited(what: impl Into<String>, unit: Unit, found: f64, limit: f64) -> Self {
        Self {
            what: what.into(),
            found,
            unit,
            against: Against::AtMost(limit),
        }
    }

    fn ratio(&self) -> f64 {
        match self.against {
            Against::AtMost(limit) => self.found / limit,
            Against::Times { theirs, .. } | Against::Beside { theirs, .. } => self.found / theirs,
        }
    }

    /// Whether the limit is met; none where none is set. What is no number meets nothing.
    fn met(&self) -> Option<bool> {
        match self.against {
            Against::AtMost(limit) => Some(self.found <= limit),
            Against::Times { wanted, .. } => Some(self.ratio() >= wanted),
            Against::Beside { .. } => None,
        }
    }

    fn write(&self, text: &mut String) {
        let against = match &self.against {
            Against::AtMost(limit) => format!("at most {}", self.unit.spell(*limit)),
            Against::Times {
                peer,
                theirs,
                wanted,
            } => format!(
                "{peer}: {}; at least {wanted} times that",
                self.unit.spell(*theirs)
            ),
            Against::Beside { peer, theirs } => format!("{peer}: {}", self.unit.spell(*theirs)),
        };
        let ratio = match self.ratio() {
            ratio if !ratio.is_finite() => "—".to_owned(),
            ratio if ratio >= 10.0 => format!("{ratio:.0}"),
            ratio => format!("{ratio:.2}"),
        };
        let verdict = match self.met() {
            Some(true) => "met",
            Some(false) => "**NOT MET**",
            None => "no limit set",
        };
        let found = self.unit.spell(self.found);
        let _ = writeln!(
            text,
            "| {} | {found} | {against} | {ratio} | {verdict} |",
            self.what
        );
    }
}

/// The whole table, in Markdown.
pub fn render(machine: &str, rows: &[Row]) -> String {
    let count = |met| rows.iter().filter(|row| row.met() == Some(met)).count();
    let mut text = format!(
        "{machine}\n\n{} limits are met, {} are not.\n\n\
         | What | Measured | Limit or peer | Ratio | Verdict |\n| --- | --- | --- | --- | --- |\n",
        count(true),
        count(false)
    );
    for row in rows {
        row.write(&mut text);
    }
    text
}

/// Puts the table between the marks of a document.
pub fn write_into(path: &Path, table: &str) -> anyhow::Result<()> {
    let shown = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    let (begin, end) = MARKS;
    let parts = text
        .split_once(begin)
        .and_then(|(before, rest)| Some((before, rest.split_once(end)?.1)));
    let Some((before, after)) = parts else {
        bail!("{shown} does not have the lines {begin} and {end}");
    };
    fs::write(path, format!("{before}{begin}\n\n{table}\n{end}{after}"))
        .with_context(|| format!("cannot write {shown}"))
}

/// Prints a line.
pub fn say(line: impl AsRef<str>) -> anyhow::Result<()> {
    writeln!(std::io::stdout().lock(), "{}", line.as_ref())?;
    Ok(())
}
