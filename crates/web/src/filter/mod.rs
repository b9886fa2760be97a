//! Filters of lists: drop-down choices, and a chip to take each filter off again.

use dfg_plan::Kind;

use crate::{cx::Cx, view::short_title};

/// One value of a filter.
pub(crate) struct Choice {
    pub value: String,
    pub words: String,
    pub chosen: bool,
}

impl Choice {
    pub fn new(value: impl ToString, words: impl Into<String>, asked: Option<&str>) -> Self {
        let value = value.to_string();
        Self {
            chosen: asked == Some(value.as_str()),
            value,
            words: words.into(),
        }
    }
}

/// A filter with all its values.
pub(crate) struct Choices {
    pub name: &'static str,
    pub label: &'static str,
    pub list: Vec<Choice>,
}

impl Choices {
    pub fn new(name: &'static str, label: &'static str, list: Vec<Choice>) -> Self {
        Self { name, label, list }
    }
}

/// The filter by theme.
pub(crate) fn theme_choices(cx: &Cx) -> Choices {
    let themes = cx.view.plan.themes_in_order().into_iter();
    let list = themes
        .map(|(slug, theme)| Choice::new(slug, short_title(theme), cx.query.get("theme")))
        .collect();
    Choices::new("theme", "Theme", list)
}

/// The filter by area, for those areas that `used` says are named.
pub(crate) fn area_choices(cx: &Cx, used: impl Fn(&dfg_plan::Slug) -> bool) -> Choices {
    let areas = cx.view.plan.areas.keys();
    let list = areas
        .filter(|slug| used(slug))
        .map(|slug| Choice::new(slug, cx.view.title(Kind::Area, slug), cx.query.get("area")))
        .collect();
    Choices::new("area", "Area", list)
}

/// A filter in use, and the address of the list without it.
pub(crate) struct Chip {
    pub href: String,
    pub text: String,
}

impl Chip {
    /// The filters in use. One that names no value of its list is shown as it was asked for, so
    /// that an empty list can be understood.
    pub fn list(cx: &Cx, path: &str, choices: &[Choices]) -> Vec<Self> {
        let filters = choices.iter().filter_map(|choices| {
            let asked = cx
                .query
                .get(choices.name)
                .filter(|value| !value.is_empty())?;
            let chosen = choices.list.iter().find(|choice| choice.chosen);
            let words = chosen.map_or_else(
                || asked.chars().take(60).collect(),
                |choice| choice.words.clone(),
            );
            Some((choices.name, format!("{}: {words}", choices.label)))
        });
        let words = cx.query.get("q").filter(|q| !q.trim().is_empty());
        let words = words.map(|q| {
            let short: String = q.chars().take(60).collect();
            ("q", format!("Words: {short}"))
        });
        filters
            .chain(words)
            .map(|(name, text)| {
                // The query already carries the moment that is asked for.
                let rest = cx.query.with(&[(name, "")]);
                Self {
                    href: if rest.is_empty() {
                        path.to_owned()
                    } else {
                        format!("{path}?{rest}")
                    },
                    text,
                }
            })
            .collect()
    }
}
