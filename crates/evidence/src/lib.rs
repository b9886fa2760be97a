//! The evidence: published sources as datasets with vintages, and indicators worked out from them.
//!
//! Large, machine-made, and always to be had again: nothing of it is in the ledger. This crate knows
//! where vintages and results lie and when they are worked out anew; whatever reads a published file
//! or runs SQL is the engine's, a program of its own ([`runner`]), so that neither a hostile file nor
//! a runaway query can reach the server. No DataFusion here.

pub mod job;
pub mod runner;
