//! `GET /indicators/{slug}` where there is evidence: the finding, the chart, the places, the source.

use std::collections::BTreeMap;

use askama::Template;
use axum::{http::header, response::Response};
use dfg_evidence::{
    State,
    standing::{Groups, Origin, Place, Standing},
};
use dfg_plan::{
    Key, Kind, Record, Slug,
    evidence::{Change, Period, Reading, Series, Verdict, spell_change, spell_value},
    record::{Dataset, Direction, Indicator},
    spell_date,
    story::{capitalise, join_and},
};

use super::{
    chart::{self, Drawn, Scale, number},
    dataset::day,
    map::{self, Map},
    place::{Middling, middling, neighbours_source},
    signal::{EvidenceSignal, ended_on, on_indicator},
};
use crate::{
    cx::{Cx, Link},
    fault::Fault,
    part::{ActivityItem, SignalItem, SourceItem},
    record::{self, Fact},
    route::html,
    shell::Shell,
    tile::heat_of,
};

#[derive(Template)]
#[template(path = "evidence/indicator.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    finding: String,
    meaning: String,
    heading: String,
    unit: String,
    chart: Option<String>,
    legend: Vec<Legend>,
    notes: Vec<String>,
    verdict: Option<VerdictItem>,
    parts: Vec<Part>,
    tiles: Vec<Tile>,
    map: Option<Map>,
    map_heading: String,
    beside: Vec<Compared>,
    groups: Option<GroupTable>,
    columns: Vec<String>,
    rows: Vec<(String, Vec<String>)>,
    revisions: Vec<RevisionItem>,
    caveats: Vec<String>,
    neighbours: Option<Link>,
    signals_from_evidence: Vec<EvidenceSignal>,
    ended: Vec<(String, String, String)>,
    activities: Vec<ActivityItem>,
    signals: Vec<SignalItem>,
    objectives: Vec<Link>,
    datasets: Vec<DatasetItem>,
    sql: String,
    query_href: String,
    computed: Option<String>,
    fault: Option<String>,
    downloads: Vec<Link>,
    facts: Vec<Fact>,
    sources: Vec<SourceItem>,
    history_href: String,
    data_href: String,
}

struct Legend {
    class: String,
    title: String,
    latest: String,
}

struct VerdictItem {
    words: &'static str,
    class: &'static str,
    sentence: String,
    arithmetic: Vec<String>,
    made: Option<String>,
}

struct Part {
    link: Link,
    value: String,
    period: String,
    change: String,
    since: String,
    rank: String,
    beside: Option<Middling>,
    verdict: &'static str,
    interval: String,
    chart: String,
}

struct Tile {
    place: String,
    heat: String,
    link: Link,
    value: String,
}

struct Compared {
    title: String,
    value: String,
    period: String,
    gap: String,
    at_baseline: String,
    made: String,
}

struct GroupTable {
    /// Where they are not the region's, whose they are.
    note: String,
    rows: Vec<(String, String, String)>,
}

struct RevisionItem {
    area: String,
    period: String,
    old: String,
    new: String,
    note: &'static str,
}

struct DatasetItem {
    link: Link,
    publisher: String,
    vintage: String,
    hash: String,
    next: String,
    attribution: String,
}

