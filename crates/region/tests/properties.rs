//! Whatever a folder holds, reading it ends without a panic; and whatever a plan says, its files say
//! again.

use std::{collections::BTreeMap, sync::LazyLock};

use dfg_plan::{Key, Kind, Plan, Record, Slug, record::field_names};
use dfg_region::{Folder, read, starter, write};
use jiff::civil::date;
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};

fn starter_plan() -> Plan {
    static PLAN: LazyLock<Plan> = LazyLock::new(|| {
        read(&Folder::from_texts(&starter()), date(2026, 11, 22)).unwrap_or_default()
    });
    PLAN.clone()
}

/// Paths of every form of file, and one that is none.
const PATHS: [&str; 8] = [
    "region.toml",
    "strategy.md",
    "themes/data.md",
    "groups/steering.toml",
    "organisations.csv",
    "relationships.csv",
    "observations/jobs.csv",
    "nothing.txt",
];

/// Pieces that the readers care about, more likely to reach deep than bytes alone.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        select(vec![
            "+++",
            "\n",
            "\r\n",
            "\r",
            "=",
            "\"",
            "\"\"\"",
            "[",
            "]",
            "[[",
            "]]",
            "{",
            "}",
            ",",
            ";",
            "\\",
            "#",
            "{#a}",
            "<b>",
            "<!--",
            "[a](javascript:b)",
            "![",
            "](",
            "`",
            "- ",
            "|",
            "title",
            "slug",
            "area",
            "objective",
            "2024-01-01",
            "1e5",
            "-7",
            "é",
            "\u{feff}",
            "from,to,kind\n",
            "slug,name\n",
            "period,value\n",
            "title = \"a\"\n",
            "'''",
            ":",
            ".",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,6}",
    ];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_a_reader_panic(path in select(PATHS.to_vec()), bytes in vec(any::<u8>(), 0..200)) {
        let mut folder = Folder::default();
        folder.files.insert(path.to_owned(), bytes);
        prop_assert!(read(&folder, date(2026, 11, 22)).is_err());
    }

    #[test]
    fn no_text_makes_a_reader_or_writer_panic(path in select(PATHS.to_vec()), text in pieces()) {
        let mut texts = starter();
        texts.insert(path.to_owned(), text.clone());
        let faults = read(&Folder::from_texts(&texts), date(2026, 11, 22)).err().unwrap_or_default();
        let lines = text.split('\n').count();
        for fault in faults.iter().filter(|fault| fault.path == path) {
            prop_assert!((1..=lines).contains(&fault.line), "{fault}");
            let line = text.split('\n').nth(fault.line - 1).unwrap_or_default();
            prop_assert!(fault.column <= line.chars().count() + 1, "{fault} in {line:?}");
        }
        write(&starter_plan(), &texts);
    }

    #[test]
    fn no_edit_of_a_sound_file_makes_a_reader_panic(
        number in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(),
        length in 0_usize..20, put in pieces(),
    ) {
        let mut folder = Folder::from_texts(&starter());
        let paths: Vec<String> = folder.files.keys().cloned().collect();
        let bytes = folder.files.get_mut(number.get(&paths)).unwrap();
        let start = at.index(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, put.into_bytes());
        if let Ok(plan) = read(&folder, date(2026, 11, 22)) {
            prop_assert_eq!(write(&plan, &folder.texts()), folder.texts());
        }
    }
}

/// A text as people may enter it, with what files find hard.
fn text() -> impl Strategy<Value = String> {
    let hard = select(vec![
        "plain",
        "a, b",
        "a; b",
        "\"quoted\"",
        "it's",
        "back\\slash",
        "é–“x”",
        "# no comment",
        "+++",
        "=",
        " outer ",
        "tab\there",
        "[1]",
        "'''",
        "\"\"\"",
        "{x}",
        "\u{feff}",
        "first\nsecond",
        "a\r\nb",
        "a\rb",
        "x\n+++\ny",
        "line\n",
        "\nline",
        "\\;",
        "a;",
        ";b",
        "\u{7f}",
        "{#anchor} x",
    ]);
    prop_oneof![
        hard.prop_map(str::to_owned),
        "[a-zA-Z0-9 ,;\"'\\\\é\n]{0,20}[a-z]"
    ]
}

