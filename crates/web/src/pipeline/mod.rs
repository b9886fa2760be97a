//! Stub: see the module's owner.

use axum::Router;

use crate::site::Site;

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
}

/// Stand-in.
pub(crate) fn filtered(
    cx: &crate::cx::Cx,
) -> Vec<(&dfg_plan::Slug, &std::sync::Arc<dfg_plan::record::Activity>)> {
    cx.view.plan.activities.iter().collect()
}