/// The page of an indicator that has evidence.
pub(crate) fn show(cx: &Cx, slug: &Slug, indicator: &Indicator) -> Result<Response, Fault> {
    let state = cx.site.evidence();
    let standing = state
        .standings
        .get(slug)
        .ok_or_else(|| Fault::missing("indicator", slug))?;
    let key = Key::new(Kind::Indicator, slug.clone());
    let region = standing.region.as_ref();
    let finding = finding(indicator, standing);
    let all = parts(cx, indicator, standing);
    let (chart, legend, notes) = main_chart(indicator, standing, &finding);
    let (columns, rows) = table(indicator, standing);
    let inputs = datasets(cx, &state, standing);
    html(&Page {
        shell: cx.shell(indicator.title.clone()).described(finding.clone()),
        trail: record::trail(cx, [Link::new(cx.moment.href("/indicators"), "Evidence")]),
        meaning: indicator.meaning.clone(),
        heading: heading(indicator, standing),
        unit: indicator.unit.clone(),
        chart,
        legend,
        notes,
        verdict: region.map(|place| verdict(indicator, place)),
        map_heading: map_heading(indicator, standing),
        tiles: tiles(cx, indicator, standing),
        map: map::of_parts(cx, &state, indicator, standing),
        parts: all,
        beside: beside(indicator, standing),
        groups: standing.groups.as_ref().map(|all| groups(indicator, all)),
        columns,
        rows,
        revisions: revisions(indicator, standing),
        caveats: [indicator.caveats.as_slice(), &standing.caveats].concat(),
        neighbours: neighbours_source(cx, &state, standing),
        signals_from_evidence: on_indicator(cx, &state, slug),
        ended: ended_on(&state, slug),
        activities: ActivityItem::moving(cx, &key),
        signals: SignalItem::about(cx, &key),
        objectives: cx.links(Kind::Objective, &indicator.objectives),
        datasets: inputs,
        sql: indicator.sql.clone().unwrap_or_default().trim().to_owned(),
        query_href: standing
            .figures
            .as_ref()
            .map_or_else(String::new, |_| query_href(indicator)),
        computed: standing
            .figures
            .as_ref()
            .map(|lineage| format!("{} by {}", day(lineage.computed), lineage.engine)),
        fault: standing.fault.clone(),
        downloads: downloads(slug, standing),
        facts: facts(cx, indicator, standing),
        sources: SourceItem::list(&indicator.sources),
        history_href: record::history_href(cx, Kind::Indicator, slug),
        data_href: record::data_href(cx, Kind::Indicator, slug),
        finding,
    })
}

#[derive(Template)]
#[template(path = "evidence/embed.html")]
struct Embed {
    shell: Shell,
    href: String,
    finding: String,
    unit: String,
    chart: String,
    legend: Vec<Legend>,
    source: String,
}

/// `GET /indicators/{slug}/embed`: the chart alone, for other sites to show in a frame.
pub(super) fn embed(cx: &Cx) -> Result<Response, Fault> {
    let (slug, record) = cx.record(Kind::Indicator)?;
    let Record::Indicator(indicator) = record else {
        return Err(Fault::missing("indicator", slug));
    };
    let state = cx.site.evidence();
    let missing = || Fault::missing("chart", &slug);
    let standing = state.standings.get(&slug).ok_or_else(missing)?;
    let finding = finding(&indicator, standing);
    let (chart, legend, _) = main_chart(&indicator, standing, &finding);
    let mut response = html(&Embed {
        shell: cx.shell(indicator.title.clone()),
        href: format!("/indicators/{slug}"),
        unit: indicator.unit.clone(),
        chart: chart.ok_or_else(missing)?,
        legend,
        source: source_line(cx, &state, standing),
        finding,
    })?;
    crate::cache::allow_framing(response.headers_mut());
    response.headers_mut().insert(
        header::HeaderName::from_static("x-robots-tag"),
        header::HeaderValue::from_static("noindex"),
    );
    Ok(response)
}

/// Whom the figures come from, in a line.
pub(super) fn source_line(cx: &Cx, state: &State, standing: &Standing) -> String {
    let mut publishers: Vec<String> = Vec::new();
    for input in standing.figures.iter().flat_map(|one| &one.inputs) {
        if let Some(dataset) = cx.view.plan.datasets.get(&input.dataset) {
            let retrieved = state
                .journals
                .get(&input.dataset)
                .and_then(|one| one.current());
            let date = retrieved.map_or_else(String::new, |vintage| {
                format!(", retrieved {}", day(vintage.retrieved))
            });
            let line = format!("{}, {}{date}", dataset.publisher, dataset.title);
            if !publishers.contains(&line) {
                publishers.push(line);
            }
        }
    }
    match publishers.as_slice() {
        [] => "Headline figures that the region publishes itself".to_owned(),
        lines => lines.join("; "),
    }
}

/// The finding: of the region, or of its parts where the whole has no figure.
pub(super) fn finding(indicator: &Indicator, standing: &Standing) -> String {
    let whole = standing.region.as_ref();
    if let Some(finding) = whole.and_then(|place| place.assessment.finding.clone()) {
        return finding;
    }
    between(indicator, standing).map_or_else(
        || format!("{}: no figure yet.", indicator.title),
        |words| format!("{words}."),
    )
}

