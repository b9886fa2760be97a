//! Rows under the contract: what they hold, and what is wrong with them. Several parts of a file can
//! be judged at once; [`super::gather`] puts them together.

use std::{
    cmp::Ordering,
    collections::HashSet,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    mem,
    sync::Arc,
};

use dfg_evidence::job::{ConvertJob, Profile, Reject};
use dfg_plan::{
    evidence::register::same_kind,
    record::{Column, ColumnType},
};
use rust_decimal::prelude::ToPrimitive as _;

use super::{
    cell::{self, Worth},
    layout::{Layout, Origin},
    rejected::MOST_REJECTED,
    table::{self, Building},
};

/// The longest value that a message repeats, in characters.
const LONGEST_SHOWN: usize = 80;

/// What rows must keep, and where in a file their values stand.
pub(super) struct Contract<'a> {
    pub(super) columns: &'a [Column],
    pub(super) layout: Layout,
    /// For each row of the file those of the table: the place and heading that made each.
    beside: Vec<(usize, String)>,
    /// The least and greatest value of each column.
    ranges: Vec<(Option<f64>, Option<f64>)>,
    /// For each column the values of which a row must have one to be kept.
    keep: Vec<(usize, &'a [String])>,
    key: Vec<usize>,
    areas: Option<HashSet<&'a str>>,
    hashing: RandomState,
}

/// What was read of a part of a file.
pub(super) struct Part {
    pub(super) rows: u64,
    pub(super) columns: Vec<Building>,
    pub(super) profiles: Vec<Kept>,
    pub(super) rejects: Vec<Reject>,
    pub(super) keys: Keys,
}

/// The keys of a part's rows.
#[derive(Default)]
pub(super) struct Keys {
    /// The hash of each, and the row that has it.
    pub(super) rows: Vec<(u64, u64)>,
    /// Their words, one behind the other.
    words: String,
    ends: Vec<usize>,
}

/// The least and greatest value so far.
#[derive(Clone, Default)]
pub(super) struct Kept {
    empty: u64,
    numbers: Option<(f64, f64)>,
    texts: Option<(Bound, Bound)>,
}

/// The least or greatest text so far.
#[derive(Clone)]
struct Bound {
    /// How it begins: most texts differ from it there, and need not be compared further.
    start: u64,
    text: String,
}

impl<'a> Contract<'a> {
    pub(super) fn new(job: &'a ConvertJob, layout: Layout) -> Self {
        let dataset = &job.dataset;
        let columns = dataset.columns.as_slice();
        let place = |name: &String| columns.iter().position(|column| column.name == *name);
        let range = |column: &Column| {
            let number = |figure: Option<dfg_plan::Figure>| figure?.0.to_f64();
            (number(column.least), number(column.most))
        };
        let beside = match &dataset.unpivot {
            Some(_) => layout.beside.clone(),
            None => vec![(usize::MAX, String::new())],
        };
        Self {
            columns,
            layout,
            beside,
            ranges: columns.iter().map(range).collect(),
            keep: dataset
                .keep
                .iter()
                .filter_map(|keep| Some((place(&keep.column)?, keep.values.as_slice())))
                .collect(),
            key: dataset.key.iter().filter_map(place).collect(),
            areas: job
                .areas
                .as_ref()
                .map(|areas| areas.iter().map(String::as_str).collect()),
            hashing: RandomState::new(),
        }
    }

    /// The names of the columns that make the key.
    pub(super) fn key(&self) -> String {
        let names: Vec<&str> = self
            .key
            .iter()
            .map(|column| self.columns[*column].name.as_str())
            .collect();
        names.join(", ")
    }

    fn part(&self) -> Part {
        Part {
            rows: 0,
            columns: table::building(self.columns),
            profiles: vec![Kept::default(); self.columns.len()],
            rejects: Vec::new(),
            keys: Keys::default(),
        }
    }
}

/// Judges rows, one after the other.
pub(super) struct Judge<'a> {
    contract: Arc<Contract<'a>>,
    /// Periods and codes that were read before: they come again and again.
    known: Vec<HashSet<String>>,
    part: Part,
}

impl<'a> Judge<'a> {
    pub(super) fn new(contract: Arc<Contract<'a>>) -> Self {
        Self {
            known: vec![HashSet::new(); contract.columns.len()],
            part: contract.part(),
            contract,
        }
    }

