//! The commands as a programme lead types them, on the built program and real files.
#![expect(clippy::unwrap_used, reason = "a step that fails fails the test")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;

struct Desk {
    dir: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn run(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_dfg"))
            .current_dir(self.dir.path())
            .env_remove("DFG_REGION")
            .env_remove("DFG_DATA")
            .env_remove("DFG_DATABASE")
            .args(words)
            .output()
            .unwrap()
    }

    fn ok(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let text = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.success(),
            "dfg {words:?} failed:\n{text}{errors}"
        );
        text
    }

    fn refused(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert_eq!(
            output.status.code(),
            Some(1),
            "dfg {words:?} should end with 1"
        );
        String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.ok(words)).unwrap()
    }

    /// A starter region, imported and published as edition 1.
    fn with_starter() -> Self {
        let desk = Self::new();
        desk.ok(&["region", "new", "region"]);
        desk.ok(&["region", "check", "region"]);
        desk.ok(&["import", "region", "--apply", "--reason", "The beginning"]);
        desk
    }

    fn change(&self, file: &str, from: &str, to: &str) {
        let path = self.path(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from:?}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// The first activity's file, and its title's line.
    fn activity(&self) -> (String, String) {
        let mut files: Vec<PathBuf> = fs::read_dir(self.path("region/activities"))
            .unwrap()
            .map(|f| f.unwrap().path())
            .collect();
        files.sort();
        let name = files[0].file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&files[0]).unwrap();
        let title = text
            .lines()
            .find(|line| line.starts_with("title = "))
            .unwrap()
            .to_owned();
        (format!("region/activities/{name}"), title)
    }
}

