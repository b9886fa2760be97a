//! Readers of published files: any format to a table, under a dataset's contract.
//!
//! They run in the engine's process, which shuts itself in before: what they read comes from
//! strangers. They are a crate of their own so that they can be worked on, and fuzzed, without the
//! engine's SQL.

mod convert;
mod read;

pub use convert::run;
