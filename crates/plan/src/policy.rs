//! Who may do what: the only place that answers “may this person do this?”.
//!
//! A person holds any number of [`Role`]s. A feature names what somebody wants to do as an [`Act`]
//! and asks [`may`]; it never looks at roles itself.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Slug;

/// A part that a person plays, some of them in one group or for one organisation.
///
/// Written as `programme-lead`, or with its place as `group-chair:data`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Role {
    /// Runs the strategy from day to day.
    ProgrammeLead,
    /// Chairs the steering group.
    SteeringChair,
    /// Sits on the steering group.
    SteeringMember,
    /// Chairs a delivery group.
    GroupChair(Slug),
    /// Sits on a delivery group.
    GroupMember(Slug),
    /// Speaks for an organisation.
    Partner(Slug),
    /// Checks and publishes figures.
    Analyst,
    /// Reads what is not yet public.
    Reader,
}

/// Why a text is not a role.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "“{0}” is not a role: write programme-lead, steering-chair, steering-member, \
     group-chair:GROUP, group-member:GROUP, partner:ORGANISATION, analyst or reader"
)]
pub struct NotARole(pub String);

impl Role {
    /// Reads a role as it is written.
    pub fn parse(text: &str) -> Result<Self, NotARole> {
        let wrong = || NotARole(text.to_owned());
        let (word, place) = text
            .split_once(':')
            .map_or((text, None), |(word, place)| (word, Some(place)));
        let place = place.map(Slug::parse).transpose().map_err(|_| wrong())?;
        Ok(match (word, place) {
            ("programme-lead", None) => Self::ProgrammeLead,
            ("steering-chair", None) => Self::SteeringChair,
            ("steering-member", None) => Self::SteeringMember,
            ("group-chair", Some(group)) => Self::GroupChair(group),
            ("group-member", Some(group)) => Self::GroupMember(group),
            ("partner", Some(organisation)) => Self::Partner(organisation),
            ("analyst", None) => Self::Analyst,
            ("reader", None) => Self::Reader,
            _ => return Err(wrong()),
        })
    }

    /// What people call it, without its place.
    pub fn words(&self) -> &'static str {
        match self {
            Self::ProgrammeLead => "programme lead",
            Self::SteeringChair => "chair of the steering group",
            Self::SteeringMember => "member of the steering group",
            Self::GroupChair(_) => "chair of a delivery group",
            Self::GroupMember(_) => "member of a delivery group",
            Self::Partner(_) => "partner",
            Self::Analyst => "analyst",
            Self::Reader => "reader",
        }
    }

    /// The group or organisation that it is held in.
    pub fn place(&self) -> Option<&Slug> {
        match self {
            Self::GroupChair(place) | Self::GroupMember(place) | Self::Partner(place) => {
                Some(place)
            }
            _ => None,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ProgrammeLead => f.write_str("programme-lead"),
            Self::SteeringChair => f.write_str("steering-chair"),
            Self::SteeringMember => f.write_str("steering-member"),
            Self::GroupChair(group) => write!(f, "group-chair:{group}"),
            Self::GroupMember(group) => write!(f, "group-member:{group}"),
            Self::Partner(organisation) => write!(f, "partner:{organisation}"),
            Self::Analyst => f.write_str("analyst"),
            Self::Reader => f.write_str("reader"),
        }
    }
}

impl TryFrom<String> for Role {
    type Error = NotARole;

    fn try_from(text: String) -> Result<Self, NotARole> {
        Self::parse(&text)
    }
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.to_string()
    }
}

