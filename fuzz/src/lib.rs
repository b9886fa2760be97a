//! What the targets of the evidence's readers share.

use std::fs;

use dfg_evidence::job::{ConvertJob, Limits};
use serde_json::json;

/// Reads bytes as a file of a format, under a contract that names columns, types, ranges and a key.
/// It ends in a table or in a message; what it writes is gone afterwards.
pub fn read(format: &str, name: &str, bytes: &[u8]) {
    let Ok(room) = tempfile::tempdir() else {
        return;
    };
    let file = room.path().join(name);
    let dataset = json!({
        "title": "Any file", "publisher": "-", "licence": "-", "format": format, "file": name,
        "key": ["area", "period"], "area": "area", "period": "period",
        "columns": [
            {"name": "area", "headings": ["AREACD", "code"], "type": "area", "required": true},
            {"name": "period", "headings": ["Period", "date"], "type": "period"},
            {"name": "value", "headings": ["Observation"], "type": "decimal", "least": 0, "most": 100, "markers": true},
            {"name": "count", "type": "integer", "may_be_missing": true},
            {"name": "day", "type": "date", "may_be_missing": true},
            {"name": "so", "type": "boolean", "may_be_missing": true},
        ],
    });
    let (Ok(()), Ok(dataset)) = (fs::write(&file, bytes), serde_json::from_value(dataset)) else {
        return;
    };
    let job = ConvertJob {
        dataset,
        file,
        out: room.path().to_owned(),
        areas: None,
        rows_before: None,
        limits: Limits::READ,
    };
    if let Ok(converted) = dfg_reader::run(&job) {
        let told = converted.table.is_some() || converted.rejected > 0 || !converted.faults.is_empty();
        assert!(told, "neither a table nor a reason: {converted:?}");
    }
}