/// The best and the last of the region's parts in words.
fn between(indicator: &Indicator, standing: &Standing) -> Option<String> {
    let ranking = standing.ranking.as_ref()?;
    let (first, last) = (ranking.places.first()?, ranking.places.last()?);
    let name = |code: &str| {
        let part = standing.parts.iter().find(|part| part.code == code);
        part.map_or_else(|| code.to_owned(), |part| part.name.clone())
    };
    Some(format!(
        "{} {}: from {} in {} to {} in {}",
        indicator.title,
        ranking.period.in_words(),
        spell_value(indicator, first.value),
        name(&first.reading.area),
        spell_value(indicator, last.value),
        name(&last.reading.area),
    ))
}

fn heading(indicator: &Indicator, standing: &Standing) -> String {
    let Some(region) = &standing.region else {
        return between(indicator, standing).unwrap_or_else(|| indicator.title.clone());
    };
    let Some((first, value)) = region.series.valued().next() else {
        return indicator.title.clone();
    };
    let Some((last, now)) = region.series.latest() else {
        return indicator.title.clone();
    };
    if first.period == last.period {
        return format!(
            "{}: {} {}",
            indicator.title,
            spell_value(indicator, now),
            last.period.in_words()
        );
    }
    format!(
        "{}: {} {}, after {} {}",
        indicator.title,
        spell_value(indicator, now),
        last.period.in_words(),
        spell_value(indicator, value),
        first.period.in_words()
    )
}

/// The series of the main chart: the region, and at most three of what it is set beside.
pub(super) fn drawn(standing: &Standing) -> Vec<Drawn<'_>> {
    let region = standing.region.iter();
    let region = region.map(|place| (place.name.as_str(), &place.series));
    let beside = standing.comparators.iter().take(3);
    let beside = beside.map(|one| (one.title.as_str(), &one.series));
    let with_figures = region
        .chain(beside)
        .filter(|(_, series)| series.latest().is_some());
    with_figures
        .zip(1..)
        .map(|((title, series), number)| Drawn {
            title,
            class: format!("s{number}"),
            series,
        })
        .collect()
}

fn main_chart(
    indicator: &Indicator,
    standing: &Standing,
    finding: &str,
) -> (Option<String>, Vec<Legend>, Vec<String>) {
    let drawn = drawn(standing);
    let assessment = standing.region.as_ref().map(|place| &place.assessment);
    let chart = standing
        .region
        .as_ref()
        .and_then(|_| chart::draw("main-chart", finding, indicator, &drawn, assessment));
    let legend = drawn
        .iter()
        .map(|one| Legend {
            class: one.class.clone(),
            title: capitalise(one.title),
            latest: one
                .series
                .latest()
                .map(|(_, value)| spell_value(indicator, value))
                .unwrap_or_default(),
        })
        .collect();
    let values = drawn.iter().flat_map(|one| one.series.valued());
    let scale = Scale::of(values.map(|(_, value)| number(value)));
    let mut notes = Vec::new();
    if scale.is_some_and(|scale| !scale.has_zero()) {
        notes.push("The scale does not begin at nought.".to_owned());
    }
    let has_interval =
        |series: &Series| series.readings().iter().any(|one| one.interval().is_some());
    if standing
        .region
        .as_ref()
        .is_some_and(|place| has_interval(&place.series))
    {
        notes.push("The shaded band is the 95% confidence interval.".to_owned());
    }
    if assessment.is_some_and(|one| one.target.is_some() && one.baseline.is_some()) {
        notes.push("The dashes lead from the baseline to the target.".to_owned());
    }
    for one in &indicator.breaks {
        notes.push(format!(
            "The dotted upright line is a break in {}: {}",
            spell_date(one.period),
            one.note
        ));
    }
    (chart, legend, notes)
}

fn verdict(indicator: &Indicator, place: &Place) -> VerdictItem {
    let found = &place.assessment;
    let (words, class) = match found.verdict {
        Verdict::Met => ("Met", "green"),
        Verdict::OnTrack => ("On track", "green"),
        Verdict::OffTrack => ("Off track", "red"),
        Verdict::NotEnoughData => ("No verdict", "grey"),
    };
    let sentence = match (found.verdict, &found.reason, found.expected, &found.target) {
        (Verdict::NotEnoughData, Some(reason), ..) => reason.clone(),
        (_, _, Some(expected), Some(target)) => format!(
            "{} was expected by now, on the way to {} by {}.",
            spell_value(indicator, expected),
            spell_value(indicator, target.value),
            target.period.words()
        ),
        _ => String::new(),
    };
    VerdictItem {
        words,
        class,
        sentence,
        arithmetic: found.arithmetic.clone(),
        made: place.made.clone(),
    }
}

