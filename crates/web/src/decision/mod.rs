//! Stub: see the module's owner.

use axum::Router;

use crate::site::Site;

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
}