/// Changes of a plan's records by field: what pages and commands do to it.
fn change() -> impl Strategy<Value = (Key, &'static str, Value)> {
    let plan = starter_plan();
    let keys: Vec<Key> = plan.iter().map(|(key, _)| key).collect();
    (
        select(keys),
        any::<prop::sample::Index>(),
        text(),
        vec(text(), 0..4),
        any::<u32>(),
    )
        .prop_map(|(key, number, text, texts, count)| {
            let fields = field_names(key.kind);
            let field = fields[number.index(fields.len())];
            let source = json!({ "title": text, "publisher": texts.first(), "note": texts.get(1) });
            let value = match (key.kind, field) {
                (_, "sources") if count % 3 == 0 => Value::Null,
                (_, "sources") if count % 3 == 1 => json!([source]),
                (_, "sources") => json!([source, { "url": "https://a.example/;,\"x" }, source]),
                (_, "outputs" | "outcomes" | "specialisms" | "caveats") => json!(texts),
                (_, "order") => json!(count),
                (_, "funding_pence") => json!(u64::from(count) * 100),
                (_, "owners") => json!([
                    { "name": text, "part": "funds", "pence": count },
                    { "organisation": "exampleshire-college", "part": "delivers", "note": text },
                ]),
                (_, "events") => json!([
                    { "date": "2024-09", "what": "started", "note": text, "source": source },
                    { "date": "2024", "what": "milestone" },
                ]),
                (_, "roles") => {
                    json!([{ "title": text }, { "title": "B", "organisation": "northfold-makers" }])
                }
                (_, "strengths") => json!([{ "title": text, "text": text, "sources": [source] }]),
                (_, "tile") if count % 2 == 0 => Value::Null,
                (_, "tile") => json!({ "column": count % 20 + 4, "row": 9, "width": 2 }),
                (_, "baseline" | "target") => {
                    json!({ "period": "2028", "value": format!("{}.50", count % 1000) })
                }
                (_, "value" | "lower" | "upper") if count % 5 == 0 => Value::Null,
                (_, "value") => json!("61.5"),
                (_, "start" | "adopted" | "seen") => json!("2024-02-29"),
                (_, "moves") => json!(["premises-with-gigabit"]),
                (_, "end" | "depends_on" | "contributes_to" | "answers") => Value::Null,
                (_, "areas") => json!(["midford", "northfold", "exampleshire"]),
                (_, "themes") => json!(["skills"]),
                (Kind::Signal, "response") => json!({ "kind": "closed", "reason": text }),
                (
                    _,
                    "body" | "offer" | "title" | "name" | "what" | "note" | "summary" | "about"
                    | "why" | "reason" | "effect" | "who" | "finding" | "meaning" | "size"
                    | "promise" | "status" | "measure" | "unit" | "text" | "meets" | "purpose"
                    | "funding_note" | "vision",
                ) => json!(text),
                _ => Value::String("unchanged".to_owned()),
            };
            (key, field, value)
        })
}

/// Applies a change where it leaves a sound plan.
fn apply(plan: &mut Plan, key: &Key, field: &str, value: Value) {
    let Some(mut record) = plan.get(key) else {
        return;
    };
    if value == "unchanged" || record.set(field, value).is_err() {
        return;
    }
    let mut changed = plan.clone();
    changed.insert(key.slug.clone(), record);
    if dfg_plan::rule::check(&changed, date(2026, 11, 22)).is_empty() {
        *plan = changed;
    }
}

