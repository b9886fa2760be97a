//! What every page is made from: the request, the moment it asks for, and the plan then.

use std::sync::Arc;

use dfg_plan::{Key, Kind, Record, Slug};

use crate::{
    fault::Fault,
    moment::Moment,
    shell::Shell,
    site::{Site, Snapshot},
    view::View,
};

/// A request, resolved.
pub(crate) struct Cx {
    pub site: Site,
    pub snapshot: Arc<Snapshot>,
    pub moment: Moment,
    pub view: Arc<View>,
    pub path: String,
    pub params: Vec<(String, String)>,
    pub query: Query,
}

impl Cx {
    /// The slug in the path; what is no slug names nothing.
    pub fn slug(&self) -> Result<Slug, Fault> {
        let text = self.param("slug");
        Slug::parse(text).map_err(|_| Fault::missing("page", text))
    }

    /// A part of the path.
    pub fn param(&self, name: &str) -> &str {
        self.params
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// The address of a record's page in this moment.
    pub fn href(&self, kind: Kind, slug: &Slug) -> String {
        self.moment
            .href(&record_path(&self.view, &Key::new(kind, slug.clone())))
    }

    /// An address within the site that a text names, in this moment; none where it leads to a
    /// record that is not there.
    pub fn href_within(&self, path: &str) -> Option<String> {
        let mut parts = path
            .split(['?', '#'])
            .next()
            .unwrap_or_default()
            .split('/')
            .skip(1);
        let record = parts.next().and_then(Kind::from_plural).zip(parts.next());
        let there = record.is_none_or(|(kind, slug)| self.view.plan.contains(kind, slug));
        there.then(|| self.moment.href(path))
    }

    /// A link to a record, or its name alone where it is not in this plan.
    pub fn link(&self, kind: Kind, slug: &Slug) -> Link {
        let there = self.view.plan.contains(kind, slug.as_str());
        Link {
            href: if there {
                self.href(kind, slug)
            } else {
                String::new()
            },
            text: self.view.title(kind, slug),
        }
    }

    /// Links to several records of a kind.
    pub fn links<'a>(&self, kind: Kind, slugs: impl IntoIterator<Item = &'a Slug>) -> Vec<Link> {
        slugs
            .into_iter()
            .map(|slug| self.link(kind, slug))
            .collect()
    }

    /// The record that the path names, or why it cannot be shown.
    pub fn record(&self, kind: Kind) -> Result<(Slug, Record), Fault> {
        let slug = self.slug()?;
        let key = Key::new(kind, slug.clone());
        if let Some(record) = self.view.plan.get(&key) {
            return Ok((slug, record));
        }
        if let Some(new) = self.view.plan.renamed(kind, slug.as_str()) {
            return Err(Fault::Renamed(self.href(kind, &new)));
        }
        Err(Fault::missing(kind.word(), slug))
    }

    /// The frame of a page.
    pub fn shell(&self, title: impl Into<String>) -> Shell {
        Shell::new(self, title.into())
    }
}

/// The path of a record's page. Records without a page of their own stand on another's.
pub(crate) fn record_path(view: &View, key: &Key) -> String {
    let Key { kind, slug } = key;
    match kind {
        Kind::Region => "/".to_owned(),
        Kind::Strategy => "/strategy".to_owned(),
        Kind::Milestone => format!("/milestones#{slug}"),
        Kind::Relationship => match view.plan.relationships.get(slug) {
            Some(relationship) => format!("/organisations/{}", relationship.from),
            None => "/organisations".to_owned(),
        },
        Kind::Observation => match view.plan.observations.get(slug) {
            Some(observation) => format!("/indicators/{}", observation.indicator),
            None => "/indicators".to_owned(),
        },
        _ => format!("/{}/{slug}", kind.plural()),
    }
}

/// A link, or plain words where `href` is empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Link {
    pub href: String,
    pub text: String,
}

impl Link {
    pub fn new(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            href: href.into(),
            text: text.into(),
        }
    }
}

/// The pairs of a query string or of a form, decoded, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// The most pairs that are read; the rest of a longer query is ignored.
    const MOST: usize = 200;

    /// The most pairs that are read of a form: an activity with all its events has hundreds.
    const MOST_OF_FORM: usize = 5_000;

    pub fn parse(raw: Option<&str>) -> Self {
        Self::parse_up_to(raw, Self::MOST)
    }

    /// The pairs of a form that was sent.
    pub fn parse_form(raw: Option<&str>) -> Self {
        Self::parse_up_to(raw, Self::MOST_OF_FORM)
    }

    fn parse_up_to(raw: Option<&str>, most: usize) -> Self {
        let raw = raw.unwrap_or_default();
        Self(
            url::form_urlencoded::parse(raw.as_bytes())
                .into_owned()
                .take(most)
                .collect(),
        )
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every value of a name that is not empty.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Every pair.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The query with some names replaced; empty values are left out.
    pub fn with(&self, changed: &[(&str, &str)]) -> String {
        let kept = self
            .0
            .iter()
            .filter(|(key, value)| {
                !value.is_empty() && !changed.iter().any(|(name, _)| name == key)
            })
            .map(|(key, value)| (key.as_str(), value.as_str()));
        let added = changed
            .iter()
            .copied()
            .filter(|(_, value)| !value.is_empty());
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept.chain(added))
            .finish()
    }
}
