//! The catalogue of datasets: a page for each, its vintages, its files, and all of it as DCAT.

use std::{fs::File, path::Path};

use askama::Template;
use axum::{
    body::Body,
    http::header,
    response::{IntoResponse as _, Response},
};
use dfg_evidence::vintage::{Journal, Vintage};
use dfg_plan::{
    Kind, Record, Slug,
    record::{Cadence, Dataset},
    spell_date, spell_day,
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use tokio_util::io::ReaderStream;

use crate::{
    cx::{Cx, Link},
    fault::Fault,
    part::{SourceItem, count},
    record::{self, Fact},
    route::html,
    shell::{Shell, theme_class},
};

/// How much of a file goes out at once, in bytes.
const PART: usize = 64 << 10;

#[derive(Template)]
#[template(path = "evidence/datasets.html")]
struct List {
    shell: Shell,
    trail: Vec<Link>,
    lede: String,
    groups: Vec<Group>,
    query_href: String,
    catalogue_href: String,
}

struct Group {
    title: String,
    class: String,
    items: Vec<Item>,
}

struct Item {
    link: Link,
    description: String,
    publisher: String,
    state: String,
}

/// A moment as its day, in UTC.
pub(super) fn day(at: Timestamp) -> String {
    spell_day(at.to_zoned(TimeZone::UTC).date())
}

/// `GET /datasets`.
pub(super) fn list(cx: &Cx) -> Result<Response, Fault> {
    let state = cx.site.evidence();
    let plan = &cx.view.plan;
    let item = |(slug, dataset): (&Slug, &Dataset)| {
        let journal = state.journals.get(slug);
        let current = journal.and_then(Journal::current);
        Item {
            link: cx.link(Kind::Dataset, slug),
            description: dataset.description.clone().unwrap_or_default(),
            publisher: dataset.publisher.clone(),
            state: current.map_or_else(
                || "not fetched yet".to_owned(),
                |vintage| {
                    format!(
                        "{}, retrieved {}",
                        count(
                            usize::try_from(vintage.rows).unwrap_or(usize::MAX),
                            "row",
                            "rows"
                        ),
                        day(vintage.retrieved)
                    )
                },
            ),
        }
    };
    let of_theme = |theme: Option<&Slug>| -> Vec<Item> {
        let all = plan.datasets.iter();
        all.filter(|(_, dataset)| dataset.theme.as_ref() == theme)
            .map(|(slug, dataset)| item((slug, dataset)))
            .collect()
    };
    let mut groups: Vec<Group> = plan
        .themes_in_order()
        .into_iter()
        .map(|(slug, theme)| Group {
            title: theme.title.clone(),
            class: theme_class(slug),
            items: of_theme(Some(slug)),
        })
        .collect();
    groups.push(Group {
        title: "For every theme".to_owned(),
        class: String::new(),
        items: of_theme(None),
    });
    groups.retain(|group| !group.items.is_empty());
    let fetched = plan
        .datasets
        .keys()
        .filter(|slug| {
            state
                .journals
                .get(*slug)
                .is_some_and(|one| one.current().is_some())
        })
        .count();
    let title = match plan.datasets.len() {
        0 => "No dataset is named yet".to_owned(),
        number => format!(
            "{} behind the figures",
            count(number, "published source", "published sources")
        ),
    };
    html(&List {
        shell: cx.shell(title),
        trail: record::trail(cx, [Link::new(cx.moment.href("/indicators"), "Evidence")]),
        lede: format!(
            "Every figure leads back to the file that it came from. {} here, with every release kept.",
            count(
                fetched,
                "source has been fetched",
                "sources have been fetched"
            )
        ),
        groups,
        query_href: "/query".to_owned(),
        catalogue_href: "/catalogue.jsonld".to_owned(),
    })
}

#[derive(Template)]
#[template(path = "evidence/dataset.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    lede: String,
    table: String,
    table_href: String,
    columns: Vec<ColumnItem>,
    vintages: Vec<VintageItem>,
    accumulates: bool,
    failure: Option<FailureItem>,
    indicators: Vec<Link>,
    caveats: Vec<String>,
    query_href: String,
    facts: Vec<Fact>,
    sources: Vec<SourceItem>,
    history_href: String,
    data_href: String,
}

struct ColumnItem {
    name: String,
    holds: &'static str,
    unit: String,
    meaning: String,
    range: String,
    empty: String,
}