fn change_in_words(indicator: &Indicator, change: Option<&Change>) -> (String, String) {
    match change {
        Some(change) => (
            capitalise(&spell_change(indicator, change)),
            format!("since {}", change.from.words()),
        ),
        None => (String::new(), String::new()),
    }
}

fn parts(cx: &Cx, indicator: &Indicator, standing: &Standing) -> Vec<Part> {
    let values = standing.parts.iter().flat_map(|part| part.series.valued());
    let scale = Scale::of(values.map(|(_, value)| number(value)));
    let periods = standing.parts.iter().flat_map(|part| part.series.valued());
    let ends = periods.fold(
        None,
        |ends: Option<(jiff::civil::Date, jiff::civil::Date)>, (one, _)| {
            let day = one.period.last();
            Some(ends.map_or((day, day), |(first, last)| (first.min(day), last.max(day))))
        },
    );
    let rank = |code: &str| {
        let ranking = standing.ranking.as_ref()?;
        let place = ranking.places.iter().find(|one| one.reading.area == code)?;
        Some(place.rank)
    };
    let mut found: Vec<(usize, Part)> = standing
        .parts
        .iter()
        .filter_map(|part| {
            let (latest, value) = part.series.latest()?;
            let found = &part.assessment;
            let (change, since) = change_in_words(indicator, found.since_last.as_ref());
            let rank = rank(&part.code);
            let value_words = spell_value(indicator, value);
            Some((
                rank.unwrap_or(usize::MAX),
                Part {
                    link: cx.link(Kind::Area, &part.slug),
                    period: latest.period.words(),
                    change,
                    since,
                    rank: rank.map(|rank| rank.to_string()).unwrap_or_default(),
                    beside: middling(indicator, part),
                    verdict: match found.verdict {
                        Verdict::NotEnoughData => "",
                        verdict => verdict.words(),
                    },
                    interval: latest.interval().map_or_else(String::new, |(low, high)| {
                        format!(
                            "{} to {}",
                            dfg_plan::evidence::spell_number(indicator, low),
                            dfg_plan::evidence::spell_number(indicator, high)
                        )
                    }),
                    chart: match (scale, ends) {
                        (Some(scale), Some(ends)) => chart::draw_small(
                            &format!("small-{}", part.slug),
                            &format!("{}: {value_words} {}", part.name, latest.period.in_words()),
                            indicator,
                            "s1",
                            &part.series,
                            scale,
                            ends,
                        ),
                        _ => String::new(),
                    },
                    value: value_words,
                },
            ))
        })
        .collect();
    found
        .sort_by(|(one, a), (other, b)| one.cmp(other).then_with(|| a.link.text.cmp(&b.link.text)));
    found.into_iter().map(|(_, part)| part).collect()
}

/// The latest values of the parts at their common period, by code.
pub(super) fn latest_common(standing: &Standing) -> BTreeMap<&str, dfg_plan::Figure> {
    let ranking = standing.ranking.as_ref();
    let places = ranking.map_or(&[][..], |ranking| ranking.places.as_slice());
    places
        .iter()
        .map(|place| (place.reading.area.as_str(), place.value))
        .collect()
}

fn map_heading(indicator: &Indicator, standing: &Standing) -> String {
    between(indicator, standing).unwrap_or_else(|| indicator.title.clone())
}

fn tiles(cx: &Cx, indicator: &Indicator, standing: &Standing) -> Vec<Tile> {
    let values = latest_common(standing);
    let shades: Vec<f64> = values.values().map(|value| number(*value)).collect();
    let mut tiles: Vec<_> = cx
        .view
        .plan
        .areas
        .iter()
        .filter_map(|(slug, area)| {
            let tile = area.tile?;
            let value = area.code.as_deref().and_then(|code| values.get(code));
            Some((
                (tile.row, tile.column),
                Tile {
                    place: format!(
                        "col-{} row-{} w-{} h-{}",
                        tile.column, tile.row, tile.width, tile.height
                    ),
                    heat: value.map_or_else(
                        || "heat-none".to_owned(),
                        |value| format!("heat-{}", heat_of(number(*value), &shades)),
                    ),
                    link: Link::new(cx.href(Kind::Area, slug), area.name.clone()),
                    value: value.map_or_else(
                        || "no figure".to_owned(),
                        |value| spell_value(indicator, *value),
                    ),
                },
            ))
        })
        .collect();
    tiles.sort_by_key(|(place, _)| *place);
    tiles.into_iter().map(|(_, tile)| tile).collect()
}

