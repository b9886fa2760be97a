//! Every kind of broken region folder: told with file, line, column, what is wrong and what to write
//! instead.
//!
//! Each case takes the starter region and breaks it in one way. Cases stand a line each.

use std::fmt::Write as _;

use dfg_region::{Diagnostic, Folder, read, starter};
use jiff::civil::date;

/// One way to break a folder.
enum Break {
    /// Replaces the first occurrence of a text in a file.
    Replace(&'static str, &'static str, &'static str),
    /// Puts a file in place.
    Put(&'static str, &'static [u8]),
    /// Takes a file away.
    Remove(&'static str),
    /// Adds a text at the end of a file.
    Append(&'static str, &'static str),
}

use Break::{Append, Put, Remove, Replace};

/// A broken folder and the only fault that is told: the file, the text at whose first occurrence it
/// is told (at its `¦`, where it has one; empty for the file's beginning), a piece of the message, a
/// piece of what to write instead (empty where nothing is).
type Case = (
    Break,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const VILLAGES: &str = "activities/gigabit-villages.md";
const COACHES: &str = "activities/digital-coaches.md";
const DECISION: &str = "decisions/village-fibre-approved.md";
const DELIVERY: &str = "groups/connectivity.toml";
const STEERING: &str = "groups/steering.toml";
const INDICATOR: &str = "indicators/premises-with-gigabit.toml";
const FIGURES: &str = "observations/premises-with-gigabit.csv";
const ORGANISATIONS: &str = "organisations.csv";
const TIES: &str = "relationships.csv";
const MILESTONES: &str = "milestones.csv";
const REGION: &str = "region.toml";
const STRATEGY: &str = "strategy.md";
const SIGNAL: &str = "signals/villages-wait-longest.md";
const THEME: &str = "themes/connectivity.md";
const SKILLS: &str = "themes/skills.md";

fn break_starter(how: &Break) -> Folder {
    let mut folder = Folder::from_texts(&starter());
    match *how {
        Replace(path, from, to) => {
            let text = String::from_utf8_lossy(&folder.files[path]);
            assert!(text.contains(from), "{path} holds {from:?}");
            let broken = text.replacen(from, to, 1).into_bytes();
            folder.files.insert(path.to_owned(), broken);
        }
        Put(path, bytes) => {
            folder.files.insert(path.to_owned(), bytes.to_vec());
        }
        Remove(path) => {
            assert!(folder.files.remove(path).is_some());
        }
        Append(path, text) => {
            let bytes = folder.files.entry(path.to_owned()).or_default();
            bytes.extend(text.as_bytes());
        }
    }
    folder
}

fn faults_of(folder: &Folder) -> Vec<Diagnostic> {
    read(folder, date(2026, 11, 22)).err().unwrap_or_default()
}

/// Line and column of a text's first occurrence, counted here in another way than the crate does.
fn place_of(folder: &Folder, path: &str, piece: &str) -> (usize, usize) {
    if piece.is_empty() {
        return (1, 1);
    }
    let (before, after) = piece.split_once('¦').unwrap_or(("", piece));
    let text = String::from_utf8_lossy(&folder.files[path]);
    let lines = text.split('\n').enumerate();
    let mut found = lines.filter_map(|(number, line)| {
        let (start, _) = line.split_once(&format!("{before}{after}"))?;
        Some((number + 1, (start.to_owned() + before).chars().count() + 1))
    });
    found
        .next()
        .unwrap_or_else(|| panic!("{path} holds {piece:?}"))
}

fn check(cases: &[Case]) {
    let mut wrong = String::new();
    for (how, path, piece, message, hint) in cases {
        let folder = break_starter(how);
        let faults = faults_of(&folder);
        let (line, column) = if folder.files.contains_key(*path) {
            place_of(&folder, path, piece)
        } else {
            (1, 1)
        };
        // One breakage is told once: what follows from it is not told as well.
        let fits = faults.len() == 1
            && faults[0].path == *path
            && (faults[0].line, faults[0].column) == (line, column)
            && faults[0].message.contains(message)
            && faults[0].hint.as_deref().unwrap_or_default().contains(hint)
            && faults[0].hint.is_some() != hint.is_empty();
        if !fits {
            let _ = writeln!(wrong, "expected {path}:{line}:{column}: {message} ({hint})");
            for fault in faults {
                let _ = writeln!(wrong, "    {fault}");
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
#[rustfmt::skip]
fn syntax_of_toml() {
    check(&[
        (Replace(VILLAGES, "stage = \"delivering\"", "stage = delivering"), VILLAGES, "stage = ¦delivering", "a text stands between quotes", "stage = \"delivering\""),
        (Replace(VILLAGES, "trend = \"improving\"", "trend = \"improving"), VILLAGES, "\"improving¦", "the text is not closed", "trend = \"improving\""),
        (Replace(VILLAGES, "trend = \"improving\"", "trend = "), VILLAGES, "trend = ¦", "the value is missing", ""),
        (Replace(COACHES, "stage = ", "title = \"Twice\"\nstage = "), COACHES, "title = \"Twice", "this key stands here twice", ""),
        (Replace(STEERING, "kind = \"steering\"", "kind = \"steering\" # \u{1}"), STEERING, "\u{1}", "this is not TOML", ""),
        (Replace(STEERING, "\n]", "\n"), STEERING, "  { title = \"Member from business\" },¦", "the list is not closed", ""),
        (Replace(REGION, "[[area]]", "[area]"), REGION, "area]]", "this key stands here twice", ""),
        (Replace(COACHES, "stage = ", "stage: "), COACHES, "stage: ¦", "a key needs =", ""),
    ]);
}

#[test]
#[rustfmt::skip]
fn front_matter() {
    check(&[
        (Replace(COACHES, "+++\ntitle", "title"), COACHES, "", "does not begin with front matter", "+++"),
        (Replace(COACHES, "+++\ntitle", "---\ntitle"), COACHES, "", "does not begin with front matter", "TOML"),
        (Replace(COACHES, "areas = [\"exampleshire\"]\n+++", "areas = [\"exampleshire\"]"), COACHES, "", "no closing line +++", "+++"),
        (Put(COACHES, b""), COACHES, "", "does not begin with front matter", "+++"),
        (Replace(COACHES, "stage =", "body = \"Text\"\nstage ="), COACHES, "body", "does not stand in the front matter", "after the closing +++"),
        (Replace(COACHES, "stage =", "slug = \"coaches\"\nstage ="), COACHES, "slug", "the file's name is the slug", ""),
    ]);
}

#[test]
#[rustfmt::skip]
fn fields() {
    check(&[
        (Replace(COACHES, "summary =", "summry ="), COACHES, "summry", "`summry` is not a field of an activity", "summary"),
        (Replace(COACHES, "summary = \"Forty volunteers in libraries help people with their first steps online.\"\n", ""), COACHES, "title", "`summary` is missing (What it is", "summary = \"…\""),
        (Replace(VILLAGES, "confidence =", "confidance ="), VILLAGES, "confidance", "`confidance` is not a field of an activity", "confidence"),
        (Replace(VILLAGES, "confidence =", "colour ="), VILLAGES, "colour =", "`colour` is not a field of an activity", "one of answers, areas"),
        (Replace(VILLAGES, "note = \"Grant", "notes = \"Grant"), VILLAGES, "notes", "`notes` is not a field of `owners`", "note"),
        (Replace(REGION, "[[area]]", "[[aera]]"), REGION, "aera", "`aera` is not a field of a region", "area"),
        (Replace(THEME, "title = \"A gigabit connection for every home and firm\"\n", ""), THEME, "[[objective]]", "`title` is missing", "title = \"…\""),
        (Replace(THEME, "slug = \"gigabit-for-all\"\n", ""), THEME, "[[objective]]", "`slug` is missing", "slug = \"a-slug\""),
        (Replace(VILLAGES, "stage = \"delivering\"", "stage = \"deliverd\""), VILLAGES, "\"deliverd", "`stage` cannot be “deliverd”", "delivering"),
        (Replace(VILLAGES, "stage = \"delivering\"", "stage = \"going well\""), VILLAGES, "\"going", "`stage` cannot be “going well”", "one of idea, developing"),
        (Replace(VILLAGES, "part = \"leads\"", "part = \"owns\""), VILLAGES, "\"owns\"", "`part` cannot be “owns”", "one of leads"),
        (Replace(VILLAGES, "start = \"2024-09\"", "start = \"2024-13\""), VILLAGES, "\"2024-13", "“2024-13” is not a date", "2019-10"),
        (Replace(VILLAGES, "start = \"2024-09\"", "start = \"September 2024\""), VILLAGES, "\"September", "“September 2024” is not a date", "2019-10"),
        (Replace(VILLAGES, "start = \"2024-09\"", "start = \"2024-02-30\""), VILLAGES, "\"2024-02-30", "“2024-02-30” is not a date", "2019-10"),
        (Replace(VILLAGES, "start = \"2024-09\"", "start = 2024"), VILLAGES, "2024", "`start` is a date, not a whole number", "\"2024\""),
        (Replace(VILLAGES, "start = \"2024-09\"", "start = 2024-09-01T10:00:00Z"), VILLAGES, "2024-09-01T", "is not a date", "2019-10"),
        (Replace(VILLAGES, "1250000000 ", "-5 "), VILLAGES, "-5 ", "`funding_pence` is -5, but cannot be less than 0", ""),
        (Replace(VILLAGES, "pence = 900000000", "pence = -1"), VILLAGES, "-1", "`pence` is -1, but cannot be less than 0", ""),
        (Replace(VILLAGES, "1250000000 ", "\"12,500\" "), VILLAGES, "\"12,500", "`funding_pence` is a whole number, not a text", "12500"),
        (Replace(VILLAGES, "1250000000 ", "12.5 "), VILLAGES, "12.5", "`funding_pence` is a whole number, not a number with a fraction", ""),
        (Replace(VILLAGES, "title = \"Gigabit villages\"", "title = 2024-01-01"), VILLAGES, "2024-01-01", "`title` is a text, not a date", "\"2024-01-01\""),
        (Replace(VILLAGES, "areas = [\"northfold\", \"southwick-vale\"]", "areas = \"northfold\""), VILLAGES, "\"northfold", "`areas` is a list, not a text", "[\"northfold\"]"),
        (Replace(VILLAGES, "areas = [\"northfold\", ", "areas = [\"North Fold\", "), VILLAGES, "\"North Fold", "“North Fold” is not a slug", "north-fold"),
        (Replace(INDICATOR, "value = 48.5", "value = 4.85e1"), INDICATOR, "4.85e1", "“4.85e1” is not a plain number", "77.8"),
        (Replace(THEME, "\"#12436d\"", "\"#12436D\""), THEME, "\"#12436D", "“#12436D” is not a colour", "#12436d"),
        (Replace(THEME, "\"#12436d\"", "\"navy\""), THEME, "\"navy", "“navy” is not a colour", "six hexadecimal digits"),
        (Replace(REGION, "column = 1, row = 2", "column = 25, row = 2"), REGION, "25, row", "`column` is 25, but cannot be more than 24", ""),
        (Replace(THEME, "order = 1 ", "order = 99999999999 "), THEME, "99999999999", "cannot be more than 4294967295", ""),
        (Replace(VILLAGES, "url = \"https://www.exampleshire.example/news/village-fibre\"", "url = \"www.exampleshire.example\""), VILLAGES, "\"www.", "“www.exampleshire.example” is not a web address", "https://www.exampleshire.example"),
    ]);
}

#[test]
#[rustfmt::skip]
fn names() {
    check(&[
        (Put("activites/a.md", b""), "activites/a.md", "", "no folder “activites”", "activities/a.md"),
        (Put("organizations.csv", b""), "organizations.csv", "", "no file of this name", "organisations.csv"),
        (Put("budget.xlsx", b"PK"), "budget.xlsx", "", "no file of this name", ""),
        (Put("activities/New Plan.md", b""), "activities/New Plan.md", "", "a file's name is its record's slug", "activities/new-plan.md"),
        (Put("activities/Gigabit-Villages.MD", b""), "activities/Gigabit-Villages.MD", "", "a file's name is its record's slug", VILLAGES),
        (Put("activities/gigabit-villages.markdown", b""), "activities/gigabit-villages.markdown", "", "ends in .md", VILLAGES),
        (Put("activities/old/a.md", b""), "activities/old/a.md", "", "files only", "activities/a.md"),
        (Put("meetings/a.md", b""), "meetings/a.md", "", "does not read it yet", ""),
        (Remove(STRATEGY), STRATEGY, "", "a region needs this file", ""),
        (Remove(REGION), REGION, "", "a region needs this file", ""),
    ]);
}

#[test]
#[rustfmt::skip]
fn encodings() {
    check(&[
        (Replace(COACHES, "+++\ntitle", "\u{feff}+++\ntitle"), COACHES, "", "byte-order mark", "without BOM"),
        (Put(STEERING, b"name = \"A\"\n# caf\xe9\n"), STEERING, "\u{fffd}", "0xe9 is not UTF-8", "saved as UTF-8"),
        (Put(MILESTONES, b"\xff\xfes\0l\0"), MILESTONES, "", "UTF-16", "saved as UTF-8"),
        (Put("README.md", b"\xc3\x28"), "README.md", "", "is not UTF-8", "saved as UTF-8"),
        (Append(SIGNAL, "one\ntwo\0"), SIGNAL, "\0", "NUL byte", ""),
    ]);
}

#[test]
#[rustfmt::skip]
fn tables() {
    check(&[
        (Put(MILESTONES, b""), MILESTONES, "", "no header row", "slug,date,what"),
        (Replace(ORGANISATIONS, "slug,name", "slug,names"), ORGANISATIONS, "names", "there is no column “names”", "name"),
        (Replace(FIGURES, "lower,upper", "upper,upper"), FIGURES, "upper,¦upper", "the column “upper” stands here twice", ""),
        (Put(MILESTONES, b"slug,date\na,2024\n"), MILESTONES, "", "the column “what” is missing", ""),
        (Replace(MILESTONES, "what,who", "what,"), MILESTONES, ",theme", "a column has no name", "one of slug"),
        (Replace(TIES, "partner,Evening courses,,,", "partner,Evening courses,,"), TIES, "Evening courses,,¦", "the row has 6 cells, but the header has 7", "a comma for every cell"),
        (Replace(TIES, "partner,Evening courses,,,", "partner,Evening, courses,,,9"), TIES, "9", "the row has 8 cells, but the header has 7", "between quotes"),
        (Replace(TIES, "Evening courses", "Evening \"data\" courses"), TIES, "\"data", "a quote stands inside a cell", "\"Evening \"\"data\"\" courses\""),
        (Replace(TIES, "Evening courses", "\"Evening\" courses"), TIES, "courses", "a text follows the closing quote", "twice"),
        (Replace(TIES, "Evening courses", "\"Evening courses"), TIES, "\"Evening", "never closed", ""),
        (Replace(ORGANISATIONS, "Northfold Makers,network", "Northfold Makers,netwrk"), ORGANISATIONS, "netwrk", "`kind` cannot be “netwrk”", "network"),
        (Replace(ORGANISATIONS, "northfold-makers,Northfold Makers", "northfold-makers,"), ORGANISATIONS, ",network", "`name` is missing", ""),
        (Replace(ORGANISATIONS, "northfold-makers,Northfold Makers", ",Northfold Makers"), ORGANISATIONS, ",Northfold Makers", "the row has no slug", "northfold-makers"),
        (Replace(MILESTONES, "first-village-connected", "First Village"), MILESTONES, "First Village", "is not a slug", "first-village"),
        (Replace(MILESTONES, "first-village-connected", "strategy-adopted"), MILESTONES, "strategy-adopted,2025", "the slug “strategy-adopted” is taken by another milestone (milestones.csv, line 2)", ""),
        (Append(TIES, "exampleshire-college,northfold-makers,partner,Again,,,\n"), TIES, "exampleshire-college,northfold-makers,partner,Again", "is taken by another relationship (relationships.csv, line 3)", ""),
        (Append(TIES, "exampleshire-college,northfold-makers,owns,,,,\n"), TIES, "owns", "`kind` cannot be “owns”", "one of partner"),
        (Replace(FIGURES, "2023-12,,61.0", "2023-12,,61.0%"), FIGURES, "61.0%", "“61.0%” is not a plain number", "77.8"),
        (Replace(FIGURES, "2023-12,,61.0", "2023-14,,61.0"), FIGURES, "2023-14", "“2023-14” is not a date", "2019-10"),
        (Append(FIGURES, "2024-12,northfold,52.9,50.1,54.7,revised,2025-02,,,,\n"), FIGURES, "2024-12,northfold,52.9", "is taken by another observation", ""),
        (Replace(MILESTONES, "https://www.example", "ftp://www.example"), MILESTONES, "ftp", "is not a web address", "https://"),
    ]);
}

#[test]
#[rustfmt::skip]
fn markdown() {
    check(&[
        (Append(STRATEGY, "\n<script>alert(1)</script>\n"), STRATEGY, "<script", "HTML is not read here: <script", "Markdown"),
        (Append(SIGNAL, "\nA [link](javascript:alert(1)).\n"), SIGNAL, "[link]", "a link cannot begin with “javascript:”", "https://"),
        (Append(SIGNAL, "\nA [link](data:text/html,x).\n"), SIGNAL, "[link]", "a link cannot begin with “data:”", "https://"),
        (Append(SIGNAL, "\n![A map](map.png)\n"), SIGNAL, "![A", "no place for images", "a link to the image"),
        (Append(STRATEGY, "\nEncore {#slow-lines}\n"), STRATEGY, "Encore ¦{#slow", "the anchor “slow-lines” stands here twice (first in line 19)", ""),
        (Replace(REGION, "Its university", "Its <i>university"), REGION, "<i>", "HTML is not read here", "Markdown"),
        (Replace(REGION, "What we set out", "[What](vbscript:x) we set out"), REGION, "[What]", "“vbscript:”", "https://"),
    ]);
}

#[test]
#[rustfmt::skip]
fn rules() {
    check(&[
        (Replace(VILLAGES, "theme = \"connectivity\"", "theme = \"conectivity\""), VILLAGES, "\"conectivity", "there is no theme “conectivity”", "\"connectivity\""),
        (Replace(VILLAGES, "\"no-village-last\"]", "\"no-vilage-last\"]"), VILLAGES, "\"no-vilage-last", "there is no objective “no-vilage-last”", "\"no-village-last\""),
        (Replace(VILLAGES, "organisation = \"fairline-networks\"", "organisation = \"fairline\""), VILLAGES, "\"fairline\"", "there is no organisation “fairline”", ""),
        (Replace(TIES, "exampleshire-college,northfold-makers", "exampleshire-college,northfold-maker"), TIES, "northfold-maker", "there is no organisation “northfold-maker”", "\"northfold-makers\""),
        (Replace(ORGANISATIONS, "connectivity;skills", "connectivity; skils"), ORGANISATIONS, "skils", "there is no theme “skils”", "\"skills\""),
        (Replace(ORGANISATIONS, "connectivity;skills", "skills ;skills"), ORGANISATIONS, "skills,", "“skills” is named twice", ""),
        (Replace(FIGURES, "2024-12,northfold", "2024-12,nowhere"), FIGURES, "nowhere", "there is no area “nowhere”", ""),
        (Replace(REGION, "parent = \"exampleshire\"", "parent = \"examplshire\""), REGION, "\"examplshire", "there is no area “examplshire”", "\"exampleshire\""),
        (Replace(STRATEGY, "lead = \"exampleshire-county-council\"", "lead = \"council\""), STRATEGY, "\"council", "there is no organisation “council”", ""),
        (Replace(VILLAGES, "end = \"2027-03\"", "end = \"2023\""), VILLAGES, "\"2023\"", "it ends (2023) before it starts (September 2024)", ""),
        (Replace(VILLAGES, "stage = \"delivering\"", "stage = \"completed\""), VILLAGES, "\"completed\"", "the last dated event makes it “delivering”", "stage = \"delivering\""),
        (Replace(VILLAGES, "name = \"Department for Examples\", ", ""), VILLAGES, "{ part", "either an `organisation` or a `name`", ""),
        (Replace(VILLAGES, "part = \"delivers\"", "part = \"delivers\", pence = 1"), VILLAGES, "1 }", "only an owner whose part is “funds” pays", ""),
        (Replace(VILLAGES, "date = \"2024-03\"", "date = \"2034-03\""), VILLAGES, "\"2034-03", "March 2034 is still to come", ""),
        (Replace(THEME, "order = 1\n\n[[objective]]", "order = 1\ncontributes_to = [\"no-village-last\"]\n\n[[objective]]"), THEME, "\"gigabit-for-all\"]", "goes round in a circle", ""),
        (Replace(VILLAGES, "answers =", "depends_on = [\"digital-coaches\"]\nanswers ="), VILLAGES, "\"digital-coaches", "goes round in a circle", ""),
        (Replace(REGION, "tile = { column = 1, row = 2 }", "tile = { column = 2, row = 1 }"), REGION, "{ column = 1, row = 1", "overlaps", ""),
        (Replace(THEME, "\"#12436d\"", "\"#ffcc00\""), THEME, "\"#ffcc00", "too light", "darker"),
        (Replace(DELIVERY, "theme = \"connectivity\"\n", ""), DELIVERY, "\"delivery\"", "a delivery group carries a theme", ""),
        (Replace(SIGNAL, "\"answered\" }", "\"watched\" }"), SIGNAL, "{ kind", "says until when", ""),
        (Replace(VILLAGES, "answers = [\"villages-wait-longest\"]", "answers = []"), SIGNAL, "{ kind", "no activity names it", "`answers` of an activity"),
        (Replace(DECISION, "group = \"steering\"\n", ""), DECISION, "# Needed", "says who took it", ""),
        (Put("observations/jobs.csv", b"period,value\n2023,1\n2024,2\n"), "observations/jobs.csv", "", "there is no indicator “jobs”", ""),
        (Replace(FIGURES, "61.0,60.2,61.8", "61.0,62.2,61.8"), FIGURES, "62.2", "outside its interval", ""),
        (Replace(SKILLS, "slug = \"a-place-to-learn\"", "slug = \"gigabit-for-all\""), SKILLS, "\"gigabit-for-all", "the slug “gigabit-for-all” is taken by another objective (themes/connectivity.md, line 14)", ""),
        (Replace(REGION, "slug = \"southwick-vale\"", "slug =  \"northfold\""), REGION, "slug =  ¦\"northfold", "the slug “northfold” is taken by another area", ""),
    ]);
}

/// An index in a folder of its own indicators.
const INDEX: &str = "indicators/lines.toml";
const LINES: &str = r#"title = "Lines"
meaning = "Two figures in one score."
unit = "points"

[index]
normalisation = "min-max"
groups = [{ slug = "fixed", title = "Fixed", weight = 2 }]
parts = [
  { indicator = "fast-lines", group = "fixed" },
  { indicator = "slow-lines", weight = 0.5 },
]
"#;
const SLOW: &str = r#"title = "Slow lines"
meaning = "Premises with a slow line."
unit = "%"
direction = "down"
sql = "SELECT area, period, value FROM slow_lines"
"#;

/// Each way to break an index is told in its file, at its line.
#[test]
fn the_definition_of_an_index() {
    let read = |lines: &str| {
        let mut folder = Folder::from_texts(&starter());
        let mut put = |path: &str, text: String| {
            folder.files.insert(path.to_owned(), text.into_bytes());
        };
        put(INDEX, lines.to_owned());
        put("indicators/slow-lines.toml", SLOW.to_owned());
        put("indicators/fast-lines.toml", SLOW.replace("down", "up"));
        put(
            "indicators/whole.toml",
            SLOW.replace("sql = ", "finding = "),
        );
        faults_of(&folder)
    };
    assert_eq!(read(LINES), []);
    for (from, to, line, message) in [
        (
            "\"slow-lines\"",
            "\"slow-line\"",
            10,
            "there is no indicator “slow-line”",
        ),
        (
            "weight = 0.5",
            "weight = 0",
            10,
            "a weight is a number above 0",
        ),
        (
            "weight = 2",
            "weight = -2",
            7,
            "a weight is a number above 0",
        ),
        (
            "group = \"fixed\"",
            "group = \"fixd\"",
            9,
            "there is no group “fixd”",
        ),
        (
            "\"fast-lines\"",
            "\"whole\"",
            9,
            "has no figures for single areas",
        ),
        (
            "\"min-max\"",
            "\"min-max\"\naggregation = [\"geometric\"]",
            7,
            "needs scores above 0",
        ),
        ("\"min-max\"", "\"ranks\"", 6, "ranks"),
    ] {
        assert!(LINES.contains(from), "{from}");
        let faults = read(&LINES.replacen(from, to, 1));
        let told = faults.iter().any(|fault| {
            fault.path == INDEX && fault.line == line && fault.message.contains(message)
        });
        assert!(told, "{to}: {line}: {message} is not in {faults:#?}");
    }
}

/// The rest of the folder stays sound beside a file that is not.
#[test]
fn what_is_no_fault() {
    for sound in [
        Put(".gitignore", b"\xff"),
        Put(".git/config", b"\0"),
        Put("activities/README.md", b"<b>"),
        Remove("README.md"),
        Replace(ORGANISATIONS, "slug", "\u{feff}slug"),
        Replace(
            ORGANISATIONS,
            "connectivity;skills",
            " connectivity ; skills; ",
        ),
        Replace(ORGANISATIONS, "midford", "\" midford \""),
        Replace(VILLAGES, "start = \"2024-09\"", "start = 2024-09-01"),
        Replace(VILLAGES, "1250000000 ", "1_250_000_000 "),
        Replace(INDICATOR, "value = 48.5", "value = \"48.5\""),
        Replace(MILESTONES, "slug,date,what", "slug,date,what"),
    ] {
        assert_eq!(faults_of(&break_starter(&sound)), []);
    }
}

#[test]
fn every_fault_is_told_in_one_run_in_order() {
    let mut folder = Folder::from_texts(&starter());
    for path in [VILLAGES, REGION, STEERING, THEME] {
        folder
            .files
            .insert(path.to_owned(), b"+++\n = \n+++".to_vec());
    }
    let table = b"slug,date,what,theme\na,2024,b,nope\nb,x,,skills\n".to_vec();
    folder.files.insert(MILESTONES.to_owned(), table);
    let faults = faults_of(&folder);
    let places: Vec<_> = faults
        .iter()
        .map(|fault| (fault.path.as_str(), fault.line))
        .collect();
    assert_eq!(
        places,
        [
            (VILLAGES, 2),
            (STEERING, 1),
            (MILESTONES, 2),
            (MILESTONES, 3),
            (MILESTONES, 3),
            (REGION, 1),
            (THEME, 2)
        ],
        "{faults:#?}"
    );
}
