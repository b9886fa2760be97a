//! Who takes part: organisations, their ties, and the groups.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_default, record, words};
use crate::{slug::Slug, source::Source};

record! {
    /// A body that takes part: a row of `organisations.csv`.
    pub struct Organisation {
        required {
            /// Its name.
            name: String,
        }
        optional {
            /// What sort of body it is.
            kind: Option<OrganisationKind>,
            /// Its size as its source says: `large`, `start-up`.
            size: Option<String>,
            /// The area where it is based.
            area: Option<Slug>,
            /// The themes it takes part in.
            themes: Vec<Slug>,
            /// What it is good at.
            specialisms: Vec<String>,
            /// Its website's address or domain.
            website: Option<String>,
            /// Earlier slugs.
            was: Vec<Slug>,
            /// Sources.
            sources: Vec<Source>,
        }
    }
}

words! {
    /// The sort of an organisation.
    pub enum OrganisationKind {
        /// A firm.
        Company = "company" / "company",
        /// A membership network or cluster.
        Network = "network" / "network",
        /// A place or service where firms work and meet.
        Hub = "hub" / "hub",
        /// A public body that is not a council.
        PublicBody = "public-body" / "public body",
        /// A research centre.
        ResearchCentre = "research-centre" / "research centre",
        /// A college.
        College = "college" / "college",
        /// A fund or investor.
        Investor = "investor" / "investor",
        /// A charity or community organisation.
        Charity = "charity" / "charity",
        /// A local authority.
        Council = "council" / "council",
        /// A university.
        University = "university" / "university",
        /// A combined authority.
        CombinedAuthority = "combined-authority" / "combined authority",
        /// A school.
        School = "school" / "school",
    }
}

record! {
    /// A tie between two organisations: a row of `relationships.csv`. Its slug is `from.kind.to`.
    pub struct Relationship {
        required {
            /// The organisation that the tie is told from.
            from: Slug,
            /// The other one.
            to: Slug,
            /// What ties them.
            kind: RelationshipKind,
        }
        optional {
            /// What it is about.
            about: Option<String>,
            /// Sources.
            sources: Vec<Source>,
        }
    }
}

words! {
    /// What ties two organisations.
    pub enum RelationshipKind {
        /// They are partners.
        Partner = "partner" / "is a partner of",
        /// The first is a member of the second.
        MemberOf = "member-of" / "is a member of",
        /// They work together.
        Collaborates = "collaborates" / "works with",
        /// The first is based at the second.
        LocatedIn = "located-in" / "is based at",
        /// The first pays for the second's work.
        Funds = "funds" / "funds",
        /// The first gives the second a home.
        Hosts = "hosts" / "hosts",
        /// The first delivers for the second.
        Delivers = "delivers" / "delivers for",
        /// The first grew out of the second.
        SpinOutOf = "spin-out-of" / "is a spin-out of",
    }
}

record! {
    /// The steering group or a delivery group: `groups/*.toml`.
    pub struct Group {
        required {
            /// Its name.
            name: String,
            /// What sort of group it is.
            kind: GroupKind,
        }
        optional {
            /// The theme that a delivery group carries.
            theme: Option<Slug>,
            /// What it is for.
            purpose: Option<String>,
            /// Who sits on it: roles, never personal names.
            roles: Vec<Role>,
            /// How often it meets.
            meets: Option<String>,
            /// Earlier slugs.
            was: Vec<Slug>,
            /// Sources.
            sources: Vec<Source>,
        }
    }
}

words! {
    /// The sort of a group.
    pub enum GroupKind {
        /// It oversees the strategy and decides.
        Steering = "steering" / "steering group",
        /// It carries a theme into activity.
        Delivery = "delivery" / "delivery group",
    }
}

/// A seat in a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The seat: `Chair`, `Member from academia`.
    pub title: String,
    /// The organisation that fills it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub organisation: Option<Slug>,
}
