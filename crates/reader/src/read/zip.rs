//! A file inside a ZIP.

use std::{
    fs::File,
    io::{self, BufReader, Read as _, Seek as _},
    path::Path,
};

use dfg_plan::record::{Dataset, Format};
use tempfile::NamedTempFile;
use zip::ZipArchive;

use super::{cannot_read, fits};

/// The most files that an archive may hold.
const MOST_FILES: usize = 10_000;
/// The largest file that is taken out, in bytes.
const LARGEST: u64 = 8 << 30;
/// How many times larger than its archive a file may be: text shrinks to a tenth, bombs to a
/// thousandth.
const RATIO: u64 = 200;

/// Takes the file that is wanted out of an archive.
pub(super) fn unpack(path: &Path, dataset: &Dataset, room: &Path) -> Result<NamedTempFile, String> {
    let broken = |cause: zip::result::ZipError| format!("the ZIP cannot be read: {cause}");
    let file = File::open(path).map_err(|cause| cannot_read(&cause))?;
    let packed = file.metadata().map_err(|cause| cannot_read(&cause))?.len();
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(broken)?;
    if archive.len() > MOST_FILES {
        return Err(format!(
            "the ZIP holds {} files; at most {MOST_FILES} are looked at",
            archive.len()
        ));
    }
    let names: Vec<String> = (0..archive.len())
        .filter_map(|place| archive.name_for_index(place)?.ok().map(Into::into))
        .collect();
    let endings: &[&str] = match dataset.format {
        Format::Csv | Format::Csvw => &[".csv", ".txt", ".tsv"],
        Format::Xlsx => &[".xlsx"],
        Format::Ods => &[".ods"],
        Format::JsonStat | Format::TopoJson => &[".json", ".topojson"],
        Format::GeoJson => &[".geojson", ".json"],
        Format::Parquet => &[".parquet"],
    };
    let is_wanted = |name: &str| match &dataset.inside {
        Some(pattern) => fits(pattern, name),
        None => {
            let name = name.to_lowercase();
            endings.iter().any(|ending| name.ends_with(ending))
        }
    };
    let mut found = names.iter().enumerate().filter(|(_, name)| is_wanted(name));
    let Some((place, name)) = found.next() else {
        let shown: Vec<&str> = names.iter().take(10).map(String::as_str).collect();
        return Err(format!(
            "the ZIP holds no file that is wanted; it holds {}",
            shown.join(", ")
        ));
    };
    if let Some((_, other)) = found.next() {
        return Err(format!(
            "the ZIP holds “{name}” and “{other}”: say which with `inside`"
        ));
    }
    let ending = Path::new(name)
        .extension()
        .map_or_else(String::new, |ending| {
            format!(".{}", ending.to_string_lossy())
        });
    let mut out = tempfile::Builder::new()
        .suffix(&ending)
        .tempfile_in(room)
        .map_err(|cause| format!("there is no room to unpack it: {cause}"))?;
    let most = packed.saturating_mul(RATIO).clamp(1 << 20, LARGEST);
    let entry = archive.by_index(place).map_err(broken)?;
    let written = io::copy(&mut entry.take(most + 1), &mut out)
        .map_err(|cause| format!("“{name}” cannot be taken out of the ZIP: {cause}"))?;
    if written > most {
        return Err(format!(
            "“{name}” is more than {RATIO} times as large as its ZIP: this is no table"
        ));
    }
    out.rewind().map_err(|cause| cannot_read(&cause))?;
    Ok(out)
}