/// What somebody wants to do, and to what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act<'a> {
    /// See one's own desk and account.
    UseDesk,
    /// Invite, change and remove people, and see who they are.
    ManagePeople,
    /// See who signed in and who changed whose access.
    SeeAudit,
    /// Read what is recorded and not yet published.
    ReadUnpublished,
    /// Draft and submit a proposal.
    Propose,
    /// Read a proposal.
    ReadProposal {
        /// Whether they made it.
        own: bool,
        /// Whether it was handed in: until then it is its author's alone.
        handed_in: bool,
    },
    /// Change a proposal, hand it in, take it back or away.
    ReviseProposal {
        /// Whether they made it.
        own: bool,
    },
    /// Say something on a proposal.
    Discuss,
    /// Recommend on what is before a delivery group.
    Recommend {
        /// The group.
        group: &'a Slug,
    },
    /// Record a decision of the steering group.
    Decide,
    /// Prepare a meeting and its agenda.
    PrepareMeeting,
    /// Publish an edition.
    PublishEdition,
    /// See a group's meetings; no group is the steering group.
    SeeMeeting {
        /// The delivery group.
        group: Option<&'a Slug>,
    },
    /// Plan a group's meeting, its agenda and who is present.
    PlanMeeting {
        /// The delivery group; none is the steering group.
        group: Option<&'a Slug>,
    },
    /// Chair a group's meeting: record what comes of an item.
    ChairMeeting {
        /// The delivery group; none is the steering group.
        group: Option<&'a Slug>,
    },
    /// Sit in a group's meeting: be present, declare interests, vote.
    SitInMeeting {
        /// The delivery group; none is the steering group.
        group: Option<&'a Slug>,
    },
    /// See a delivery group's reviews: their rounds, and results once they have closed.
    SeeReview {
        /// The group.
        group: &'a Slug,
    },
    /// Open and close a delivery group's review.
    RunReview {
        /// The group.
        group: &'a Slug,
    },
    /// Score in a delivery group's review.
    Score {
        /// The group.
        group: &'a Slug,
    },
    /// Report on an activity.
    RecordUpdate {
        /// The organisations that take part in it.
        organisations: &'a [Slug],
        /// The delivery groups of its theme.
        groups: &'a [Slug],
    },
    /// Accept or decline an organisation's part in an activity.
    ConfirmOwnership {
        /// The organisation.
        organisation: &'a Slug,
    },
    /// Let in or turn away what the public sends, and respond to signals.
    Moderate,
    /// Change datasets, indicators and observations.
    EditEvidence,
}

/// The organisations for which somebody with these roles speaks.
pub fn speaks_for(roles: &[Role]) -> Vec<Slug> {
    let own = roles.iter().filter_map(|role| match role {
        Role::Partner(own) => Some(own.clone()),
        _ => None,
    });
    own.collect()
}

/// Whether somebody with these roles may do this. Nobody may do anything without a role.
pub fn may(roles: &[Role], act: Act<'_>) -> bool {
    roles.iter().any(|role| allows(role, act))
}