struct VintageItem {
    retrieved: String,
    from: String,
    rows: u64,
    through: String,
    bytes: String,
    source: String,
    source_href: String,
}

struct FailureItem {
    when: String,
    from: String,
    lines: Vec<String>,
    rejected_href: String,
}

fn found(cx: &Cx) -> Result<(Slug, Box<Dataset>), Fault> {
    let (slug, record) = cx.record(Kind::Dataset)?;
    match record {
        Record::Dataset(dataset) => Ok((slug, Box::new((*dataset).clone()))),
        _ => Err(Fault::missing("dataset", slug)),
    }
}

/// `GET /datasets/{slug}`.
pub(super) fn show(cx: &Cx) -> Result<Response, Fault> {
    let (slug, dataset) = found(cx)?;
    let state = cx.site.evidence();
    let journal = state.journals.get(&slug).cloned().unwrap_or_default();
    let current = journal.current();
    let shelf = cx
        .site
        .0
        .settings
        .evidence
        .as_ref()
        .map(|one| one.shelf().clone());
    let is_kept = |hash: &str| {
        shelf
            .as_ref()
            .is_some_and(|shelf| shelf.source(hash).is_some())
    };
    let table = Dataset::table_name(&slug);
    let columns = dataset
        .columns
        .iter()
        .map(|column| {
            let profiles = current.map_or(&[][..], |vintage| vintage.columns.as_slice());
            let profile = profiles.iter().find(|profile| profile.name == column.name);
            let ends = profile.and_then(|one| Some((one.least.as_ref()?, one.most.as_ref()?)));
            ColumnItem {
                name: column.name.clone(),
                holds: column.holds.words(),
                unit: column.unit.clone().unwrap_or_default(),
                meaning: column.meaning.clone().unwrap_or_default(),
                range: ends.map_or_else(String::new, |(least, most)| {
                    if least == most {
                        least.clone()
                    } else {
                        format!("{least} to {most}")
                    }
                }),
                empty: profile.filter(|profile| profile.empty > 0).map_or_else(
                    String::new,
                    |profile| {
                        let rows = usize::try_from(profile.empty).unwrap_or(usize::MAX);
                        format!("empty in {}", count(rows, "row", "rows"))
                    },
                ),
            }
        })
        .collect();
    let indicators = state
        .standings
        .iter()
        .filter(|(_, standing)| {
            let inputs = standing.figures.iter().flat_map(|one| &one.inputs);
            inputs.into_iter().any(|input| input.dataset == slug)
        })
        .map(|(indicator, _)| cx.link(Kind::Indicator, indicator))
        .collect();
    let sql = dfg_evidence::figures::sample(&slug);
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("sql", &sql)
        .finish();
    html(&Page {
        shell: cx.shell(dataset.title.clone()),
        trail: record::trail(
            cx,
            [
                Link::new(cx.moment.href("/indicators"), "Evidence"),
                Link::new(cx.moment.href("/datasets"), "Datasets"),
            ],
        ),
        lede: dataset.description.clone().unwrap_or_default(),
        columns,
        vintages: journal
            .vintages
            .iter()
            .rev()
            .map(|vintage| VintageItem {
                retrieved: day(vintage.retrieved),
                from: vintage.from.clone(),
                rows: vintage.rows,
                through: vintage
                    .through
                    .as_deref()
                    .and_then(|text| dfg_plan::evidence::Period::parse(text).ok())
                    .map(|period| period.words())
                    .unwrap_or_default(),
                bytes: spell_bytes(vintage.bytes),
                source_href: if is_kept(&vintage.source) {
                    format!("/datasets/{slug}/sources/{}", vintage.source)
                } else {
                    String::new()
                },
                source: vintage.source.clone(),
            })
            .collect(),
        accumulates: dataset.accumulates,
        failure: journal.failure.as_ref().map(|failure| FailureItem {
            when: day(failure.when),
            from: failure.from.clone(),
            lines: failure.lines().into_iter().take(20).collect(),
            rejected_href: shelf
                .as_ref()
                .and_then(|shelf| shelf.rejected(&slug))
                .map(|_| format!("/datasets/{slug}/rejected.csv"))
                .unwrap_or_default(),
        }),
        indicators,
        caveats: dataset.caveats.clone(),
        query_href: format!("/query?{query}"),
        facts: facts(cx, &dataset, &journal),
        sources: SourceItem::list(&dataset.sources),
        history_href: record::history_href(cx, Kind::Dataset, &slug),
        data_href: record::data_href(cx, Kind::Dataset, &slug),
        table_href: format!("/datasets/{slug}/table.parquet"),
        table,
    })
}