fn beside(indicator: &Indicator, standing: &Standing) -> Vec<Compared> {
    let region = standing.region.as_ref();
    standing
        .comparators
        .iter()
        .filter_map(|one| {
            let (latest, value) = one.series.latest()?;
            let gaps = region.map_or(&[][..], |place| place.assessment.gaps.as_slice());
            let gap = gaps.iter().find(|gap| gap.comparator == one.slug);
            let words = |gap: Option<dfg_plan::Figure>| match gap {
                Some(gap) if gap.0.is_zero() => "the same".to_owned(),
                Some(gap) => {
                    let size = dfg_plan::Figure(gap.0.abs());
                    let way = if gap.0.is_sign_negative() {
                        "ahead"
                    } else {
                        "behind"
                    };
                    let size = dfg_plan::evidence::spell_number(indicator, size);
                    format!("{size} {way}")
                }
                None => String::new(),
            };
            Some(Compared {
                title: capitalise(&one.title),
                value: spell_value(indicator, value),
                period: latest.period.words(),
                gap: words(gap.and_then(|gap| gap.now)),
                at_baseline: words(gap.and_then(|gap| gap.at_baseline)),
                made: one.made.clone(),
            })
        })
        .collect()
}

/// Every figure as a table: a row a period, a column for the region, its parts and what it is set
/// beside; the newest first.
fn table(indicator: &Indicator, standing: &Standing) -> (Vec<String>, Vec<(String, Vec<String>)>) {
    let region = standing
        .region
        .iter()
        .map(|place| (place.name.clone(), &place.series));
    let parts = standing
        .parts
        .iter()
        .map(|place| (place.name.clone(), &place.series));
    let beside = standing
        .comparators
        .iter()
        .map(|one| (capitalise(&one.title), &one.series));
    let columns: Vec<(String, &Series)> = region.chain(parts).chain(beside).collect();
    let mut periods: Vec<&Period> = Vec::new();
    for (_, series) in &columns {
        for reading in series.readings() {
            if !periods.contains(&&reading.period) {
                periods.push(&reading.period);
            }
        }
    }
    periods.sort_by(|one, other| other.cmp(one));
    let rows = periods
        .into_iter()
        .map(|period| {
            let cell = |(_, series): &(String, &Series)| {
                let reading = series.at(period)?;
                let value = dfg_plan::evidence::spell_number(indicator, reading.value?);
                Some(match &reading.status {
                    Some(status) => format!("{value} ({status})"),
                    None => value,
                })
            };
            let cells = columns.iter().map(|one| cell(one).unwrap_or_default());
            (period.words(), cells.collect())
        })
        .collect();
    (columns.into_iter().map(|(name, _)| name).collect(), rows)
}

fn groups(indicator: &Indicator, groups: &Groups) -> GroupTable {
    let row = |reading: &Reading| {
        Some((
            reading.breakdown.clone()?,
            spell_value(indicator, reading.value?),
            reading.period.words(),
        ))
    };
    GroupTable {
        note: if groups.of_region {
            String::new()
        } else {
            format!(
                "By group there are no figures for the region. These are for {}.",
                groups.place
            )
        },
        rows: groups.readings.iter().filter_map(row).collect(),
    }
}

fn revisions(indicator: &Indicator, standing: &Standing) -> Vec<RevisionItem> {
    let places = standing.region.iter().chain(&standing.parts);
    let names: BTreeMap<&str, &str> = places
        .map(|place| (place.code.as_str(), place.name.as_str()))
        .collect();
    let spell = |figure: Option<dfg_plan::Figure>| {
        figure.map_or_else(
            || "withheld".to_owned(),
            |figure| spell_value(indicator, figure),
        )
    };
    standing
        .revisions
        .iter()
        .map(|one| RevisionItem {
            area: names
                .get(one.area.as_str())
                .copied()
                .unwrap_or(&one.area)
                .to_owned(),
            period: one.period.words(),
            old: spell(one.old),
            new: spell(one.new),
            note: match one.beyond {
                Some(true) => "beyond the interval published before",
                Some(false) => "within the interval published before",
                None => "",
            },
        })
        .collect()
}

