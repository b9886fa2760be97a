//! Reads and writes a region folder: plain files that people keep, and the plan they say.
//!
//! [`read`] turns a [`Folder`] into a plan, or tells every fault with file, line, column and what
//! to write instead. [`write()`] turns a plan back into files, byte for byte where nothing changed.
//! [`starter()`] is a small region to begin with, and [`schemas`] describes the files to editors.
//!
//! Inside, `layout` knows which path holds what, `record` reads the records of one file by way of
//! `toml`, `front`, `markdown` and `table`, and `check` holds them against `schema`. What a plan must
//! satisfy beyond the form of its files is the work of `dfg_plan::rule`; `read` finds the place of
//! each rule that is broken. `write` is the way back.

mod check;
mod column;
mod diagnostic;
mod folder;
mod front;
mod grid;
mod layout;
mod markdown;
mod read;
mod record;
mod schema;
mod spot;
mod starter;
mod table;
mod toml;
mod write;

pub use diagnostic::Diagnostic;
pub use folder::{Folder, MAX_FILE, MAX_FILES, MAX_TOTAL, write_folder};
pub use read::read;
pub use schema::schemas;
pub use starter::starter;
pub use write::write;
