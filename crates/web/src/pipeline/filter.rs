//! What a reader asks of the pipeline: filters in the address, and which activities pass.

use std::{borrow::Cow, collections::BTreeMap};

use dfg_plan::{
    Kind, Slug,
    record::{Activity, Confidence, Part, Stage},
    story::capitalise,
};

use crate::{cx::Query, part::stage_words, view::View};

/// The word for what no source states.
pub(crate) const NONE: &str = "none";
/// The longest value that is shown back.
const LONGEST: usize = 80;

/// What activities can be chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Facet {
    Theme,
    Stage,
    Area,
    Organisation,
    Confidence,
    Funding,
}

/// Bands of funding: the word in addresses, the words that people read, from and below, in pounds.
const BANDS: [(&str, &str, u64, u64); 3] = [
    ("under-1m", "under £1 million", 0, 1_000_000),
    ("1m-10m", "£1 million to £10 million", 1_000_000, 10_000_000),
    ("10m-up", "£10 million and more", 10_000_000, u64::MAX),
];

impl Facet {
    pub const ALL: [Self; 6] = [
        Self::Theme,
        Self::Stage,
        Self::Area,
        Self::Organisation,
        Self::Confidence,
        Self::Funding,
    ];

    /// The name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Theme => "theme",
            Self::Stage => "stage",
            Self::Area => "area",
            Self::Organisation => "organisation",
            Self::Confidence => "confidence",
            Self::Funding => "funding",
        }
    }

    /// The name that people read.
    pub fn words(self) -> &'static str {
        match self {
            Self::Theme => "Theme",
            Self::Stage => "Stage",
            Self::Area => "Where",
            Self::Organisation => "Organisation",
            Self::Confidence => "Confidence",
            Self::Funding => "Funding",
        }
    }

    /// What an activity has: one value or several.
    fn values(self, activity: &Activity) -> Vec<&str> {
        let mut values: Vec<&str> = match self {
            Self::Theme => vec![activity.theme.as_str()],
            Self::Stage => activity.stage.map(Stage::word).into_iter().collect(),
            Self::Area => activity.areas.iter().map(Slug::as_str).collect(),
            Self::Organisation => {
                let owners = activity.owners.iter();
                let mut values: Vec<&str> = owners
                    .filter_map(|owner| Some(owner.organisation.as_ref()?.as_str()))
                    .collect();
                if !has_lead(activity) {
                    values.push(NONE);
                }
                values
            }
            Self::Confidence => {
                let confidence = activity.confidence.map(Confidence::word);
                confidence.into_iter().collect()
            }
            Self::Funding => activity
                .funding_pence
                .and_then(|pence| {
                    let pounds = pence.pounds();
                    let band = BANDS
                        .iter()
                        .find(|(_, _, from, below)| (*from..*below).contains(&pounds));
                    band.map(|(word, ..)| *word)
                })
                .into_iter()
                .collect(),
        };
        if values.is_empty() {
            values.push(NONE);
        }
        values
    }

    /// The words for a value, or nothing where there is no such value here.
    pub fn label(self, view: &View, value: &str) -> Option<String> {
        let title = |kind: Kind| {
            let slug = Slug::parse(value).ok()?;
            view.plan
                .contains(kind, value)
                .then(|| view.title(kind, &slug))
        };
        if value == NONE {
            return match self {
                Self::Theme => None,
                Self::Organisation => Some("No lead stated".to_owned()),
                Self::Confidence => Some("Not reported".to_owned()),
                _ => Some("Not stated".to_owned()),
            };
        }
        match self {
            Self::Theme => {
                let (slug, _) = view.plan.themes.get_key_value(value)?;
                Some(view.theme_title(slug))
            }
            Self::Stage => Stage::from_word(value).map(|stage| stage_words(Some(stage)).to_owned()),
            Self::Area => title(Kind::Area),
            Self::Organisation => title(Kind::Organisation),
            Self::Confidence => Confidence::from_word(value).map(|c| capitalise(c.words())),
            Self::Funding => {
                let band = BANDS.iter().find(|(word, ..)| *word == value);
                band.map(|(_, words, ..)| capitalise(words))
            }
        }
    }

    /// The values that the form offers, in order.
    fn offered(self, view: &View) -> Vec<Cow<'static, str>> {
        let owned = |slug: &Slug| Cow::Owned(slug.to_string());
        let mut offered: Vec<Cow<'static, str>> = match self {
            Self::Theme => {
                let themes = view.plan.themes_in_order();
                return themes.into_iter().map(|(slug, _)| owned(slug)).collect();
            }
            Self::Stage => Stage::ALL.iter().map(|stage| stage.word().into()).collect(),
            Self::Area => {
                let mut areas: Vec<_> = view.plan.areas.iter().collect();
                areas.sort_by(|(_, one), (_, two)| one.name.cmp(&two.name));
                areas.into_iter().map(|(slug, _)| owned(slug)).collect()
            }
            Self::Organisation => {
                let mut named: Vec<(&str, &Slug)> = view
                    .plan
                    .activities
                    .values()
                    .flat_map(|activity| &activity.owners)
                    .filter_map(|owner| owner.organisation.as_ref())
                    .filter_map(|slug| {
                        let organisation = view.plan.organisations.get(slug)?;
                        Some((organisation.name.as_str(), slug))
                    })
                    .collect();
                named.sort_unstable();
                named.dedup();
                named.into_iter().map(|(_, slug)| owned(slug)).collect()
            }
            Self::Confidence => Confidence::ALL
                .iter()
                .rev()
                .map(|confidence| confidence.word().into())
                .collect(),
            Self::Funding => BANDS.iter().map(|(word, ..)| (*word).into()).collect(),
        };
        offered.push(NONE.into());
        offered
    }
}

