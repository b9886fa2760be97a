//! The nouns and rules of a region's strategy.
//!
//! Owns the records ([`record`]), the current plan as an immutable value ([`plan`]), how it changes
//! ([`change`]), the hash-chained entries that carry changes ([`entry`]), the fold of entries into
//! any past state ([`history`]), the rules between records ([`rule`]), who may do what ([`policy`]),
//! and the telling of what
//! changed ([`diff`], [`story`]).
//!
//! Pure: no files, no database, no clock, no network, no web. Those are the work of the crates
//! above, which all share the rules that live here.

pub mod amount;
pub mod change;
pub mod date;
pub mod diff;
pub mod edit;
pub mod edition;
pub mod entry;
pub mod evidence;
pub mod genesis;
pub mod history;
pub mod import;
pub mod link;
pub mod meeting;
pub mod ownership;
pub mod plan;
pub mod policy;
pub mod proposal;
pub mod record;
pub mod review;
pub mod rule;
pub mod slug;
pub mod source;
pub mod story;
pub mod update;

pub use amount::{Figure, Pence};
pub use change::{Change, Draft};
pub use date::{PartialDate, spell_date, spell_day};
pub use edition::{Edition, EditionId};
pub use entry::{Entry, Hash, Sealed};
pub use history::History;
pub use plan::Plan;
pub use policy::{Act, Role, may, speaks_for};
pub use record::{Key, Kind, Record};
pub use rule::Fault;
pub use slug::Slug;
pub use source::Source;