    /// Takes a row of the file, whose cells stand at places.
    pub(super) fn take<'r>(&mut self, number: impl Fn() -> u64, cell: impl Fn(usize) -> &'r str) {
        let Self {
            contract,
            known,
            part,
        } = self;
        let contract = contract.as_ref();
        let origins = contract.layout.origins.as_slice();
        for (place, heading) in &contract.beside {
            let words = |column: usize| match origins[column] {
                Origin::Cell(place) => trim(cell(place)),
                Origin::Heading => heading.as_str(),
                Origin::Value => trim(cell(*place)),
                Origin::Missing => "",
            };
            // A line without any value is no row: a space between notes, an empty line at the end.
            let has_value = |(column, origin): (usize, &Origin)| {
                matches!(origin, Origin::Cell(_) | Origin::Value) && !words(column).is_empty()
            };
            let is_wanted = |(column, values): &(usize, &[String])| {
                values.iter().any(|value| value == words(*column))
            };
            if origins.iter().enumerate().any(has_value) && contract.keep.iter().all(is_wanted) {
                part.take(contract, known, &number, &words);
            }
        }
    }

    /// How many rows the part has.
    pub(super) fn rows(&self) -> u64 {
        self.part.rows
    }

    /// Whether so much of the part is wrong that the rest need not be looked at.
    pub(super) fn is_hopeless(&self) -> bool {
        self.part.rejects.len() > MOST_REJECTED
    }

    /// Ends the part and begins another.
    pub(super) fn part(&mut self) -> Part {
        mem::replace(&mut self.part, self.contract.part())
    }
}

impl Part {
    /// Takes a row under a contract, with the periods and codes that are known.
    fn take<'r>(
        &mut self,
        contract: &Contract<'_>,
        known: &mut [HashSet<String>],
        number: &impl Fn() -> u64,
        words: &impl Fn(usize) -> &'r str,
    ) {
        self.rows += 1;
        let mut building = self.columns.iter_mut();
        for (place, column) in contract.columns.iter().enumerate() {
            let text = words(place);
            let again = matches!(column.holds, ColumnType::Period | ColumnType::Area);
            let read = if again && known[place].contains(text) {
                Ok(Worth::Text)
            } else {
                cell::read(text, column)
                    .and_then(|worth| contract.look_at(place, text, worth).map(|()| worth))
                    .inspect(|worth| {
                        if again && *worth == Worth::Text {
                            known[place].insert(text.to_owned());
                        }
                    })
            };
            let worth = read.unwrap_or_else(|reason| {
                self.rejects.push(Reject {
                    row: number(),
                    column: column.name.clone(),
                    value: shorten(text),
                    reason,
                });
                Worth::Nothing
            });
            self.profiles[place].add(worth, text);
            table::add(&mut building, column, worth, text);
        }
        if !contract.key.is_empty() {
            let mut hash = contract.hashing.build_hasher();
            let keys = &mut self.keys;
            for (turn, column) in contract.key.iter().enumerate() {
                let text = words(*column);
                hash.write(text.as_bytes());
                hash.write_u8(0xff);
                if turn > 0 {
                    keys.words.push_str(", ");
                }
                keys.words.push_str(text);
            }
            keys.rows.push((hash.finish(), number()));
            keys.ends.push(keys.words.len());
        }
    }
}

impl Contract<'_> {
    /// What is wrong with a cell that can be read.
    fn look_at(&self, place: usize, text: &str, worth: Worth) -> Result<(), String> {
        let column = &self.columns[place];
        #[expect(
            clippy::cast_precision_loss,
            reason = "a limit is compared, not a sum kept"
        )]
        let number = match worth {
            Worth::Nothing if column.required => return Err("has no value".to_owned()),
            Worth::Marked if column.required && !column.markers => {
                return Err("stands for a missing value".to_owned());
            }
            Worth::Decimal(number) => Some(number),
            Worth::Integer(number) => Some(number as f64),
            _ => None,
        };
        if let Some(number) = number {
            let (least, most) = self.ranges[place];
            if let Some(least) = least.filter(|least| number < *least) {
                return Err(format!("is below the least that can be, {least}"));
            }
            if let Some(most) = most.filter(|most| number > *most) {
                return Err(format!("is above the most that can be, {most}"));
            }
        }
        let has_value = !matches!(worth, Worth::Nothing | Worth::Marked);
        if has_value && !column.values.is_empty() && !column.values.iter().any(|one| one == text) {
            return Err(format!("is none of {}", column.values.join(", ")));
        }
        // A kind of area of which no code is given is not judged.
        let is_unknown = |areas: &HashSet<&str>| {
            !areas.contains(text) && areas.iter().any(|area| same_kind(area, text))
        };
        if column.holds == ColumnType::Area
            && worth == Worth::Text
            && self.areas.as_ref().is_some_and(is_unknown)
        {
            return Err("is the code of no area that is known".to_owned());
        }
        Ok(())
    }
}

