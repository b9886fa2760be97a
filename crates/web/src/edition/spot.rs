//! The two points between which changes are told: editions or dates, read from a query.
//!
//! Nothing that is not public is ever compared: dates are capped by the latest edition that the
//! request knows of, and only such editions are named.

use std::sync::Arc;

use dfg_plan::{
    Edition, EditionId, PartialDate, Plan,
    history::EntryNote,
    spell_day,
    story::{Point, Story, tell_between},
};
use jiff::civil::Date;

use crate::{cx::Cx, fault::Fault, site::Snapshot, view::View};

/// An edition with the entry that published it.
pub(crate) type Shown<'a> = (&'a Edition, &'a Arc<EntryNote>);

/// Every edition that the public may see, newest first.
pub(crate) fn public_editions(snapshot: &Snapshot) -> Vec<Shown<'_>> {
    let mut editions: Vec<Shown<'_>> = snapshot
        .history
        .editions()
        .filter(|(edition, _)| snapshot.shows(edition))
        .collect();
    editions.sort_by_key(|(edition, _)| std::cmp::Reverse(edition.id));
    editions
}

/// The editions that the request may name, newest first: what this system said on a date leaves
/// out what it said later.
pub(crate) fn known_editions(cx: &Cx) -> Vec<Shown<'_>> {
    let mut editions = public_editions(&cx.snapshot);
    let given = |name| cx.query.get(name).is_some_and(|text| !text.is_empty());
    if given("known-at") && !given("edition") {
        editions.retain(|(edition, _)| edition.through <= cx.moment.point.through);
    }
    editions
}

/// The editions of the request's moment and before it, newest first.
pub(crate) fn past_editions(cx: &Cx) -> Vec<Shown<'_>> {
    let mut editions = known_editions(cx);
    if cx.moment.past.is_some() {
        let point = cx.moment.point;
        editions.retain(|(edition, _)| {
            edition.through <= point.through && edition.as_of <= point.as_of
        });
    }
    editions
}

/// An edition's name in a sentence: `edition 1`, `edition r1`.
pub(crate) fn name_of(id: EditionId) -> String {
    format!("edition {id}")
}

/// The state that an edition shows.
pub(crate) fn point_of(edition: &Edition) -> Point {
    Point {
        through: edition.through,
        as_of: edition.as_of,
    }
}

/// An edition or a date that changes are told from or to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub point: Point,
    /// As it stands in an address: `r1`, `2020-03-01`.
    pub text: String,
    /// As it stands in a sentence: `edition r1`, `1 March 2020`.
    pub name: String,
    pub edition: Option<EditionId>,
}

impl Spot {
    pub fn of_edition(edition: &Edition) -> Self {
        Self {
            point: point_of(edition),
            text: edition.id.to_string(),
            name: name_of(edition.id),
            edition: Some(edition.id),
        }
    }

    fn of_date(through: u64, date: Date) -> Self {
        Self {
            point: Point {
                through,
                as_of: date,
            },
            text: date.to_string(),
            name: spell_day(date),
            edition: None,
        }
    }

    /// The state that the request's moment shows.
    fn of_moment(cx: &Cx) -> Self {
        let point = cx.moment.point;
        let editions = known_editions(cx);
        let edition = editions
            .iter()
            .find(|(edition, _)| point_of(edition) == point);
        edition.map_or_else(
            || Self::of_date(point.through, point.as_of),
            |(edition, _)| Self::of_edition(edition),
        )
    }

    /// The edition before a state; where there is none, the day before anything is recorded.
    pub fn before(cx: &Cx, spot: &Self) -> Self {
        let editions = known_editions(cx);
        let earlier = editions.iter().find(|(edition, _)| match spot.edition {
            Some(id) => edition.id < id,
            None => edition.as_of < spot.point.as_of,
        });
        if let Some((edition, _)) = earlier {
            return Self::of_edition(edition);
        }
        let through = spot.point.through;
        let first = cx.snapshot.history.first_date(through);
        let day = first.and_then(|first| first.yesterday().ok());
        Self::of_date(through, day.unwrap_or(spot.point.as_of))
    }

