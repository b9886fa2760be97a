//! The engine as those who start it see it: a real process, real files, real limits.
#![expect(clippy::unwrap_used, reason = "a step that fails fails the test")]

mod areas;
mod convert;
mod fetch;
mod hostile;
mod query;
mod refresh;

use std::{fs, path::Path};

use dfg_evidence::{
    job::{Answer, ConvertJob, Converted, Job, Limits},
    runner::{Engine, EngineError},
};
use dfg_plan::record::Dataset;
use serde_json::{Value, json};
use tempfile::TempDir;

fn engine() -> Engine {
    Engine::at(env!("CARGO_BIN_EXE_dfg-engine"))
}

/// Enough for a test's small files.
const SMALL: Limits = Limits {
    wall_ms: 20_000,
    memory_mib: 512,
    rows: 100,
    bytes: 1 << 20,
};

/// A dataset in the format, with more fields.
fn dataset(format: &str, columns: &Value, more: &Value) -> Dataset {
    let mut record = json!({
        "title": "A", "publisher": "B", "licence": "C", "format": format, "columns": columns,
    });
    let fields = record.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    serde_json::from_value(record).unwrap()
}

/// Area, period and value, as most published tables have them.
fn usual() -> Value {
    json!([
        {"name": "area", "headings": ["AREACD"], "type": "area", "required": true},
        {"name": "period", "type": "period", "required": true},
        {"name": "value", "headings": ["Observation", "Obs value"], "type": "decimal", "least": "0", "most": "100", "markers": true},
    ])
}

/// A file converted, and the room in which its table lies.
struct Done {
    converted: Converted,
    room: TempDir,
}

fn convert(dataset: &Dataset, name: &str, bytes: &[u8]) -> Result<Done, EngineError> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join(name);
    fs::write(&file, bytes).unwrap();
    convert_file(dataset, &file)
}

fn convert_file(dataset: &Dataset, file: &Path) -> Result<Done, EngineError> {
    let room = TempDir::new().unwrap();
    let job = Job::Convert(Box::new(ConvertJob {
        dataset: dataset.clone(),
        file: file.to_owned(),
        out: room.path().to_owned(),
        areas: None,
        rows_before: None,
        limits: SMALL,
    }));
    match engine().run(&job)? {
        Answer::Convert { converted, .. } => Ok(Done {
            converted: *converted,
            room,
        }),
        other => panic!("{other:?}"),
    }
}