fn allows(role: &Role, act: Act<'_>) -> bool {
    use Role::{
        Analyst, GroupChair, GroupMember, Partner, ProgrammeLead, Reader, SteeringChair,
        SteeringMember,
    };
    match act {
        Act::UseDesk | Act::ReadUnpublished => true,
        Act::ManagePeople | Act::SeeAudit => matches!(role, ProgrammeLead),
        Act::Propose | Act::Discuss => !matches!(role, Reader),
        Act::ReadProposal { own, handed_in } => own || handed_in,
        Act::ReviseProposal { own } => own && !matches!(role, Reader),
        Act::Recommend { group } | Act::RunReview { group } => match role {
            ProgrammeLead => true,
            GroupChair(own) => own == group,
            _ => false,
        },
        // The group's own judgement: not even the programme lead scores in its place.
        Act::Score { group } => {
            matches!(role, GroupChair(own) | GroupMember(own) if own == group)
        }
        Act::Decide => matches!(role, SteeringChair),
        Act::SeeMeeting { group } => match (role, group) {
            (ProgrammeLead | SteeringChair | SteeringMember, _) => true,
            (GroupChair(own) | GroupMember(own), Some(group)) => own == group,
            _ => false,
        },
        Act::PlanMeeting { group } => match (role, group) {
            (ProgrammeLead, _) | (SteeringChair, None) => true,
            (GroupChair(own), Some(group)) => own == group,
            _ => false,
        },
        // Not even the programme lead speaks for the group.
        Act::ChairMeeting { group } => match (role, group) {
            (SteeringChair, None) => true,
            (GroupChair(own), Some(group)) => own == group,
            _ => false,
        },
        Act::SitInMeeting { group } => match (role, group) {
            (SteeringChair | SteeringMember, None) => true,
            (GroupChair(own) | GroupMember(own), Some(group)) => own == group,
            _ => false,
        },
        Act::SeeReview { group } => match role {
            ProgrammeLead | SteeringChair | SteeringMember => true,
            GroupChair(own) | GroupMember(own) => own == group,
            _ => false,
        },
        Act::PrepareMeeting | Act::PublishEdition => matches!(role, ProgrammeLead | SteeringChair),
        Act::RecordUpdate {
            organisations,
            groups,
        } => match role {
            ProgrammeLead => true,
            GroupChair(own) | GroupMember(own) => groups.contains(own),
            Partner(own) => organisations.contains(own),
            SteeringChair | SteeringMember | Analyst | Reader => false,
        },
        // Accepted, not assigned: nobody says yes for another organisation.
        Act::ConfirmOwnership { organisation } => {
            matches!(role, Partner(own) if own == organisation)
        }
        Act::Moderate => matches!(role, ProgrammeLead | GroupChair(_)),
        Act::EditEvidence => matches!(role, ProgrammeLead | Analyst),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every role; the places are `data` and `hub`.
    const ROLES: [&str; 8] = [
        "programme-lead",
        "steering-chair",
        "steering-member",
        "group-chair:data",
        "group-member:data",
        "partner:hub",
        "analyst",
        "reader",
    ];

    #[test]
    fn each_role_may_do_what_the_table_says() {
        let slug = |text| Slug::parse(text).unwrap();
        let (data, skills, hub, other) = (slug("data"), slug("skills"), slug("hub"), slug("other"));
        let (hubs, others) = ([hub.clone()], [other.clone()]);
        let (datas, skillses) = ([data.clone()], [skills.clone()]);
        let update = |organisations, groups| Act::RecordUpdate {
            organisations,
            groups,
        };
        let read = |own, handed_in| Act::ReadProposal { own, handed_in };
        // lead, steering chair and member, group chair and member, partner, analyst, reader
        let table = [
            (Act::UseDesk, "yyyyyyyy"),
            (Act::ReadUnpublished, "yyyyyyyy"),
            (Act::ManagePeople, "y-------"),
            (Act::SeeAudit, "y-------"),
            (Act::Propose, "yyyyyyy-"),
            (Act::Discuss, "yyyyyyy-"),
            (read(false, true), "yyyyyyyy"),
            (read(true, false), "yyyyyyyy"),
            (read(false, false), "--------"),
            (Act::ReviseProposal { own: true }, "yyyyyyy-"),
            (Act::ReviseProposal { own: false }, "--------"),
            (Act::Recommend { group: &data }, "y--y----"),
            (Act::Recommend { group: &skills }, "y-------"),
            (Act::RunReview { group: &data }, "y--y----"),
            (Act::RunReview { group: &skills }, "y-------"),
            (Act::Score { group: &data }, "---yy---"),
            (Act::Score { group: &skills }, "--------"),
            (Act::Decide, "-y------"),
            (Act::PrepareMeeting, "yy------"),
            (Act::PublishEdition, "yy------"),
            (update(&hubs, &skillses), "y----y--"),
            (update(&others, &datas), "y--yy---"),
            (update(&others, &skillses), "y-------"),
            (Act::ConfirmOwnership { organisation: &hub }, "-----y--"),
            (
                Act::ConfirmOwnership {
                    organisation: &other,
                },
                "--------",
            ),
            (Act::SeeMeeting { group: None }, "yyy-----"),
            (Act::SeeMeeting { group: Some(&data) }, "yyyyy---"),
            (
                Act::SeeMeeting {
                    group: Some(&skills),
                },
                "yyy-----",
            ),
            (Act::PlanMeeting { group: None }, "yy------"),
            (Act::PlanMeeting { group: Some(&data) }, "y--y----"),
            (
                Act::PlanMeeting {
                    group: Some(&skills),
                },
                "y-------",
            ),
            (Act::ChairMeeting { group: None }, "-y------"),
            (Act::ChairMeeting { group: Some(&data) }, "---y----"),
            (
                Act::ChairMeeting {
                    group: Some(&skills),
                },
                "--------",
            ),
            (Act::SitInMeeting { group: None }, "-yy-----"),
            (Act::SitInMeeting { group: Some(&data) }, "---yy---"),
            (
                Act::SitInMeeting {
                    group: Some(&skills),
                },
                "--------",
            ),
            (Act::SeeReview { group: &data }, "yyyyy---"),
            (Act::SeeReview { group: &skills }, "yyy-----"),
            (Act::Moderate, "y--y----"),
            (Act::EditEvidence, "y-----y-"),
        ];
        for (act, expected) in table {
            let found: String = ROLES
                .iter()
                .map(|role| {
                    let allowed = may(&[Role::parse(role).unwrap()], act);
                    if allowed { 'y' } else { '-' }
                })
                .collect();
            assert_eq!(found, expected, "{act:?}");
            assert!(!may(&[], act), "nobody may {act:?}");
        }
    }

    #[test]
    fn roles_add_up() {
        let roles = [Role::Reader, Role::SteeringChair];
        assert!(may(&roles, Act::Decide));
        assert!(may(&roles, Act::Propose));
        assert!(!may(&roles, Act::ManagePeople));
    }

    #[test]
    fn roles_are_written_and_read_alike() {
        for text in ROLES {
            assert_eq!(Role::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "lead",
            "group-chair",
            "group-chair:",
            "group-chair:Data",
            "partner",
            "reader:data",
            "Programme-Lead",
        ] {
            assert_eq!(Role::parse(text), Err(NotARole(text.to_owned())));
        }
    }
}