    fn read(cx: &Cx, field: &'static str, notices: &mut Vec<String>) -> Read {
        let Some(text) = cx.query.get(field).map(str::trim).filter(|t| !t.is_empty()) else {
            return Ok(None);
        };
        let id: Option<EditionId> = text.parse().ok();
        let editions = known_editions(cx);
        if let Some((edition, _)) = editions.iter().find(|(edition, _)| Some(edition.id) == id) {
            return Ok(Some(Self::of_edition(edition)));
        }
        let shown: String = text.chars().take(40).collect();
        let Ok(date) = PartialDate::parse(text) else {
            return Err(match id {
                Some(_) => SpotFault {
                    field,
                    text: shown.clone(),
                    message: format!("There is no edition “{shown}” to compare."),
                    unknown: true,
                },
                None => SpotFault {
                    field,
                    text: shown.clone(),
                    message: format!(
                        "“{shown}” is neither an edition nor a date. Write an edition like 1 or \
                         r1, or a date like 2020-03-01."
                    ),
                    unknown: false,
                },
            });
        };
        let date = date.last();
        let point = cx.moment.point;
        let latest = editions
            .iter()
            .map(|(edition, _)| edition)
            .find(|edition| !edition.id.is_reconstructed());
        let last = latest.map_or(point.as_of, |edition| edition.as_of);
        if date > last {
            let what = latest.map_or_else(
                || "This view".to_owned(),
                |edition| dfg_plan::story::capitalise(&name_of(edition.id)),
            );
            notices.push(format!(
                "{what} tells what was true by {}, so the comparison ends there.",
                spell_day(last)
            ));
        }
        Ok(Some(Self::of_date(point.through, date.min(last))))
    }
}

type Read = Result<Option<Spot>, SpotFault>;

/// What is wrong with one of the two points.
#[derive(Clone, Debug)]
pub(crate) struct SpotFault {
    /// `from` or `to`.
    pub field: &'static str,
    /// What was typed, shortened.
    pub text: String,
    pub message: String,
    /// Whether it names an edition that there is not.
    pub unknown: bool,
}

impl SpotFault {
    /// The fault as the API tells it.
    pub fn into_fault(self) -> Fault {
        if self.unknown {
            Fault::missing("edition", self.text)
        } else {
            Fault::BadRequest(self.message)
        }
    }
}

/// Two states of the plan to compare.
pub(crate) struct Comparison {
    pub from: Spot,
    pub to: Spot,
    /// What the reader should know about how the request was understood.
    pub notices: Vec<String>,
    before: Arc<View>,
    after: Arc<View>,
}

impl Comparison {
    /// Reads `from` and `to`; without them, the moment against the edition before it.
    pub fn read(cx: &Cx) -> Result<Self, Vec<SpotFault>> {
        let mut notices = Vec::new();
        let from = Spot::read(cx, "from", &mut notices);
        let to = Spot::read(cx, "to", &mut notices);
        let (from, to) = match (from, to) {
            (Ok(from), Ok(to)) => (from, to),
            (from, to) => return Err(from.err().into_iter().chain(to.err()).collect()),
        };
        let to = to.unwrap_or_else(|| Spot::of_moment(cx));
        let from = from.unwrap_or_else(|| Spot::before(cx, &to));
        let order = |spot: &Spot| (spot.point.as_of, spot.point.through);
        let (from, to) = if order(&from) > order(&to) {
            notices.push("The later point came first, so the two were swapped.".to_owned());
            (to, from)
        } else {
            (from, to)
        };
        let first = cx.snapshot.history.first_date(from.point.through);
        if let Some(first) = first.filter(|first| from.point.as_of < *first) {
            notices.push(format!(
                "Nothing is recorded before {}, so everything since is told as new.",
                spell_day(first)
            ));
        }
        notices.dedup();
        Ok(Self::of(cx, from, to, notices))
    }

    /// Two states, the earlier first.
    pub fn of(cx: &Cx, from: Spot, to: Spot, notices: Vec<String>) -> Self {
        let before = cx.site.view(&cx.snapshot, from.point);
        let after = cx.site.view(&cx.snapshot, to.point);
        Self {
            from,
            to,
            notices,
            before,
            after,
        }
    }

    /// What changed.
    pub fn story<'h>(&self, cx: &'h Cx) -> Story<'h> {
        tell_between(
            &cx.snapshot.history,
            (&self.before.plan, self.from.point),
            (&self.after.plan, self.to.point),
        )
    }

    /// The plan before and the plan after.
    pub fn plans(&self) -> (&Plan, &Plan) {
        (&self.before.plan, &self.after.plan)
    }

    /// Whether both points are the same.
    pub fn is_same(&self) -> bool {
        self.from.point == self.to.point
    }

    /// The query that names both points.
    pub fn query(&self) -> String {
        format!("from={}&to={}", self.from.text, self.to.text)
    }
}
