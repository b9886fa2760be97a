//! Which state of the strategy a request asks for, and whether the public may see it.
//!
//! Nothing of the ledger is shown but what an edition published by this system includes. `as-of`
//! asks what was true on a date as far as the latest edition knows; `known-at` asks what this
//! system said on a date; `edition` asks for one edition.

use dfg_plan::{EditionId, spell_day, story::Point};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{
    cx::Query,
    fault::Fault,
    site::{Published, Snapshot},
};

/// The state that a request asks for.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub point: Point,
    /// The words of the banner; none for the latest edition.
    pub past: Option<Past>,
    /// What internal links carry on, without the question mark: `as-of=2020-03-01`.
    carried: String,
}

/// How a page is marked that does not show the latest edition.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    /// What the mark is called for those who do not see it.
    pub label: &'static str,
    /// What is shown.
    pub heading: String,
    /// What that means.
    pub meaning: String,
}

const PAST: &str = "You are looking at the past";

/// What `edition` says for a preview of the edition in preparation.
pub(crate) const NEXT: &str = "next";

impl Moment {
    /// Reads `as-of`, `known-at` and `edition` from a query.
    pub fn read(snapshot: &Snapshot, query: &Query) -> Result<Self, Fault> {
        let as_of = query.get("as-of").filter(|text| !text.is_empty());
        let as_of = as_of.map(|text| read_date("as-of", text)).transpose()?;
        let known_at = query.get("known-at").filter(|text| !text.is_empty());
        let known_at = known_at.map(read_known_at).transpose()?;
        let id = query.get("edition").filter(|text| !text.is_empty());
        let Some(latest) = &snapshot.edition else {
            return Err(Fault::NothingPublished);
        };
        if snapshot.is_preview && id == Some(NEXT) {
            return Ok(Self::preview(latest));
        }
        if let Some(id) = id {
            return Self::of_edition(snapshot, read_edition(id)?);
        }
        if let Some((day, until)) = known_at {
            return Self::known(snapshot, day, until, as_of);
        }
        match as_of {
            Some(date) if date < latest.edition.as_of => {
                let first = snapshot.history.first_date(latest.edition.through);
                if let Some(first) = first.filter(|first| date < *first) {
                    return Err(Fault::BeforeFirst { date, first });
                }
                Ok(Self {
                    point: Point {
                        through: latest.edition.through,
                        as_of: date,
                    },
                    past: Some(Past {
                        label: PAST,
                        heading: format!("This page shows the past: {}", spell_day(date)),
                        meaning: format!(
                            "It shows what was true then, as far as {} records it.",
                            latest.edition.id.words()
                        ),
                    }),
                    carried: format!("as-of={date}"),
                })
            }
            _ => Ok(Self {
                point: latest.point(),
                past: None,
                carried: String::new(),
            }),
        }
    }

    /// The latest edition, for pages that have no past.
    pub fn latest(snapshot: &Snapshot) -> Option<Self> {
        let latest = snapshot.edition.as_ref()?;
        Some(Self {
            point: latest.point(),
            past: None,
            carried: String::new(),
        })
    }

    /// One edition.
    pub fn of_edition(snapshot: &Snapshot, id: EditionId) -> Result<Self, Fault> {
        let (edition, _) = snapshot
            .history
            .edition(id)
            .filter(|(edition, _)| snapshot.shows(edition))
            .ok_or_else(|| Fault::missing("edition", id))?;
        let latest = snapshot.edition.as_ref().map(|latest| latest.edition.id);
        let point = Point {
            through: edition.through,
            as_of: edition.as_of,
        };
        if latest == Some(id) {
            if let Some(latest) = snapshot.edition.as_ref().filter(|_| snapshot.is_preview) {
                return Ok(Self::preview(latest));
            }
            return Ok(Self {
                point,
                past: None,
                carried: String::new(),
            });
        }
        let reconstructed =
            "It was reconstructed from dated public sources; nobody published it then.";
        Ok(Self {
            point,
            past: Some(Past {
                label: PAST,
                heading: format!(
                    "This page shows the past: {}, {}",
                    id.words(),
                    spell_day(edition.as_of)
                ),
                meaning: if id.is_reconstructed() {
                    reconstructed.to_owned()
                } else {
                    "A later edition has replaced it.".to_owned()
                },
            }),
            carried: format!("edition={id}"),
        })
    }

    /// The edition in preparation, as its readers will see it.
    pub fn preview(next: &Published) -> Self {
        Self {
            point: next.point(),
            past: Some(Past {
                label: "You are looking at a preview",
                heading: format!("Preview of {}", next.edition.id.words()),
                meaning: "It is not published: only people who take part see this.".to_owned(),
            }),
            carried: format!("edition={NEXT}"),
        }
    }

    fn known(
        snapshot: &Snapshot,
        day: Date,
        until: Timestamp,
        as_of: Option<Date>,
    ) -> Result<Self, Fault> {
        let Some((edition, _)) = snapshot.history.latest_edition(Some(until)) else {
            let first = snapshot
                .history
                .editions()
                .find(|(edition, _)| !edition.id.is_reconstructed())
                .map(|(_, note)| note.recorded_at.to_zoned(TimeZone::UTC).date());
            return Err(Fault::SaidNothing { date: day, first });
        };
        let as_of = as_of.unwrap_or(day).min(edition.as_of);
        let first = snapshot.history.first_date(edition.through);
        if let Some(first) = first.filter(|first| as_of < *first) {
            return Err(Fault::BeforeFirst { date: as_of, first });
        }
        Ok(Self {
            point: Point {
                through: edition.through,
                as_of,
            },
            past: Some(Past {
                label: PAST,
                heading: format!("This page shows what this site said on {}", spell_day(day)),
                meaning: format!(
                    "It shows {}, of {}, as true on {}. Later corrections are left out.",
                    edition.id.words(),
                    spell_day(edition.as_of),
                    spell_day(as_of)
                ),
            }),
            carried: format!("known-at={day}&as-of={as_of}"),
        })
    }

    /// An internal address that stays in this moment.
    pub fn href(&self, path: &str) -> String {
        if self.carried.is_empty() {
            return path.to_owned();
        }
        let (path, anchor) = path
            .split_once('#')
            .map_or((path, None), |(p, a)| (p, Some(a)));
        let joint = if path.contains('?') { '&' } else { '?' };
        let anchor = anchor
            .map(|anchor| format!("#{anchor}"))
            .unwrap_or_default();
        format!("{path}{joint}{}{anchor}", self.carried)
    }

    /// The moment's own query pairs, for hidden fields of forms.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.carried
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .collect()
    }
}

fn read_date(name: &'static str, text: &str) -> Result<Date, Fault> {
    dfg_plan::PartialDate::parse(text)
        .map(dfg_plan::PartialDate::last)
        .map_err(|_| {
            Fault::BadRequest(format!("“{name}” is not a date. Write it like 2020-03-01."))
        })
}

/// A day means everything that was published by its end.
fn read_known_at(text: &str) -> Result<(Date, Timestamp), Fault> {
    let day = read_date("known-at", text)?;
    let end = day
        .tomorrow()
        .and_then(|next| next.to_zoned(TimeZone::UTC))
        .map(|start| start.timestamp())
        .unwrap_or(Timestamp::MAX);
    Ok((day, end))
}

fn read_edition(text: &str) -> Result<EditionId, Fault> {
    text.parse().map_err(|_| Fault::missing("edition", text))
}