/// Whether a source names who leads an activity.
pub(crate) fn has_lead(activity: &Activity) -> bool {
    let mut owners = activity.owners.iter();
    owners.any(|owner| owner.part == Part::Leads)
}

/// What is asked: several values of one filter widen, several filters narrow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    picked: BTreeMap<Facet, Vec<String>>,
    /// Free text as given.
    pub words: String,
    needles: Vec<String>,
}

/// A value that the form offers.
pub(crate) struct Choice {
    pub value: String,
    pub text: String,
    /// How many activities it would show with the other filters as they are.
    pub count: usize,
    pub chosen: bool,
}

impl Filter {
    pub fn read(query: &Query) -> Self {
        let mut picked = BTreeMap::new();
        for facet in Facet::ALL {
            let mut values: Vec<String> = Vec::new();
            for value in query.all(facet.name()) {
                let value = value.trim();
                if !value.is_empty() && !values.iter().any(|one| one == value) {
                    values.push(value.to_owned());
                }
            }
            if !values.is_empty() {
                picked.insert(facet, values);
            }
        }
        let words = query.get("q").unwrap_or_default().trim().to_owned();
        let needles = words.split_whitespace().map(str::to_lowercase).collect();
        Self {
            picked,
            words,
            needles,
        }
    }

    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        self.picked.is_empty() && self.needles.is_empty()
    }

    /// The values picked of one facet.
    pub fn values(&self, facet: Facet) -> &[String] {
        self.picked.get(&facet).map_or(&[], Vec::as_slice)
    }

    /// Whether an activity passes.
    pub fn passes(&self, view: &View, activity: &Activity) -> bool {
        self.passes_but(activity, None) && self.speaks_of(view, activity)
    }

    fn passes_but(&self, activity: &Activity, but: Option<Facet>) -> bool {
        let mut picked = self.picked.iter();
        picked.all(|(facet, wanted)| {
            Some(*facet) == but
                || facet
                    .values(activity)
                    .iter()
                    .any(|has| wanted.iter().any(|want| want == has))
        })
    }

    /// Whether every word stands somewhere in what an activity says.
    fn speaks_of(&self, view: &View, activity: &Activity) -> bool {
        if self.needles.is_empty() {
            return true;
        }
        let mut text = format!("{} {} {}", activity.title, activity.summary, activity.body);
        let lists = [&activity.outputs, &activity.outcomes];
        for line in lists.into_iter().flatten() {
            text.push(' ');
            text.push_str(line);
        }
        for owner in &activity.owners {
            text.push(' ');
            match (&owner.name, &owner.organisation) {
                (Some(name), _) => text.push_str(name),
                (None, Some(slug)) => text.push_str(&view.title(Kind::Organisation, slug)),
                (None, None) => {}
            }
        }
        let text = text.to_lowercase();
        self.needles.iter().all(|needle| text.contains(needle))
    }

    /// The activities that pass, by slug.
    pub fn found<'a>(&self, view: &'a View) -> Vec<(&'a Slug, &'a Activity)> {
        view.plan
            .activities
            .iter()
            .filter(|(_, activity)| self.passes(view, activity))
            .map(|(slug, activity)| (slug, activity.as_ref()))
            .collect()
    }

    /// The activities that would pass without one filter.
    pub fn found_but<'a>(&self, view: &'a View, but: Facet) -> Vec<&'a Activity> {
        view.plan
            .activities
            .values()
            .filter(|activity| self.passes_but(activity, Some(but)))
            .filter(|activity| self.speaks_of(view, activity))
            .map(AsRef::as_ref)
            .collect()
    }

    /// What the form offers of one filter.
    pub fn choices(&self, view: &View, facet: Facet) -> Vec<Choice> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for activity in self.found_but(view, facet) {
            let mut values = facet.values(activity);
            values.sort_unstable();
            values.dedup();
            for value in values {
                *counts.entry(value).or_default() += 1;
            }
        }
        facet
            .offered(view)
            .into_iter()
            .filter_map(|value| {
                let chosen = self.values(facet).iter().any(|one| *one == value);
                Some(Choice {
                    text: facet.label(view, &value)?,
                    count: counts.get(value.as_ref()).copied().unwrap_or_default(),
                    chosen,
                    value: value.into_owned(),
                })
            })
            .collect()
    }

    /// Every filter in use: the facet, none for free text, and the value.
    pub fn in_use(&self) -> Vec<(Option<Facet>, &str)> {
        let picked = self.picked.iter().flat_map(|(facet, values)| {
            let values = values.iter();
            values.map(|value| (Some(*facet), value.as_str()))
        });
        let words = (!self.words.is_empty()).then_some((None, self.words.as_str()));
        words.into_iter().chain(picked).collect()
    }

    /// The filters as pairs of an address, but one.
    pub fn pairs_but(&self, but: Option<(Option<Facet>, &str)>) -> Vec<(&'static str, &str)> {
        self.in_use()
            .into_iter()
            .filter(|used| Some(*used) != but)
            .map(|(facet, value)| (facet.map_or("q", Facet::name), value))
            .collect()
    }
}

/// A value as it may be shown back.
pub(crate) fn shown(value: &str) -> String {
    if value.chars().count() <= LONGEST {
        return value.to_owned();
    }
    value.chars().take(LONGEST - 1).chain(['…']).collect()
}