fn facts(cx: &Cx, dataset: &Dataset, journal: &Journal) -> Vec<Fact> {
    let theme: Vec<Link> = dataset
        .theme
        .iter()
        .map(|slug| Link::new(cx.link(Kind::Theme, slug).href, cx.view.theme_title(slug)))
        .collect();
    let mut facts = vec![
        Fact::words("Publisher", Some(dataset.publisher.clone())),
        Fact::words("Licence", Some(dataset.licence.clone())).noted(dataset.attribution.as_ref()),
        Fact::words("Format", Some(dataset.format.words().to_owned())),
    ];
    if let Some(cadence) = dataset.cadence {
        facts.push(Fact::words("Published", Some(cadence.words().to_owned())));
    }
    if let Some(date) = dataset.next_release {
        facts.push(Fact::words("Next release", Some(spell_date(date))));
    }
    if let Some(year) = dataset.boundaries {
        facts.push(Fact::words("Boundaries of", Some(year.to_string())));
    }
    if let Some(service) = dataset.serves {
        facts.push(Fact::words("Serves as", Some(service.words().to_owned())));
    }
    if let Some(address) = &dataset.address {
        facts.push(Fact::links(
            "Fetched from",
            vec![Link::new(address, address)],
        ));
    }
    if let Some(looked) = journal.looked {
        facts.push(Fact::words("Last looked for", Some(day(looked))));
    }
    if !theme.is_empty() {
        facts.push(Fact::links("Theme", theme));
    }
    facts
}

fn spell_bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// A file of the evidence folder as a download. A large one goes out in parts, and is never whole in memory.
fn file(path: &Path, name: &str, kind: &'static str) -> Result<Response, Fault> {
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
    let (size, file) = opened.map_err(|_| Fault::missing("file", name))?;
    let parts = ReaderStream::with_capacity(tokio::fs::File::from_std(file), PART);
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_LENGTH, size.to_string()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
    ];
    Ok((headers, Body::from_stream(parts)).into_response())
}

/// A vintage of a dataset that this page may give out: the current one, or the one named.
fn vintage(cx: &Cx, slug: &Slug, hash: Option<&str>) -> Result<Vintage, Fault> {
    let state = cx.site.evidence();
    let journal = state.journals.get(slug);
    let mut vintages = journal
        .into_iter()
        .flat_map(|journal| journal.vintages.iter().rev());
    let wanted = vintages.find(|vintage| hash.is_none_or(|hash| vintage.source == hash));
    wanted
        .cloned()
        .ok_or_else(|| Fault::missing("vintage", slug))
}

/// `GET /datasets/{slug}/table.parquet`: the current vintage as a table.
pub(super) fn table(cx: &Cx) -> Result<Response, Fault> {
    let (slug, _) = found(cx)?;
    let vintage = vintage(cx, &slug, None)?;
    let evidence = cx.site.0.settings.evidence.as_ref();
    let shelf = evidence
        .ok_or_else(|| Fault::missing("file", &slug))?
        .shelf();
    let kind = "application/vnd.apache.parquet";
    file(
        &shelf.table(&vintage.table.hash),
        &format!("{slug}.parquet"),
        kind,
    )
}

/// `GET /datasets/{slug}/sources/{hash}`: a vintage as its publisher made it.
pub(super) fn source(cx: &Cx) -> Result<Response, Fault> {
    let (slug, _) = found(cx)?;
    let vintage = vintage(cx, &slug, Some(cx.param("hash")))?;
    let evidence = cx.site.0.settings.evidence.as_ref();
    let kept = evidence.and_then(|one| one.shelf().source(&vintage.source));
    let path = kept.ok_or_else(|| Fault::missing("file", &slug))?;
    let name: String = vintage
        .from
        .rsplit(['/', ':'])
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        .collect();
    file(&path, &name, "application/octet-stream")
}

/// `GET /datasets/{slug}/rejected.csv`: the rows of the last attempt that broke the contract.
pub(super) fn rejected(cx: &Cx) -> Result<Response, Fault> {
    let (slug, _) = found(cx)?;
    let evidence = cx.site.0.settings.evidence.as_ref();
    let kept = evidence.and_then(|one| one.shelf().rejected(&slug));
    let path = kept.ok_or_else(|| Fault::missing("file", &slug))?;
    rejected_rows(&path, &slug)
}