impl Keys {
    /// The words of one.
    pub(super) fn words(&self, place: usize) -> String {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        shorten(&self.words[start..self.ends[place]])
    }
}

impl Kept {
    fn add(&mut self, worth: Worth, words: &str) {
        #[expect(clippy::cast_precision_loss, reason = "shown to people, not kept")]
        let number = match worth {
            Worth::Nothing | Worth::Marked => {
                self.empty += 1;
                return;
            }
            Worth::Integer(number) => number as f64,
            Worth::Decimal(number) => number,
            Worth::Day(day) => f64::from(day),
            Worth::Boolean(_) => return,
            Worth::Text => {
                self.add_text(words);
                return;
            }
        };
        self.add_number(number);
    }

    fn add_text(&mut self, words: &str) {
        let start = start(words);
        let Some((least, most)) = &mut self.texts else {
            let bound = Bound {
                start,
                text: words.to_owned(),
            };
            self.texts = Some((bound.clone(), bound));
            return;
        };
        if least.compare(start, words).is_gt() {
            least.take(start, words);
        } else if most.compare(start, words).is_lt() {
            most.take(start, words);
        }
    }

    fn add_number(&mut self, number: f64) {
        self.numbers = Some(self.numbers.map_or((number, number), |(least, most)| {
            (least.min(number), most.max(number))
        }));
    }

    /// Takes in what another part holds.
    pub(super) fn join(&mut self, other: &Self) {
        self.empty += other.empty;
        if let Some((least, most)) = other.numbers {
            self.add_number(least);
            self.add_number(most);
        }
        if let Some((least, most)) = &other.texts {
            self.add_text(&least.text);
            self.add_text(&most.text);
        }
    }

    pub(super) fn profile(&self, column: &Column, heading: Option<String>) -> Profile {
        let spell = |number: f64| match column.holds {
            #[expect(clippy::cast_possible_truncation, reason = "it was a day before")]
            ColumnType::Date => cell::spell_day(number as i32),
            _ => number.to_string(),
        };
        let ends = match (&self.texts, self.numbers) {
            (Some((least, most)), _) => Some((shorten(&least.text), shorten(&most.text))),
            (None, Some((least, most))) => Some((spell(least), spell(most))),
            (None, None) => None,
        };
        let (least, most) = ends.unzip();
        Profile {
            name: column.name.clone(),
            heading,
            empty: self.empty,
            least,
            most,
        }
    }
}

impl Bound {
    /// How it stands to a text that begins in some way.
    fn compare(&self, start: u64, words: &str) -> Ordering {
        self.start.cmp(&start).then_with(|| {
            if self.text.len().max(words.len()) <= size_of::<u64>() {
                // All of them is in how they begin, but for signs of zero.
                self.text.len().cmp(&words.len())
            } else {
                self.text.as_str().cmp(words)
            }
        })
    }

    fn take(&mut self, start: u64, words: &str) {
        self.start = start;
        words.clone_into(&mut self.text);
    }
}

/// The first eight bytes of a text, in its order.
fn start(words: &str) -> u64 {
    let words = words.as_bytes();
    match words.first_chunk() {
        Some(first) => u64::from_be_bytes(*first),
        None => {
            let mut first = [0; 8];
            first[..words.len()].copy_from_slice(words);
            u64::from_be_bytes(first)
        }
    }
}

/// A text without spaces around it; most have none, which is seen at its ends.
#[inline]
fn trim(text: &str) -> &str {
    let bytes = text.as_bytes();
    let is_sign = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    if is_sign(bytes.first()) && is_sign(bytes.last()) {
        text
    } else {
        text.trim()
    }
}

fn shorten(value: &str) -> String {
    match value.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
