//! The public site: pages, feeds and the JSON API over the plan.
//!
//! Public pages read an immutable [`dfg_plan::History`] in memory, never a database. Only
//! [`access`] asks the store: for persons, links and sessions. A page is a
//! typed struct bound to a template beside it; a folder a feature. What the public may see is
//! decided in one place, [`moment`]: the latest edition, or the past as it or an earlier edition
//! has it.

mod access;
mod asset;
mod cache;
mod chart;
mod commit;
mod cx;
mod fault;
mod filter;
mod markdown;
mod moment;
mod page;
mod part;
mod record;
mod route;
mod shell;
mod site;
mod tile;
mod view;

mod about;
mod activity;
mod api;
mod area;
mod decision;
mod download;
mod edit;
mod edition;
mod evidence;
mod feed;
mod group;
mod health;
mod history;
mod home;
mod indicator;
mod meeting;
mod milestone;
mod organisation;
mod ownership;
mod pipeline;
mod proposal;
mod review;
mod search;
mod signal;
mod strategy;
mod theme;
mod update;
mod voice;

pub use access::{Access, Letter, Mail, link_text, sign_on};
pub use edition::tell_followers;
pub use route::router;
pub use site::{Settings, Site};
pub use update::send_reminders;
pub use voice::{erase_old, tell_news};
