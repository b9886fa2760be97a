//! Where a fact comes from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{date::PartialDate, record::is_default};

/// A published source of a record: at least a title, a publisher or an address.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Title of the page or document.
    #[serde(default, skip_serializing_if = "is_default")]
    pub title: Option<String>,
    /// Who published it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub publisher: Option<String>,
    /// Its web address, `https://…` or `http://…`.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(regex(pattern = r"^https?://[^\s]+$"))]
    pub url: Option<String>,
    /// When it was published.
    #[serde(default, skip_serializing_if = "is_default")]
    pub date: Option<PartialDate>,
    /// What it was used for, or how far to trust it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub note: Option<String>,
}

impl Source {
    /// The publisher, or the host of the address, or the title: a short name for a link.
    pub fn name(&self) -> &str {
        if let Some(name) = self.publisher.as_deref().or(self.title.as_deref()) {
            return name;
        }
        let url = self.url.as_deref().unwrap_or_default();
        let host = url
            .split("://")
            .nth(1)
            .unwrap_or(url)
            .split(['/', '?', '#'])
            .next();
        let host = host.unwrap_or_default();
        host.strip_prefix("www.").unwrap_or(host)
    }
}
