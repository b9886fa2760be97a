//! A small, whole region with comments: what a new region begins with.

use std::collections::BTreeMap;

macro_rules! files {
    ($( $path:literal ),* $(,)?) => {
        [$( ($path, include_str!(concat!("../starter/", $path))) ),*]
    };
}

const FILES: [(&str, &str); 17] = files![
    "README.md",
    "activities/digital-coaches.md",
    "activities/factory-data-school.md",
    "activities/gigabit-villages.md",
    "decisions/village-fibre-approved.md",
    "groups/connectivity.toml",
    "groups/steering.toml",
    "indicators/premises-with-gigabit.toml",
    "milestones.csv",
    "observations/premises-with-gigabit.csv",
    "organisations.csv",
    "region.toml",
    "relationships.csv",
    "signals/villages-wait-longest.md",
    "strategy.md",
    "themes/connectivity.md",
    "themes/skills.md",
];

/// The files of the starter region by path. They pass every check.
pub fn starter() -> BTreeMap<String, String> {
    FILES
        .into_iter()
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .collect()
}
