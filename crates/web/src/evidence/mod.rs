//! Evidence on the page: indicators with their charts and comparisons, datasets with their vintages,
//! open SQL, and the signals that figures raise.
//!
//! What is known is one value in memory ([`dfg_evidence::State`]); the past has only the figures
//! that its edition published.

mod chart;
mod dataset;
mod dots;
mod download;
mod handed;
mod index;
mod indicator;
mod map;
mod place;
mod query;
mod signal;

use axum::Router;
use dfg_plan::Slug;

use crate::{cx::Cx, route::page, site::Site};

pub(crate) use index::{IndexItem, list as indices, show as show_index};
pub(crate) use indicator::show as show_indicator;
pub(crate) use place::{
    AreaFigure, area_figures, has_neighbours, neighbours, theme_figures, validity,
};
pub(crate) use signal::{EvidenceSignal, on_area, on_indicators, open as open_signals, waiting};

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route("/datasets", page(dataset::list))
        .route("/datasets/{slug}", page(dataset::show))
        .route("/datasets/{slug}/table.parquet", page(dataset::table))
        .route("/datasets/{slug}/sources/{hash}", page(dataset::source))
        .route("/datasets/{slug}/rejected.csv", page(dataset::rejected))
        .route("/catalogue.jsonld", page(dataset::catalogue))
        .route("/indicators/{slug}/figures.csv", page(download::csv))
        .route(
            "/indicators/{slug}/figures.csv-metadata.json",
            page(download::metadata),
        )
        .route("/indicators/{slug}/chart.svg", page(download::svg))
        .route("/indicators/{slug}/chart.png", page(download::png))
        .route("/indicators/{slug}/embed", page(indicator::embed))
        .merge(query::routes())
}

/// The addresses of those who look after the evidence.
pub(crate) fn desk_routes() -> Router<Site> {
    handed::routes()
}

/// Whether an indicator is shown with evidence: it stands on figures, and the page is not the past.
pub(crate) fn has_evidence(cx: &Cx, slug: &Slug) -> bool {
    cx.moment.past.is_none()
        && cx
            .view
            .plan
            .indicators
            .get(slug)
            .is_some_and(|one| one.sql.is_some())
        && cx.site.evidence().standings.contains_key(slug)
}
