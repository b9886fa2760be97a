//! The frame around every page: title, navigation, the banner of the past, the footer.

use std::fmt::Write as _;

use dfg_plan::{Plan, Slug};

use crate::{
    asset,
    cx::{Cx, Link, Query},
    moment::{Moment, Past},
    site::Site,
};

/// What `layout.html` shows around a page.
pub(crate) struct Shell {
    /// The page's own title; the document's title begins with it.
    pub title: String,
    /// A sentence for search engines.
    pub description: String,
    /// Whether the page shows what was wrong with a form.
    pub failed: bool,
    pub site_title: String,
    pub short_name: String,
    pub language: String,
    /// The classes of the squares in the mark: one a theme.
    pub mark: Vec<String>,
    pub nav: Vec<NavItem>,
    pub notice: String,
    pub past: Option<Past>,
    /// The same page in the latest edition.
    pub present_href: String,
    pub icon_href: String,
    pub style_href: String,
    pub theme_style_href: String,
    pub home_href: String,
    /// The moment's query pairs, for hidden fields.
    pub pairs: Vec<(String, String)>,
    pub footer: Vec<(&'static str, Vec<Link>)>,
}

pub(crate) struct NavItem {
    pub link: Link,
    pub current: bool,
    /// Shown only where there is no room for the search field.
    pub is_search: bool,
}

/// The main navigation: address, words, and the first parts of the paths that belong to it.
const NAV: [(&str, &str, &[&str]); 6] = [
    (
        "/strategy",
        "Strategy",
        &["strategy", "themes", "objectives"],
    ),
    (
        "/pipeline",
        "Pipeline",
        &["pipeline", "activities", "areas"],
    ),
    (
        "/indicators",
        "Evidence",
        &["indicators", "signals", "datasets", "query"],
    ),
    (
        "/organisations",
        "Who takes part",
        &["organisations", "groups"],
    ),
    (
        "/editions",
        "What changed",
        &["editions", "changes", "decisions", "milestones"],
    ),
    ("/search", "Search", &["search"]),
];

const FOOTER: [(&str, &[(&str, &str)]); 3] = [
    (
        "Read",
        &[
            ("/strategy", "The strategy"),
            ("/areas", "Map"),
            ("/decisions", "Decisions"),
            ("/glossary", "Words used here"),
        ],
    ),
    (
        "Use",
        &[
            ("/sources", "Sources"),
            ("/data", "Data and API"),
            ("/follow", "Follow changes"),
        ],
    ),
    (
        "About",
        &[("/accessibility", "Accessibility"), ("/privacy", "Privacy")],
    ),
];

impl Shell {
    pub fn new(cx: &Cx, title: String) -> Self {
        Self::for_moment(&cx.view.plan, Some(&cx.moment), &cx.path, &cx.query, title)
            .with_sign_in(&cx.site)
    }

    /// The frame where a request could not be resolved to a moment.
    pub fn for_moment(
        plan: &Plan,
        moment: Option<&Moment>,
        path: &str,
        query: &Query,
        title: String,
    ) -> Self {
        let region = plan.region();
        let first = path.split('/').nth(1).unwrap_or_default();
        let href = |path: &str| moment.map_or_else(|| path.to_owned(), |moment| moment.href(path));
        let present = query.with(&[("as-of", ""), ("known-at", ""), ("edition", "")]);
        Self {
            title,
            description: String::new(),
            failed: false,
            site_title: region.map_or_else(|| "Digital strategy".to_owned(), |r| r.title.clone()),
            short_name: region
                .map(|region| {
                    region
                        .short_name
                        .clone()
                        .unwrap_or_else(|| region.name.clone())
                })
                .unwrap_or_default(),
            language: region
                .and_then(|r| r.language.clone())
                .unwrap_or_else(|| "en".to_owned()),
            mark: plan
                .themes_in_order()
                .iter()
                .take(4)
                .map(|(slug, _)| theme_class(slug))
                .collect(),
            nav: NAV
                .iter()
                .map(|(path, words, parts)| NavItem {
                    link: Link::new(href(path), *words),
                    current: parts.contains(&first),
                    is_search: *path == "/search",
                })
                .collect(),
            notice: region
                .and_then(|region| region.notice.clone())
                .unwrap_or_default(),
            past: moment.and_then(|moment| moment.past.clone()),
            present_href: if present.is_empty() {
                path.to_owned()
            } else {
                format!("{path}?{present}")
            },
            icon_href: asset::href("favicon.svg"),
            style_href: asset::href("app.css"),
            theme_style_href: format!("/theme.css?v={}", asset::hash(theme_style(plan).as_bytes())),
            home_href: href("/"),
            pairs: moment
                .map(Moment::pairs)
                .unwrap_or_default()
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            footer: FOOTER
                .iter()
                .map(|(heading, links)| {
                    let links = links
                        .iter()
                        .map(|(path, words)| Link::new(href(path), *words));
                    (*heading, links.collect())
                })
                .collect(),
        }
    }

    /// Whether the region has a name to stand in the document's title.
    pub fn has_name(&self) -> bool {
        !self.short_name.is_empty()
    }

    /// With the way in for people who take part, where there is one.
    #[must_use]
    pub fn with_sign_in(mut self, site: &Site) -> Self {
        if site.0.access.is_some()
            && let Some((_, links)) = self.footer.last_mut()
        {
            links.push(Link::new("/sign-in", "Sign in"));
        }
        self
    }

    /// For a page that shows what was wrong with a form.
    #[must_use]
    pub fn failed(mut self, failed: bool) -> Self {
        self.failed = failed;
        self
    }

    /// With a sentence for search engines.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }
}

/// The class that gives a theme's colour to what is inside.
pub(crate) fn theme_class(slug: &Slug) -> String {
    format!("theme-{}", slug.as_str().replace('.', "-"))
}

/// The style sheet that carries the themes' colours.
pub(crate) fn theme_style(plan: &Plan) -> String {
    let mut style = String::new();
    for (slug, theme) in plan.themes_in_order() {
        let _ = writeln!(style, ".{}{{--c:{}}}", theme_class(slug), theme.colour);
    }
    style
}
