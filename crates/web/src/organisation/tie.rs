//! Who is tied to whom: by a relationship that a source names, or by a part in the same activity.

use std::collections::{BTreeMap, BTreeSet};

use dfg_plan::{
    Plan, Slug,
    record::{OrganisationKind, Part},
};

/// What ties two organisations.
#[derive(Clone, Debug, Default)]
pub(super) struct Tie {
    pub relationships: BTreeSet<Slug>,
    pub activities: BTreeSet<Slug>,
}

/// All ties, from both sides.
pub(super) struct Ties(BTreeMap<Slug, BTreeMap<Slug, Tie>>);

impl Ties {
    /// Reads the ties of a plan.
    pub fn of(plan: &Plan) -> Self {
        let mut ties = Self(BTreeMap::new());
        for (slug, relationship) in &plan.relationships {
            ties.join(plan, &relationship.from, &relationship.to, |tie| {
                tie.relationships.insert(slug.clone());
            });
        }
        for (slug, activity) in &plan.activities {
            let owners: BTreeSet<&Slug> = activity
                .owners
                .iter()
                .filter_map(|owner| owner.organisation.as_ref())
                .collect();
            for one in &owners {
                for other in owners.iter().filter(|other| *other > one) {
                    ties.join(plan, one, other, |tie| {
                        tie.activities.insert(slug.clone());
                    });
                }
            }
        }
        ties
    }

    fn join(&mut self, plan: &Plan, one: &Slug, other: &Slug, add: impl Fn(&mut Tie)) {
        let known = |slug: &Slug| plan.organisations.contains_key(slug);
        if one == other || !known(one) || !known(other) {
            return;
        }
        for (from, to) in [(one, other), (other, one)] {
            let partners = self.0.entry(from.clone()).or_default();
            add(partners.entry(to.clone()).or_default());
        }
    }

    /// Those an organisation is tied to.
    pub fn partners(&self, slug: &Slug) -> impl Iterator<Item = (&Slug, &Tie)> {
        self.0.get(slug).into_iter().flatten()
    }

    /// How many others an organisation is tied to.
    pub fn number(&self, slug: &Slug) -> usize {
        self.0.get(slug).map_or(0, BTreeMap::len)
    }

    /// How many organisations have a tie at all.
    pub fn tied(&self) -> usize {
        self.0.len()
    }

    /// Every pair once.
    pub fn pairs(&self) -> impl Iterator<Item = (&Slug, &Slug, &Tie)> {
        self.0.iter().flat_map(|(one, partners)| {
            let later = partners.iter().filter(move |(other, _)| *other > one);
            later.map(move |(other, tie)| (one, other, tie))
        })
    }
}

/// How many activities each organisation has each part in.
pub(super) struct Parts(BTreeMap<(Slug, Part), usize>);

impl Parts {
    /// Counts the parts of a plan.
    pub fn of(plan: &Plan) -> Self {
        let mut parts = BTreeMap::new();
        for activity in plan.activities.values() {
            let mut seen = BTreeSet::new();
            for owner in &activity.owners {
                if let Some(slug) = &owner.organisation
                    && seen.insert((slug, owner.part))
                {
                    *parts.entry((slug.clone(), owner.part)).or_default() += 1;
                }
            }
        }
        Self(parts)
    }

    /// In how many activities an organisation has a part.
    pub fn number(&self, slug: &Slug, part: Part) -> usize {
        self.0
            .get(&(slug.clone(), part))
            .copied()
            .unwrap_or_default()
    }
}

/// The kinds in the order in which they are shown.
pub(super) const KINDS: [Option<OrganisationKind>; 13] = [
    Some(OrganisationKind::University),
    Some(OrganisationKind::College),
    Some(OrganisationKind::School),
    Some(OrganisationKind::ResearchCentre),
    Some(OrganisationKind::Hub),
    Some(OrganisationKind::Council),
    Some(OrganisationKind::CombinedAuthority),
    Some(OrganisationKind::PublicBody),
    Some(OrganisationKind::Network),
    Some(OrganisationKind::Charity),
    Some(OrganisationKind::Investor),
    Some(OrganisationKind::Company),
    None,
];

/// The word for many of a kind.
pub(super) fn kind_plural(kind: Option<OrganisationKind>) -> &'static str {
    match kind {
        Some(OrganisationKind::University) => "Universities",
        Some(OrganisationKind::College) => "Colleges",
        Some(OrganisationKind::School) => "Schools",
        Some(OrganisationKind::ResearchCentre) => "Research centres",
        Some(OrganisationKind::Hub) => "Hubs",
        Some(OrganisationKind::Council) => "Councils",
        Some(OrganisationKind::CombinedAuthority) => "Combined authorities",
        Some(OrganisationKind::PublicBody) => "Public bodies",
        Some(OrganisationKind::Network) => "Networks",
        Some(OrganisationKind::Charity) => "Charities",
        Some(OrganisationKind::Investor) => "Investors",
        Some(OrganisationKind::Company) => "Companies",
        None => "Kind not stated",
    }
}
