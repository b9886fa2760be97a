//! The invariants of ARCHITECTURE.md that can be read off the sources.
#![expect(clippy::unwrap_used, reason = "a step that fails fails the test")]

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn files(dir: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(
                    name.as_str(),
                    "node_modules" | "dist" | "target" | "test-results"
                ) {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The sources of a crate without its tests: what stands above `#[cfg(test)]`.
fn product_sources(krate: &str) -> Vec<(PathBuf, String)> {
    let sources: Vec<_> = files(&root().join("crates").join(krate).join("src"), &[".rs"])
        .into_iter()
        .filter(|path| !path.to_string_lossy().ends_with("tests.rs"))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let product = text.split("#[cfg(test)]").next().unwrap().to_owned();
            (path, product)
        })
        .collect();
    assert!(!sources.is_empty(), "no sources of {krate}");
    sources
}

fn dependencies(krate: &str) -> Vec<String> {
    let path = root().join("crates").join(krate).join("Cargo.toml");
    let manifest: toml_edit::DocumentMut = fs::read_to_string(&path).unwrap().parse().unwrap();
    manifest["dependencies"]
        .as_table()
        .unwrap()
        .iter()
        .map(|(name, _)| name.to_owned())
        .collect()
}

const CRATES: [&str; 9] = [
    "plan", "region", "store", "evidence", "reader", "engine", "cluster", "web", "dfg",
];

#[test]
fn plan_depends_on_nothing_that_does_io() {
    let pure = [
        "jiff",
        "rust_decimal",
        "schemars",
        "serde",
        "serde_json",
        "sha2",
        "similar",
        "strsim",
        "thiserror",
    ];
    for name in dependencies("plan") {
        assert!(pure.contains(&name.as_str()), "plan depends on {name}");
    }
    let io = [
        "std::fs",
        "std::net",
        "std::process",
        "std::env",
        "std::time",
        "Timestamp::now",
        "SystemTime",
        "tokio",
        "println!",
    ];
    for (path, text) in product_sources("plan") {
        for word in io {
            assert!(!text.contains(word), "{} uses {word}", path.display());
        }
    }
}

#[test]
fn crates_point_down_only() {
    for (krate, allowed) in [
        ("plan", &[][..]),
        ("region", &["dfg-plan"]),
        ("store", &["dfg-plan"]),
        ("evidence", &["dfg-plan"]),
        ("reader", &["dfg-evidence", "dfg-plan"]),
        ("engine", &["dfg-evidence", "dfg-plan", "dfg-reader"]),
        ("cluster", &["dfg-engine", "dfg-evidence"]),
        ("web", &["dfg-evidence", "dfg-plan", "dfg-store"]),
        (
            "dfg",
            &[
                "dfg-evidence",
                "dfg-plan",
                "dfg-region",
                "dfg-store",
                "dfg-web",
            ],
        ),
    ] {
        for name in dependencies(krate)
            .iter()
            .filter(|name| name.starts_with("dfg-"))
        {
            assert!(
                allowed.contains(&name.as_str()),
                "{krate} depends on {name}"
            );
        }
    }
    for heavy in [
        "sqlx",
        "datafusion",
        "parquet",
        "typst",
        "calamine",
        "rust_xlsxwriter",
    ] {
        for krate in ["web", "evidence"] {
            let links = dependencies(krate);
            assert!(
                !links.iter().any(|name| name.starts_with(heavy)),
                "{krate} links {heavy}"
            );
        }
    }
}

#[test]
fn sql_stands_only_in_the_store_and_html_only_in_web() {
    for krate in CRATES {
        for (path, text) in product_sources(krate) {
            // Evidence is SQL over tables of its own; the store has none of it.
            if !matches!(krate, "store" | "evidence" | "engine") {
                for word in ["sqlx::", "SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM"] {
                    assert!(!text.contains(word), "{} has SQL: {word}", path.display());
                }
            }
            if krate != "web" {
                for word in ["<html", "<div", "<p>", "<a href", "<span", "</"] {
                    assert!(!text.contains(word), "{} has HTML: {word}", path.display());
                }
            }
        }
    }
}

#[test]
fn no_region_stands_in_code() {
    let region = fs::read_to_string(root().join("regions/north-east/region.toml")).unwrap();
    let region: toml_edit::DocumentMut = region.parse().unwrap();
    let mut names: Vec<String> = Vec::new();
    for area in region["area"].as_array_of_tables().unwrap() {
        for field in ["name", "code"] {
            names.extend(
                area.get(field)
                    .and_then(|item| item.as_str())
                    .map(str::to_owned),
            );
        }
    }
    for path in files(&root().join("regions/north-east/themes"), &[".md"]) {
        let text = fs::read_to_string(&path).unwrap();
        let colour = text.lines().find_map(|line| line.strip_prefix("colour = "));
        names.push(colour.unwrap().trim_matches('"').to_owned());
    }
    assert!(names.len() > 16, "{names:?}");
    for krate in CRATES {
        for (path, text) in product_sources(krate) {
            let text: String = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect::<Vec<_>>()
                .join("\n");
            for name in &names {
                assert!(
                    !text.contains(name.as_str()),
                    "{} names {name}",
                    path.display()
                );
            }
        }
        for path in files(&root().join("crates").join(krate).join("src"), &[".html"]) {
            let text = fs::read_to_string(&path).unwrap();
            for name in &names {
                assert!(
                    !text.contains(name.as_str()),
                    "{} names {name}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn a_reader_can_hold_every_file_in_the_head() {
    let mut long = Vec::new();
    for folder in ["crates", "e2e", "bench", "scripts"] {
        let folder = root().join(folder);
        if !folder.is_dir() {
            continue;
        }
        for path in files(&folder, &[".rs", ".mjs", ".html", ".scss", ".py", ".sh"]) {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            if lines > 800 {
                long.push(format!("{}: {lines} lines", path.display()));
            }
        }
    }
    assert!(long.is_empty(), "over 800 lines:\n{}", long.join("\n"));
}

#[test]
fn templates_carry_no_script_and_no_style() {
    // Passkeys need the site's own script, as a file; the pages that have it allow it in their policy.
    const PASSKEYS: &str = r#"<script type="module" src="{{ script }}"></script>"#;
    let templates = files(&root().join("crates/web/src"), &[".html"]);
    assert!(!templates.is_empty());
    for path in templates {
        let text = fs::read_to_string(&path).unwrap().replace(PASSKEYS, "");
        for word in ["<script", "<style", " style=", " onclick", "javascript:"] {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}
