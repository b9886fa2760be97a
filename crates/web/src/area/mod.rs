//! The map: a schematic tile an area with a ranked table beneath, a page an area, and the place of a
//! postcode.

mod postcode;

use askama::Template;
use axum::{Router, response::Response};
use dfg_plan::{
    Key, Kind, Pence, Record, Slug,
    record::{Activity, Area, AreaLevel, Stage},
};

pub(crate) use self::postcode::of_postcode;

use self::postcode::Finder;
use crate::{
    cx::{Cx, Link},
    evidence::{self, AreaFigure, EvidenceSignal},
    fault::Fault,
    part::{ActivityItem, SignalItem, SourceItem, count},
    route::{html, page},
    shell::Shell,
    site::Site,
    tile::{self, TileItem},
};

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route("/areas", page(list))
        .route("/areas/{slug}", page(show))
}

#[derive(Template)]
#[template(path = "area/list.html")]
struct List {
    shell: Shell,
    lede: String,
    finder: Option<Finder>,
    tiles: Vec<TileItem>,
    everywhere: usize,
    rows: Vec<Row>,
    /// What is counted for the region itself.
    whole: Option<Row>,
    download_href: String,
}

struct Row {
    link: Link,
    code: String,
    activities: usize,
    /// Out of a hundred of the highest.
    share: usize,
    delivering: usize,
    funding: String,
    organisations: usize,
}

/// The activities that name an area.
fn activities_in<'a>(cx: &'a Cx, slug: &Slug) -> Vec<(&'a Slug, &'a Activity)> {
    let key = Key::new(Kind::Area, slug.clone());
    let plan = &cx.view.plan;
    cx.view
        .backlinks
        .to(&key, Kind::Activity, "areas")
        .into_iter()
        .filter_map(|slug| plan.activities.get_key_value(slug))
        .map(|(slug, activity)| (slug, activity.as_ref()))
        .collect()
}

fn row(cx: &Cx, slug: &Slug, area: &Area) -> Row {
    let activities = activities_in(cx, slug);
    let key = Key::new(Kind::Area, slug.clone());
    let funding: Pence = activities
        .iter()
        .filter_map(|(_, activity)| activity.funding_pence)
        .sum();
    let delivering =
        |(_, activity): &&(&Slug, &Activity)| activity.stage == Some(Stage::Delivering);
    Row {
        link: cx.link(Kind::Area, slug),
        code: area.code.clone().unwrap_or_default(),
        activities: activities.len(),
        share: 0,
        delivering: activities.iter().filter(delivering).count(),
        funding: if funding.0 == 0 {
            "none named".to_owned()
        } else {
            funding.to_string()
        },
        organisations: cx.view.backlinks.to(&key, Kind::Organisation, "area").len(),
    }
}

/// `GET /areas`.
fn list(cx: &Cx) -> Result<Response, Fault> {
    let plan = &cx.view.plan;
    let mut rows: Vec<Row> = plan
        .areas
        .iter()
        .filter(|(_, area)| area.level != Some(AreaLevel::Region))
        .map(|(slug, area)| row(cx, slug, area))
        .collect();
    rows.sort_by(|one, two| {
        two.activities
            .cmp(&one.activities)
            .then_with(|| one.link.text.cmp(&two.link.text))
    });
    let is_past = cx.moment.past.is_some();
    let (has, are) = if is_past {
        ("had", "were")
    } else {
        ("has", "are")
    };
    let title = match rows.as_slice() {
        [first, ..] if first.activities > 0 => {
            let delivering = rows.iter().max_by_key(|row| row.delivering);
            let leads_both = delivering.is_some_and(|row| row.delivering == first.delivering);
            if leads_both && first.delivering > 0 {
                format!(
                    "{} {has} the most under way: {} of its {} {are} being delivered",
                    first.link.text,
                    first.delivering,
                    count(first.activities, "activity", "activities")
                )
            } else {
                format!(
                    "{} {has} the most activity: {}",
                    first.link.text,
                    count(first.activities, "activity", "activities")
                )
            }
        }
        _ => "Where things happen".to_owned(),
    };
    let everywhere = tile::everywhere(cx);
    let most = rows
        .iter()
        .map(|row| row.activities)
        .max()
        .unwrap_or_default();
    for row in &mut rows {
        row.share = (row.activities * 100).checked_div(most).unwrap_or_default();
    }
    let finder = Finder::new(cx);
    let (title, lede) = finder
        .as_ref()
        .and_then(Finder::opening)
        .unwrap_or_else(|| (title, lede(&rows, everywhere)));
    html(&List {
        shell: cx.shell(title),
        lede,
        finder,
        tiles: tile::tiles(cx),
        everywhere,
        whole: plan
            .areas
            .iter()
            .find(|(_, area)| area.level == Some(AreaLevel::Region))
            .map(|(slug, area)| row(cx, slug, area)),
        rows,
        download_href: cx.moment.href("/areas.csv"),
    })
}

