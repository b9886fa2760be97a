//! Evidence: datasets and their vintages, indicators computed from them, and the signals that they
//! raise.
//!
//! Whatever reads published files or runs SQL happens in `dfg-engine`, a process of its own that
//! [`runner`] starts and ends; nothing here links it. What figures mean is the work of
//! [`dfg_plan::evidence`].

pub mod boundary;
pub mod fetch;
pub mod figures;
pub mod handed;
pub mod hash;
pub mod index;
pub mod job;
mod kept;
pub mod postcode;
pub mod refresh;
pub mod register;
pub mod runner;
pub mod shelf;
pub mod standing;
pub mod state;
pub mod vintage;

pub use state::{Evidence, EvidenceError, State};
