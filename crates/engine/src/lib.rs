//! What the evidence engine is made of: SQL over tables ([`query`]), and how a process shuts itself in
//! before it touches what it was given ([`confine`]). The program `dfg-engine` has both on one machine.

pub mod confine;
mod fault;
mod packed;
pub mod query;
mod serve;
mod shared;

pub use serve::serve;
