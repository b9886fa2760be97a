//! What figures mean: readings in order, comparators, assessment against a trajectory, rankings,
//! composite indices, and the signals that figures raise.
//!
//! Owns the arithmetic and its words. Where figures come from (files, SQL, vintages) and where
//! results are kept is the work of other crates. Published figures stay exact decimals throughout;
//! floating point only serves [`composite`], whose scores are no published figures.

pub mod aggregate;
pub mod assess;
pub mod composite;

mod finding;
mod number;
pub mod period;
pub mod place;
pub mod postcode;
pub mod register;
pub mod series;
pub mod signal;
mod way;

pub use aggregate::{Aggregate, Gazetteer, Unmade, from_parts, take_together};
pub use assess::{Assessment, Beside, Change, Gap, Reality, Verdict, assess};
pub use finding::{spell_change, spell_number, spell_value};
pub use period::{NotAPeriod, Period};
pub use place::{Middle, Ranking, Revision, middle, rank_areas, revisions};
pub use postcode::{NotAPostcode, Postcode};
pub use register::{Known, Register};
pub use series::{Duplicate, Reading, Series, SeriesSet};
pub use signal::{Closed, Look, Raised, Rule, SignalRules, Turn, fire, overdue, settle};

#[cfg(test)]
mod real_tests;