fn check_written(
    plan: &Plan,
    layout: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, TestCaseError> {
    let written = write(plan, layout);
    let again = read(&Folder::from_texts(&written), date(2026, 11, 22));
    let again = again.map_err(|faults| {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        TestCaseError::fail(told.join("\n"))
    })?;
    for (key, record) in plan.iter() {
        prop_assert_eq!(again.get(&key), Some(record));
    }
    prop_assert_eq!(again.len(), plan.len());
    Ok(written)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_reads_back(
        changes in vec(change(), 1..12), windows in any::<bool>(),
        gone in select(vec!["", "northfold-makers.csv"]),
    ) {
        let mut plan = starter_plan();
        for (key, field, value) in changes {
            apply(&mut plan, &key, field, value);
        }
        if !gone.is_empty() {
            let tie = plan.relationships.keys().find(|slug| slug.as_str().contains("northfold")).cloned();
            plan.relationships.remove(&tie.unwrap());
            plan.organisations.remove("northfold-makers");
        }
        // A reference to what went away is no sound plan.
        prop_assume!(dfg_plan::rule::check(&plan, date(2026, 11, 22)).is_empty());
        let mut layout = starter();
        if windows {
            for text in layout.values_mut() {
                *text = text.replace('\n', "\r\n");
            }
        }
        let edited = check_written(&plan, &layout)?;
        prop_assert_eq!(&edited["README.md"], &layout["README.md"]);
        // What was written is what is written the next time.
        prop_assert_eq!(&write(&plan, &edited), &edited);
        let rendered = check_written(&plan, &BTreeMap::new())?;
        prop_assert_eq!(&write(&plan, &rendered), &rendered);
    }

    #[test]
    fn no_layout_changes_what_is_written(path in select(PATHS.to_vec()), text in pieces()) {
        let mut layout = starter();
        layout.insert(path.to_owned(), text);
        check_written(&starter_plan(), &layout)?;
    }
}

#[test]
fn every_kind_of_record_may_come_and_go() {
    let mut plan = starter_plan();
    let slug = |text: &str| Slug::parse(text).unwrap();
    for (kind, name, value) in [
        (
            Kind::Area,
            "eastholt",
            json!({ "name": "Eastholt", "parent": "exampleshire" }),
        ),
        (
            Kind::Theme,
            "trust",
            json!({ "title": "Trust", "promise": "Safe.", "colour": "#333333", "body": "Text" }),
        ),
        (
            Kind::Objective,
            "safe-firms",
            json!({ "title": "Safe firms", "theme": "trust" }),
        ),
        (
            Kind::Objective,
            "a-first-one",
            json!({ "title": "A first", "theme": "connectivity", "order": 3 }),
        ),
        (
            Kind::Organisation,
            "new-firm",
            json!({ "name": "New, firm", "specialisms": ["a;b"] }),
        ),
        (
            Kind::Relationship,
            "a-name-of-its-own",
            json!({ "from": "new-firm", "kind": "funds", "to": "exampleshire-college" }),
        ),
        (
            Kind::Group,
            "skills",
            json!({ "name": "Skills", "kind": "delivery", "theme": "skills" }),
        ),
        (
            Kind::Signal,
            "a-signal",
            json!({ "title": "S", "kind": "opportunity", "theme": "trust", "summary": "s" }),
        ),
        (
            Kind::Indicator,
            "jobs",
            json!({ "title": "Jobs", "meaning": "m", "unit": "jobs", "target": { "period": "2030", "value": "7" } }),
        ),
        (
            Kind::Observation,
            "jobs.2024",
            json!({ "indicator": "jobs", "period": "2024", "value": "5" }),
        ),
        (
            Kind::Activity,
            "an-activity",
            json!({ "title": "A", "theme": "trust", "summary": "s", "body": "x\n\ny" }),
        ),
        (
            Kind::Decision,
            "a-decision",
            json!({ "title": "D", "date": "2024", "by": "The board" }),
        ),
        (
            Kind::Milestone,
            "a-milestone",
            json!({ "date": "2024-01", "what": "M" }),
        ),
    ] {
        plan.insert(slug(name), Record::from_value(kind, value).unwrap());
    }
    let written = check_written(&plan, &starter()).unwrap();
    // Files of records that did not change stay as they are.
    for path in [
        "themes/skills.md",
        "activities/gigabit-villages.md",
        "milestones.csv",
    ] {
        assert!(written[path].starts_with(&starter()[path]), "{path}");
    }
    // And away again: nothing but the tables' new columns remains.
    let back = write(&starter_plan(), &written);
    for (path, text) in starter() {
        if path == "relationships.csv" {
            assert!(
                back[&path]
                    .starts_with("from,to,kind,about,source_title,source_url,source_date,slug\n")
            );
        } else {
            assert_eq!(back[&path], text, "{path}");
        }
    }
    assert_eq!(back.len(), starter().len());
}