fn texts(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((
                    path.strip_prefix(dir).unwrap().to_path_buf(),
                    fs::read(&path).unwrap(),
                ));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn import_then_export_gives_the_same_bytes() {
    let desk = Desk::with_starter();
    desk.ok(&["export", "out"]);
    assert_eq!(texts(&desk.path("out")), texts(&desk.path("region")));
    let north_east = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../regions/north-east");
    let folder = north_east.display().to_string();
    desk.ok(&[
        "--data",
        "ne",
        "import",
        &folder,
        "--apply",
        "--reason",
        "The beginning",
    ]);
    desk.ok(&["--data", "ne", "export", "ne-out"]);
    assert_eq!(texts(&desk.path("ne-out")), texts(&north_east));
    desk.ok(&["--data", "ne", "export", "ne-2020", "--as-of", "2020-03-01"]);
    assert!(texts(&desk.path("ne-2020")).len() < texts(&north_east).len());
    desk.ok(&["--data", "ne", "export", "ne-r1", "--edition", "r1"]);
    assert!(
        desk.path("ne-r1/strategy.md").exists(),
        "the launch had a strategy"
    );
    for past in ["ne-2020", "ne-r1"] {
        desk.ok(&["region", "check", past]);
    }
    let early = desk.refused(&["--data", "ne", "export", "none", "--as-of", "1999-01-01"]);
    assert!(early.contains("nothing is recorded before"), "{early}");
}

#[test]
fn a_changed_file_is_told_then_committed_then_published() {
    let desk = Desk::with_starter();
    let (file, title) = desk.activity();
    desk.change(
        &file,
        &title,
        "title = \"A plainer name for the same work\"",
    );
    let plan = desk.ok(&["import", "region"]);
    assert!(plan.contains("{+") && plan.contains("1 changed"), "{plan}");
    let entries = || desk.ok(&["log"]).lines().count();
    let before = entries();
    let outcome = desk.json(&["import", "region", "--json"]);
    assert_eq!(outcome["changes"][0]["fields"][0]["field"], "title");
    assert_eq!(entries(), before, "a plan changes nothing");
    desk.refused(&["import", "region", "--apply", "--reason", " "]);
    desk.ok(&[
        "import",
        "region",
        "--apply",
        "--reason",
        "The old name was hard to read",
    ]);
    assert_eq!(entries(), before + 1, "one entry");
    assert!(
        desk.ok(&["import", "region"])
            .contains("Nothing would change")
    );
    desk.ok(&["edition", "publish", "--title", "Second"]);
    let again = desk.refused(&["edition", "publish", "--title", "Third"]);
    assert!(
        again.contains("nothing has changed since edition 2"),
        "{again}"
    );
    let told = desk.ok(&["edition", "diff", "1", "2"]);
    assert!(told.contains("The wording of one text changed"), "{told}");
    assert!(told.contains("The old name was hard to read"), "{told}");
    let told = desk.json(&["edition", "diff", "1", "2", "--json"]);
    assert_eq!(told["counts"]["reworded"], 1);
    let editions = desk.json(&["edition", "list", "--json"]);
    assert_eq!(editions.as_array().unwrap().last().unwrap()["edition"], "2");
    let hash = editions.as_array().unwrap().last().unwrap()["hash"]
        .as_str()
        .unwrap()
        .to_owned();
    desk.ok(&["verify", "--expect", &hash]);
    desk.refused(&["verify", "--expect", &"0".repeat(64)]);
}

#[test]
fn a_stale_folder_is_refused_with_the_difference() {
    let desk = Desk::with_starter();
    let head = desk.ok(&["log"]).lines().count().to_string();
    let (file, title) = desk.activity();
    desk.change(&file, &title, "title = \"Mine first\"");
    desk.ok(&["import", "region", "--apply", "--reason", "First"]);
    desk.change(&file, "Mine first", "Mine later, made from the old state");
    let words = [
        "import",
        "region",
        "--made-from",
        &head,
        "--apply",
        "--reason",
        "Second",
    ];
    let refusal = desk.refused(&words);
    assert!(
        refusal.contains("Mine first") && refusal.contains("changed since"),
        "{refusal}"
    );
    desk.ok(&["verify"]);
}

#[test]
fn a_broken_folder_changes_nothing_and_names_every_fault() {
    let desk = Desk::with_starter();
    let (file, title) = desk.activity();
    desk.change(&file, &title, "titel = \"X\"");
    let signals = fs::read_dir(desk.path("region/signals")).unwrap();
    let signal = signals.map(|file| file.unwrap().path()).min().unwrap();
    let signal = format!(
        "region/signals/{}",
        signal.file_name().unwrap().to_string_lossy()
    );
    desk.change(&signal, "theme = \"", "theme = \"no-such-");
    let faults = desk.refused(&["region", "check", "region"]);
    assert!(
        faults.contains(&file.replacen("region/", "", 1)),
        "{faults}"
    );
    assert!(
        faults.contains("titel") && faults.contains("title"),
        "{faults}"
    );
    let report = desk.run(&["region", "check", "region", "--json"]);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert!(report["faults"].as_array().unwrap().len() >= 2, "{report}");
    assert!(report["faults"][0]["line"].as_u64().unwrap() > 1);
    let before = desk.ok(&["log"]);
    desk.refused(&["import", "region", "--apply", "--reason", "Broken"]);
    assert_eq!(desk.ok(&["log"]), before);
}

#[test]
fn a_backup_brings_the_ledger_back() {
    let desk = Desk::with_starter();
    desk.ok(&["backup", "ledger.backup"]);
    desk.refused(&["backup", "ledger.backup"]);
    let log = desk.ok(&["log", "--json"]);
    desk.ok(&["--data", "elsewhere", "restore", "ledger.backup"]);
    assert_eq!(desk.ok(&["--data", "elsewhere", "log", "--json"]), log);
    let (file, title) = desk.activity();
    desk.change(&file, &title, "title = \"After the backup\"");
    desk.ok(&["import", "region", "--apply", "--reason", "Later"]);
    desk.refused(&["restore", "ledger.backup"]);
    desk.ok(&["restore", "ledger.backup", "--replace"]);
    assert_eq!(desk.ok(&["log", "--json"]), log);
    desk.ok(&["verify"]);
}

#[test]
fn a_person_is_invited_and_comes_back_from_a_backup() {
    let desk = Desk::with_starter();
    let invite = |role: &str| {
        let words = ["person", "invite", "lead@example.org", "--role", role];
        desk.ok(&words).trim().to_owned()
    };
    let links = [invite("programme-lead"), invite("analyst")];
    assert_ne!(links[0], links[1]);
    for link in links {
        let (_, token) = link.split_once("/sign-in/").unwrap();
        assert!(token.len() == 64 && token.bytes().all(|b| b.is_ascii_hexdigit()));
    }
    let words = ["person", "invite", "lead@example.org", "--role", "king"];
    desk.refused(&words);
    desk.ok(&["backup", "whole.backup"]);
    let told = desk.ok(&["--data", "elsewhere", "restore", "whole.backup"]);
    assert!(told.contains("are those of the backup"), "{told}");
    let told = desk.ok(&["restore", "whole.backup"]);
    assert!(told.contains("left as they are"), "{told}");
}

#[test]
fn settings_say_where_they_come_from() {
    let desk = Desk::new();
    fs::write(desk.path("dfg.toml"), "listen = \"127.0.0.1:9999\"\n").unwrap();
    let words = [
        "--database",
        "postgres://me:hidden@db.example/x",
        "config",
        "show",
    ];
    let shown = desk.ok(&words);
    assert!(shown.contains("127.0.0.1:9999  (settings file"), "{shown}");
    assert!(!shown.contains("hidden"), "{shown}");
    fs::write(desk.path("dfg.toml"), "lisen = \"x\"\n").unwrap();
    assert!(
        desk.refused(&["config", "show"])
            .contains("did you mean “listen”?")
    );
    fs::write(
        desk.path("dfg.toml"),
        "listen = \"nonsense\"\nregion = \"nowhere\"\n",
    )
    .unwrap();
    let faults = desk.refused(&["config", "check"]);
    assert!(
        faults.contains("listen") && faults.contains("region"),
        "{faults}"
    );
}

#[test]
fn completions_and_help_name_the_commands() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(desk.ok(&["completions", shell]).contains("edition"));
    }
    let help = desk.ok(&["--help"]);
    for command in ["serve", "import", "export", "verify", "backup", "restore"] {
        assert!(help.contains(command), "{help}");
    }
}

#[test]
fn the_published_schemas_are_those_of_the_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema");
    let desk = Desk::new();
    desk.ok(&["region", "schema", "schema"]);
    let (now, published) = (texts(&desk.path("schema")), texts(&folder));
    let differ = |(path, text): &(PathBuf, Vec<u8>)| {
        (!published.contains(&(path.clone(), text.clone()))).then(|| path.display().to_string())
    };
    let stale: Vec<String> = now.iter().filter_map(differ).collect();
    assert!(
        stale.is_empty(),
        "out of date: {stale:?}; run `make schema`"
    );
    assert_eq!(now.len(), published.len());
}
