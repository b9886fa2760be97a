//! x
use crate::{plan::Plan, record::Key};
use jiff::civil::Date;
/// A rule that a record breaks.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// The record.
    pub key: Key,
    /// Where in the record, with dots: `owners.2.organisation`; empty for the whole record.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}
/// Every rule that a plan breaks.
pub fn check(_plan: &Plan, _today: Date) -> Vec<Fault> {
    Vec::new()
}
