//! Which file of a region folder holds what.

use dfg_plan::{
    Kind, Slug,
    plan::{REGION, STRATEGY},
    record::Record,
    rule::nearest,
};

use crate::diagnostic::Diagnostic;

/// What a path in a region folder holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A TOML file that is one record, and the records inside it.
    Toml(Kind, Slug),
    /// A Markdown file with TOML front matter that is one record, and the records inside it.
    Markdown(Kind, Slug),
    /// A table with a record a row; for observations, of one indicator.
    Table(Kind, Option<Slug>),
    /// A file for people, such as `README.md`.
    Ignored,
}

/// The folders that hold one kind of record each, and the ending of their files.
const FOLDERS: [(&str, Kind, &str); 8] = [
    ("themes", Kind::Theme, "md"),
    ("activities", Kind::Activity, "md"),
    ("signals", Kind::Signal, "md"),
    ("decisions", Kind::Decision, "md"),
    ("groups", Kind::Group, "toml"),
    ("datasets", Kind::Dataset, "toml"),
    ("indicators", Kind::Indicator, "toml"),
    ("observations", Kind::Observation, "csv"),
];

/// Folders whose names are kept for what this version does not read yet.
const RESERVED: [&str; 1] = ["meetings"];

/// Files that hold records and stand in the folder itself.
const FILES: [&str; 5] = [
    "region.toml",
    "strategy.md",
    "organisations.csv",
    "relationships.csv",
    "milestones.csv",
];

/// The file in which a record of its own file or table stands; for areas and objectives, the file
/// that they are part of.
pub(crate) fn path_of(slug: &Slug, record: &Record) -> String {
    match record {
        Record::Objective(objective) => path_in_folder(Kind::Theme, &objective.theme),
        Record::Observation(observation) => {
            path_in_folder(Kind::Observation, &observation.indicator)
        }
        other => path_of_key(other.kind(), slug),
    }
}

/// Like [`path_of`], for a record that is not there.
pub(crate) fn path_of_key(kind: Kind, slug: &Slug) -> String {
    match kind {
        Kind::Region | Kind::Area => "region.toml".to_owned(),
        Kind::Strategy => "strategy.md".to_owned(),
        Kind::Organisation | Kind::Relationship | Kind::Milestone => {
            format!("{}.csv", kind.plural())
        }
        other => path_in_folder(other, slug),
    }
}

fn path_in_folder(kind: Kind, slug: &Slug) -> String {
    let ending = FOLDERS
        .iter()
        .find(|(_, held, _)| *held == kind)
        .map_or("md", |(_, _, ending)| ending);
    format!("{}/{slug}.{ending}", kind.plural())
}

/// Tells what a path holds, or why it holds nothing.
pub(crate) fn place_of(path: &str) -> Result<Place, Diagnostic> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if matches!(name, "README.md" | "LICENSE") || is_hidden(path) {
        return Ok(Place::Ignored);
    }
    match path.split_once('/') {
        None => place_of_file(path),
        Some((folder, file)) => place_in_folder(path, folder, file),
    }
}

/// Whether a file or a folder around it has a name that begins with a dot.
pub(crate) fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.'))
}

fn place_of_file(path: &str) -> Result<Place, Diagnostic> {
    let fixed = |slug: &str, place: fn(Kind, Slug) -> Place, kind| match Slug::parse(slug) {
        Ok(slug) => Ok(place(kind, slug)),
        Err(cause) => Err(Diagnostic::of_file(path, cause.to_string())),
    };
    match path {
        "region.toml" => fixed(REGION, Place::Toml, Kind::Region),
        "strategy.md" => fixed(STRATEGY, Place::Markdown, Kind::Strategy),
        "organisations.csv" => Ok(Place::Table(Kind::Organisation, None)),
        "relationships.csv" => Ok(Place::Table(Kind::Relationship, None)),
        "milestones.csv" => Ok(Place::Table(Kind::Milestone, None)),
        _ => {
            let fault = Diagnostic::of_file(path, "a region has no file of this name");
            Err(match nearest(&path.to_lowercase(), FILES) {
                Some(near) => fault.with_hint(near),
                None => fault,
            })
        }
    }
}

fn place_in_folder(path: &str, folder: &str, file: &str) -> Result<Place, Diagnostic> {
    if RESERVED.contains(&folder) {
        let message = format!("`{folder}/` is kept for later: this version does not read it yet");
        return Err(Diagnostic::of_file(path, message));
    }
    let Some((_, kind, ending)) = FOLDERS.iter().find(|(name, ..)| *name == folder) else {
        let fault = Diagnostic::of_file(path, format!("a region has no folder “{folder}”"));
        let near = nearest(&folder.to_lowercase(), FOLDERS.map(|(name, ..)| name));
        return Err(match near {
            Some(near) => fault.with_hint(format!("{near}/{file}")),
            None => fault,
        });
    };
    if file.contains('/') {
        let message = format!("`{folder}/` holds files only, no folders");
        let last = file.rsplit('/').next().unwrap_or(file);
        return Err(Diagnostic::of_file(path, message).with_hint(format!("{folder}/{last}")));
    }
    let (stem, found) = file.rsplit_once('.').unwrap_or((file, ""));
    let slug = Slug::parse(stem);
    match slug {
        Ok(slug) if found == *ending => Ok(match *ending {
            "csv" => Place::Table(*kind, Some(slug)),
            "toml" => Place::Toml(*kind, slug),
            _ => Place::Markdown(*kind, slug),
        }),
        slug => {
            let message = match &slug {
                Ok(_) => format!("a file in `{folder}/` ends in .{ending}"),
                Err(_) => "a file's name is its record's slug: lower-case letters, digits and \
                           single hyphens"
                    .to_owned(),
            };
            let fault = Diagnostic::of_file(path, message);
            Err(match slug.ok().or_else(|| Slug::from_text(stem)) {
                Some(slug) => fault.with_hint(format!("{folder}/{slug}.{ending}")),
                None => fault,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_place_that_reads_back() {
        for kind in Kind::ALL {
            let slug = Slug::parse("a").unwrap();
            if matches!(kind, Kind::Objective) {
                continue;
            }
            assert!(place_of(&path_of_key(*kind, &slug)).is_ok(), "{kind}");
        }
    }

    #[test]
    fn wrong_names_get_the_nearest() {
        for (path, hint) in [
            ("organizations.csv", "organisations.csv"),
            ("activites/a.md", "activities/a.md"),
            ("activities/a.txt", "activities/a.md"),
            ("activities/A Plan.md", "activities/a-plan.md"),
            ("activities/2020/a.md", "activities/a.md"),
            ("Strategy.md", "strategy.md"),
        ] {
            let fault = place_of(path).unwrap_err();
            assert_eq!(fault.hint.as_deref(), Some(hint), "{path}");
        }
        assert_eq!(place_of("activities/README.md"), Ok(Place::Ignored));
        assert_eq!(place_of(".git/config"), Ok(Place::Ignored));
    }
}
