//! The plan at one point, with the ways back from record to record.

use std::sync::{Arc, OnceLock};

use dfg_plan::{
    Key, Kind, Plan, Slug,
    link::Backlinks,
    record::{Activity, Part, Theme},
    story::Point,
};

use crate::search::Index;

/// A plan ready to render.
pub(crate) struct View {
    pub point: Point,
    pub plan: Plan,
    pub backlinks: Backlinks,
    search: OnceLock<Index>,
}

impl View {
    pub fn new(plan: Plan, point: Point) -> Self {
        let backlinks = Backlinks::of(&plan);
        Self {
            point,
            plan,
            backlinks,
            search: OnceLock::new(),
        }
    }

    /// The words of the plan, read when first asked for.
    pub fn search(&self) -> &Index {
        self.search.get_or_init(|| Index::of(&self.plan))
    }

    /// What people call a record; its slug where it is not there.
    pub fn title(&self, kind: Kind, slug: &Slug) -> String {
        let record = self.plan.get(&Key::new(kind, slug.clone()));
        record.map_or_else(|| slug.to_string(), |record| record.title())
    }

    /// A theme's short title.
    pub fn theme_title(&self, slug: &Slug) -> String {
        self.plan
            .themes
            .get(slug)
            .map_or_else(|| slug.to_string(), |theme| short_title(theme))
    }

    /// The activities of a kind's record that name it in a field, by slug.
    pub fn activities_naming(&self, key: &Key, field: &str) -> Vec<(&Slug, &Arc<Activity>)> {
        let slugs = self.backlinks.to(key, Kind::Activity, field);
        slugs
            .into_iter()
            .filter_map(|slug| self.plan.activities.get_key_value(slug))
            .collect()
    }

    /// Who leads an activity, in words.
    pub fn leads(&self, activity: &Activity) -> Vec<String> {
        activity
            .owners
            .iter()
            .filter(|owner| owner.part == Part::Leads)
            .filter_map(|owner| {
                let named = owner.organisation.as_ref();
                owner
                    .name
                    .clone()
                    .or(named.map(|slug| self.title(Kind::Organisation, slug)))
            })
            .collect()
    }
}

/// The title of a theme where there is little room.
pub(crate) fn short_title(theme: &Theme) -> String {
    theme
        .short_title
        .clone()
        .unwrap_or_else(|| theme.title.clone())
}