/// How the areas compare, in a sentence or two.
fn lede(rows: &[Row], everywhere: usize) -> String {
    let mut lede = match rows {
        [first, .., last] if first.activities > last.activities => format!(
            "{} is named by {}, {} by {}.",
            first.link.text,
            count(first.activities, "activity", "activities"),
            last.link.text,
            last.activities
        ),
        _ => String::new(),
    };
    if everywhere > 0 {
        let more = count(everywhere, "more covers", "more cover");
        lede = format!("{lede} {more} the whole region.");
    }
    lede.trim().to_owned()
}

#[derive(Template)]
#[template(path = "area/page.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    lede: String,
    level: String,
    code: String,
    /// Since when the code is in use, and which it replaced.
    validity: String,
    parent: Option<Link>,
    parts: Vec<Link>,
    funding: String,
    activities: Vec<ActivityItem>,
    pipeline_href: String,
    wider: Option<Link>,
    organisations: Vec<Link>,
    figures: Vec<AreaFigure>,
    /// Its statistical neighbours, and who says so.
    neighbours: Option<(String, Link)>,
    figure_signals: Vec<EvidenceSignal>,
    signals: Vec<SignalItem>,
    sources: Vec<SourceItem>,
    history_href: String,
    data_href: String,
}

/// `GET /areas/{slug}`.
fn show(cx: &Cx) -> Result<Response, Fault> {
    let (slug, record) = cx.record(Kind::Area)?;
    let Record::Area(area) = record else {
        return Err(Fault::missing("area", slug));
    };
    let key = Key::new(Kind::Area, slug.clone());
    let plan = &cx.view.plan;
    let activities = activities_in(cx, &slug);
    let row = row(cx, &slug, &area);
    let back = |kind: Kind, field: &str| cx.view.backlinks.to(&key, kind, field);
    let signals = back(Kind::Signal, "areas").into_iter();
    html(&Page {
        shell: cx.shell(area.name.clone()),
        trail: vec![Link::new(cx.moment.href("/areas"), "Map")],
        lede: format!(
            "{} here, {} of them being delivered{}. {} based here.",
            count(row.activities, "activity", "activities"),
            row.delivering,
            if cx.moment.past.is_some() {
                " then"
            } else {
                " now"
            },
            count(row.organisations, "organisation is", "organisations are"),
        ),
        level: area
            .level
            .map(|level| level.words().to_owned())
            .unwrap_or_default(),
        code: row.code,
        validity: evidence::validity(cx, &area),
        parent: area
            .parent
            .as_ref()
            .map(|parent| cx.link(Kind::Area, parent)),
        parts: cx.links(Kind::Area, back(Kind::Area, "parent")),
        funding: row.funding,
        activities: activities
            .into_iter()
            .map(|(slug, activity)| ActivityItem::new(cx, slug, activity))
            .collect(),
        pipeline_href: cx.moment.href(&format!("/pipeline?area={slug}")),
        wider: area.parent.as_ref().map(|parent| {
            Link::new(
                cx.href(Kind::Area, parent),
                format!(
                    "What covers the whole of {}",
                    cx.view.title(Kind::Area, parent)
                ),
            )
        }),
        organisations: cx.links(Kind::Organisation, back(Kind::Organisation, "area")),
        figures: evidence::area_figures(cx, &slug),
        neighbours: evidence::neighbours(cx, &area),
        figure_signals: evidence::on_area(cx, &slug),
        signals: signals
            .filter_map(|slug| Some(SignalItem::new(cx, slug, plan.signals.get(slug)?)))
            .collect(),
        sources: SourceItem::list(&area.sources),
        history_href: cx.moment.href(&format!("/areas/{slug}/history")),
        data_href: cx.moment.href(&format!("/api/v1/areas/{slug}")),
    })
}
