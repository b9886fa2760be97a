//! The pages as a visitor gets them, through a client that checks every one.

mod about;
mod crawl;
mod download;
mod history;
mod pipeline;
mod records;
mod search;
mod support;
