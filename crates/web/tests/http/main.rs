//! The site over HTTP, in process: editions and changes, API, feeds, and whatever else is sent.

mod api;
mod edition;
mod feed;
mod robust;
mod site;
mod unpublished;