/// Rows that broke the contract of a dataset, to be saved.
pub(super) fn rejected_rows(path: &Path, slug: &Slug) -> Result<Response, Fault> {
    let read = std::fs::read_to_string(path).map_err(|_| Fault::missing("file", slug))?;
    // Values of a stranger's file: a spreadsheet must not run them.
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(read.as_bytes())
        .records()
        .filter_map(Result::ok)
    {
        let cells = row
            .iter()
            .map(|cell| crate::download::neutralise(cell).into_owned());
        drop(writer.write_record(cells));
    }
    let text = writer.into_inner().unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{slug}-rejected.csv\""),
        ),
    ];
    Ok((headers, text).into_response())
}

/// `GET /catalogue.jsonld`: every dataset as DCAT, for catalogues of open data.
///
/// <https://www.w3.org/TR/vocab-dcat-3/>
pub(super) fn catalogue(cx: &Cx) -> Result<Response, Fault> {
    let state = cx.site.evidence();
    let base = cx.site.0.settings.address.clone().unwrap_or_default();
    let plan = &cx.view.plan;
    let title = plan
        .region()
        .map_or_else(String::new, |region| region.title.clone());
    let datasets: Vec<Value> = plan
        .datasets
        .iter()
        .map(|(slug, dataset)| describe(&base, slug, dataset, state.journals.get(slug)))
        .collect();
    let catalogue = json!({
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "spdx": "http://spdx.org/rdf/terms#",
            "xsd": "http://www.w3.org/2001/XMLSchema#"
        },
        "@id": format!("{base}/catalogue.jsonld"),
        "@type": "dcat:Catalog",
        "dct:title": title,
        "dcat:dataset": datasets,
    });
    let headers = [
        (header::CONTENT_TYPE, "application/ld+json; charset=utf-8"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    let text = serde_json::to_string(&catalogue).map_err(|_| Fault::missing("page", &cx.path))?;
    Ok((headers, text).into_response())
}

fn describe(base: &str, slug: &Slug, dataset: &Dataset, journal: Option<&Journal>) -> Value {
    let current = journal.and_then(Journal::current);
    let mut distributions = Vec::new();
    if let Some(vintage) = current {
        distributions.push(json!({
            "@type": "dcat:Distribution",
            "dct:title": "The table as Parquet",
            "dcat:downloadURL": {"@id": format!("{base}/datasets/{slug}/table.parquet")},
            "dcat:mediaType": "application/vnd.apache.parquet",
            "dcat:byteSize": vintage.table.bytes,
            "spdx:checksum": {
                "@type": "spdx:Checksum",
                "spdx:algorithm": "BLAKE3",
                "spdx:checksumValue": vintage.table.hash,
            },
        }));
        distributions.push(json!({
            "@type": "dcat:Distribution",
            "dct:title": "The file as published",
            "dcat:downloadURL": {"@id": format!("{base}/datasets/{slug}/sources/{}", vintage.source)},
            "dcat:byteSize": vintage.bytes,
        }));
    }
    let frequency = dataset.cadence.map(|cadence| match cadence {
        Cadence::Weekly => "WEEKLY",
        Cadence::Monthly => "MONTHLY",
        Cadence::Quarterly => "QUARTERLY",
        Cadence::HalfYearly => "ANNUAL_2",
        Cadence::Annual => "ANNUAL",
        Cadence::Rare => "IRREG",
        Cadence::Ended => "NEVER",
    });
    let frequency = frequency.map(|word| {
        json!({"@id": format!("http://publications.europa.eu/resource/authority/frequency/{word}")})
    });
    json!({
        "@id": format!("{base}/datasets/{slug}"),
        "@type": "dcat:Dataset",
        "dct:identifier": slug,
        "dct:title": dataset.title,
        "dct:description": dataset.description,
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": dataset.publisher},
        "dct:license": dataset.licence,
        "dct:accrualPeriodicity": frequency,
        "dct:modified": current.map(|vintage| vintage.retrieved.to_string()),
        "dcat:landingPage": dataset.sources.first().and_then(|source| source.url.clone()),
        "dcat:distribution": distributions,
    })
}