fn datasets(cx: &Cx, state: &State, standing: &Standing) -> Vec<DatasetItem> {
    let inputs = standing.figures.iter().flat_map(|one| &one.inputs);
    inputs
        .filter_map(|input| {
            let dataset: &Dataset = cx.view.plan.datasets.get(&input.dataset)?;
            let journal = state.journals.get(&input.dataset);
            let current = journal.and_then(|journal| journal.current());
            let many = input.sources.len();
            Some(DatasetItem {
                link: cx.link(Kind::Dataset, &input.dataset),
                publisher: dataset.publisher.clone(),
                vintage: current.map_or_else(String::new, |vintage| {
                    let more = match many {
                        0 | 1 => String::new(),
                        many => format!(", and {} earlier releases", many - 1),
                    };
                    format!(
                        "{} retrieved {}{more}",
                        vintage.from,
                        day(vintage.retrieved)
                    )
                }),
                hash: current
                    .map(|vintage| vintage.source.clone())
                    .unwrap_or_default(),
                next: dataset.next_release.map_or_else(String::new, |date| {
                    format!("Next release: {}.", spell_date(date))
                }),
                attribution: dataset.attribution.clone().unwrap_or_default(),
            })
        })
        .collect()
}

fn query_href(indicator: &Indicator) -> String {
    let sql = indicator.sql.as_deref().unwrap_or_default().trim();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("sql", sql)
        .finish();
    format!("/query?{query}")
}

fn downloads(slug: &Slug, standing: &Standing) -> Vec<Link> {
    let mut links = vec![
        Link::new(format!("/indicators/{slug}/figures.csv"), "Figures (CSV)"),
        Link::new(
            format!("/indicators/{slug}/figures.csv-metadata.json"),
            "What the columns mean (CSVW)",
        ),
    ];
    if standing.region.is_some() {
        links.push(Link::new(
            format!("/indicators/{slug}/chart.svg"),
            "Chart (SVG)",
        ));
        links.push(Link::new(
            format!("/indicators/{slug}/chart.png"),
            "Chart (PNG)",
        ));
        links.push(Link::new(
            format!("/indicators/{slug}/embed"),
            "Chart for other sites",
        ));
    }
    links
}

fn facts(cx: &Cx, indicator: &Indicator, standing: &Standing) -> Vec<Fact> {
    let theme: Vec<Link> = indicator
        .theme
        .iter()
        .map(|slug| Link::new(cx.link(Kind::Theme, slug).href, cx.view.theme_title(slug)))
        .collect();
    let found = standing.region.as_ref().map(|place| &place.assessment);
    let point = |point: &dfg_plan::evidence::assess::Point| {
        format!(
            "{}, {}",
            spell_value(indicator, point.value),
            point.period.words()
        )
    };
    let mut facts = vec![
        Fact::words("Unit", Some(indicator.unit.clone())),
        Fact::words(
            "Better is",
            indicator.direction.map(|direction| match direction {
                Direction::Up => "higher".to_owned(),
                Direction::Down => "lower".to_owned(),
            }),
        ),
    ];
    if let Some(baseline) = found.and_then(|found| found.baseline.as_ref()) {
        facts.push(Fact::words("Began at", Some(point(baseline))));
    }
    if let Some(target) = &indicator.target {
        let value = found.and_then(|found| found.target.as_ref()).map(point);
        let value = value.or_else(|| Some(format!("by {}", spell_date(target.period))));
        facts.push(Fact::words("Target", value).noted(target.note.as_ref()));
    }
    facts.push(Fact::links("Theme", theme));
    let publishers: Vec<String> = standing
        .figures
        .iter()
        .flat_map(|one| &one.inputs)
        .filter_map(|input| Some(cx.view.plan.datasets.get(&input.dataset)?.publisher.clone()))
        .fold(Vec::new(), |mut all, one| {
            if !all.contains(&one) {
                all.push(one);
            }
            all
        });
    let published = match standing.origin {
        Origin::Published => Some("the region’s own headline figures".to_owned()),
        Origin::Computed => (!publishers.is_empty()).then(|| join_and(&publishers)),
    };
    facts.push(Fact::words("Published by", published));
    facts
}
