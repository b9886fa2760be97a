//! The site over HTTP, in process: editions and changes, API, feeds, and whatever else is sent.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod access;
mod api;
mod author;
mod edit;
mod edition;
mod feed;
mod ownership;
mod preparation;
mod proposal;
mod review;
mod robust;
mod site;
mod table;
mod unpublished;
mod update;
mod voice;
