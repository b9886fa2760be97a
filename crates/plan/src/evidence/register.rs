//! The register of areas: which codes there are, for which years they hold, and which took the place
//! of which. By it, codes that nobody gave are found, and figures on different boundaries are not
//! mixed unseen.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// How many characters of a code say what kind of area it is: `E08` of `E08000001`.
const KIND: usize = 3;

/// Whether two codes are of areas of one kind: local authorities of a country, for instance.
pub fn same_kind(one: &str, other: &str) -> bool {
    matches!((one.get(..KIND), other.get(..KIND)), (Some(a), Some(b)) if a == b)
}

/// What is known of an area.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// Its level, as its publisher has it.
    pub level: Option<String>,
    /// The code of the area that it is part of.
    pub parent: Option<String>,
    /// The first year at whose end its code was in use; none where that is before the register.
    pub start: Option<i16>,
    /// The last such year; none where it still is.
    pub end: Option<i16>,
}

impl Known {
    /// Whether it was there at the end of a year.
    pub fn holds_in(&self, year: i16) -> bool {
        self.start.is_none_or(|start| start <= year) && self.end.is_none_or(|end| year <= end)
    }
}

/// A row of changes: a code that another follows, or joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The code before.
    pub old: String,
    /// The code after.
    pub new: String,
    /// The year from which it holds.
    pub year: i16,
}

/// The areas that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    areas: BTreeMap<String, Known>,
    /// Which codes took the place of one.
    followed: BTreeMap<String, BTreeSet<String>>,
}

impl Register {
    /// Of areas by code, and changes. A publisher's changes also tell who joined whom: only a code
    /// that had ended by then was followed by another.
    pub fn new(
        areas: impl IntoIterator<Item = (String, Known)>,
        changes: impl IntoIterator<Item = Change>,
    ) -> Self {
        let mut register = Self::default();
        for (code, known) in areas {
            // An area that has several levels stands once for each.
            register.areas.entry(code).or_insert(known);
        }
        for Change { old, new, year } in changes {
            let end = register.areas.get(&old).and_then(|known| known.end);
            if end.is_some_and(|end| end < year) && !new.is_empty() && old != new {
                register.follow(old, new);
            }
        }
        register
    }

    /// Adds a code that an area had until a year, before the one that it has.
    pub fn add_earlier(&mut self, earlier: &str, until: i16, code: &str) {
        let Some(now) = self.areas.get_mut(code) else {
            return;
        };
        let before = Known {
            end: Some(until),
            start: None,
            ..now.clone()
        };
        now.start.get_or_insert(until.saturating_add(1));
        self.areas.entry(earlier.to_owned()).or_insert(before);
        self.follow(earlier.to_owned(), code.to_owned());
    }

    fn follow(&mut self, old: String, new: String) {
        self.followed.entry(old).or_default().insert(new);
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }

    /// The codes that are known, of all times.
    pub fn codes(&self) -> BTreeSet<String> {
        self.areas.keys().cloned().collect()
    }

    /// Whether a code should be known and is not: one of a kind of which others are.
    pub fn lacks(&self, code: &str) -> bool {
        let kind = code.get(..KIND).unwrap_or(code).to_owned();
        let next = self.areas.range(kind..).next();
        !self.is_known(code) && next.is_some_and(|(next, _)| same_kind(next, code))
    }

    /// What is known of a code.
    pub fn get(&self, code: &str) -> Option<&Known> {
        self.areas.get(code)
    }

    /// Whether a code is known.
    pub fn is_known(&self, code: &str) -> bool {
        self.areas.contains_key(code)
    }

    /// Whether a code was in use at the end of a year; none where it is not known.
    pub fn valid_in(&self, code: &str, year: i16) -> Option<bool> {
        Some(self.get(code)?.holds_in(year))
    }

    /// The codes that took the place of one.
    pub fn successors(&self, code: &str) -> impl Iterator<Item = &str> {
        self.followed
            .get(code)
            .into_iter()
            .flatten()
            .map(String::as_str)
    }

    /// The codes of which one took the place.
    pub fn predecessors<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a str> {
        let followed = self.followed.iter();
        followed
            .filter(move |(_, new)| new.contains(code))
            .map(|(old, _)| old.as_str())
    }

    /// Whether one code came after another, if need be by way of others.
    pub fn comes_after(&self, later: &str, earlier: &str) -> bool {
        let mut open: Vec<&str> = self.successors(earlier).collect();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        while let Some(code) = open.pop() {
            if code == later {
                return true;
            }
            if seen.insert(code) {
                open.extend(self.successors(code));
            }
        }
        false
    }

    /// Why areas cannot be added up: two of them were never there together. None where they can, or
    /// nothing is known against it.
    pub fn clash<'a>(&self, codes: impl IntoIterator<Item = &'a str>) -> Option<String> {
        let codes: Vec<&str> = codes.into_iter().collect();
        for (index, one) in codes.iter().enumerate() {
            for other in &codes[index + 1..] {
                for (earlier, later) in [(one, other), (other, one)] {
                    if self.comes_after(later, earlier) {
                        let (a, b) = (self.spell(earlier), self.spell(later));
                        return Some(format!(
                            "{b} took the place of {a}: their figures are not added up."
                        ));
                    }
                    let end = self.get(earlier).and_then(|known| known.end);
                    let start = self.get(later).and_then(|known| known.start);
                    if let (Some(end), Some(start)) = (end, start)
                        && end < start
                    {
                        let (a, b) = (self.spell(earlier), self.spell(later));
                        return Some(format!(
                            "{a} ended before {b} began: their figures are not added up."
                        ));
                    }
                }
            }
        }
        None
    }

    /// What is to be said of a code among figures on the boundaries of some years; none where nothing
    /// is. Where no year is given, a code that has ended is told.
    pub fn caveat(&self, code: &str, years: &BTreeSet<u16>) -> Option<String> {
        let known = self.get(code)?;
        let off = years
            .iter()
            .filter_map(|year| i16::try_from(*year).ok())
            .find(|year| !known.holds_in(*year));
        let about = match (known.start, known.end) {
            (Some(start), _) if off.is_some_and(|year| year < start) => {
                format!("{} begins in {start}", self.spell(code))
            }
            (_, Some(end)) if off.is_some() || years.is_empty() => {
                let names: Vec<String> = self.successors(code).map(|one| self.spell(one)).collect();
                let then = match names.as_slice() {
                    [] => String::new(),
                    names => format!("; then came {}", crate::story::join_and(names)),
                };
                format!("{} ended with {end}{then}", self.spell(code))
            }
            _ => return None,
        };
        Some(match off {
            Some(year) => {
                format!(
                    "{about}. It is no area on the boundaries of {year}, on which figures stand."
                )
            }
            None => format!("{about}."),
        })
    }

    /// A code with the name of its area: `Christchurch (E07000048)`.
    pub fn spell(&self, code: &str) -> String {
        match self.get(code) {
            Some(known) => format!("{} ({code})", known.name),
            None => code.to_owned(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Areas with their real codes and years, and the changes between them.
    pub(in crate::evidence) fn real() -> Register {
        let area = |(code, name, start, end): (&str, &str, Option<i16>, Option<i16>)| {
            let known = Known {
                name: name.to_owned(),
                start,
                end,
                ..Known::default()
            };
            (code.to_owned(), known)
        };
        let change = |(old, new, year): (&str, &str, i16)| Change {
            old: old.to_owned(),
            new: new.to_owned(),
            year,
        };
        let mut register = Register::new(
            [
                ("E06000057", "Northumberland", None, None),
                ("E06000063", "Cumberland", Some(2023), None),
                ("E06000064", "Westmorland and Furness", Some(2023), None),
                ("E06000066", "Somerset", Some(2023), None),
                ("E07000026", "Allerdale", None, Some(2022)),
                ("E07000190", "Taunton Deane", None, Some(2018)),
                (
                    "E07000246",
                    "Somerset West and Taunton",
                    Some(2019),
                    Some(2022),
                ),
                ("E08000016", "Barnsley", None, Some(2024)),
                ("E08000038", "Barnsley", Some(2025), None),
                ("E08000024", "Sunderland", None, None),
                ("E08000037", "Gateshead", None, None),
                ("E47000011", "North of Tyne", Some(2018), Some(2023)),
                ("E47000014", "North East", Some(2024), None),
            ]
            .map(area),
            [
                ("E06000057", "E47000011", 2018),
                ("E07000026", "E06000063", 2023),
                ("E07000190", "E07000246", 2019),
                ("E07000246", "E06000066", 2023),
                ("E08000016", "E08000038", 2025),
                ("E47000011", "E47000014", 2024),
            ]
            .map(change),
        );
        register.add_earlier("E08000020", 2012, "E08000037");
        register.add_earlier("E06000048", 2012, "E06000057");
        register
    }

    #[test]
    fn codes_are_judged_for_kinds_that_are_known() {
        let register = real();
        for (code, lacks) in [
            ("E08000037", false),
            // A former code is a code.
            ("E08000020", false),
            ("E07000026", false),
            ("E08000099", true),
            ("E07000001", true),
            // No neighbourhood is known, nor any area of Wales.
            ("E01008383", false),
            ("W06000015", false),
            ("E0", false),
            ("", false),
            ("Öß", false),
        ] {
            assert_eq!(register.lacks(code), lacks, "{code}");
        }
        assert!(!Register::default().lacks("E08000037"));
    }

    #[test]
    fn codes_hold_for_a_time_and_follow_one_another() {
        let register = real();
        for (code, year, valid) in [
            ("E08000020", 2011, Some(true)),
            ("E08000020", 2013, Some(false)),
            ("E08000037", 2012, Some(false)),
            ("E08000037", 2013, Some(true)),
            ("E08000037", 2026, Some(true)),
            ("E07000246", 2018, Some(false)),
            ("E07000246", 2022, Some(true)),
            ("E07000246", 2023, Some(false)),
            ("E08000099", 2023, None),
        ] {
            assert_eq!(register.valid_in(code, year), valid, "{code} in {year}");
        }
        let of =
            |codes: &mut dyn Iterator<Item = &str>| codes.map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(of(&mut register.successors("E08000020")), ["E08000037"]);
        assert_eq!(of(&mut register.predecessors("E06000066")), ["E07000246"]);
        // An authority that joins another is not followed by it.
        assert!(of(&mut register.successors("E06000057")).is_empty());
        assert!(register.comes_after("E06000066", "E07000190"));
        assert!(!register.comes_after("E07000190", "E06000066"));
    }

    #[test]
    fn what_does_not_stand_on_the_boundaries_is_told() {
        let register = real();
        for (code, years, told) in [
            ("E08000037", &[2019, 2024][..], None),
            (
                "E08000016",
                &[2025],
                Some(
                    "Barnsley (E08000016) ended with 2024; then came Barnsley (E08000038). It is no \
                     area on the boundaries of 2025, on which figures stand.",
                ),
            ),
            ("E08000016", &[2024], None),
            (
                "E08000016",
                &[],
                Some("Barnsley (E08000016) ended with 2024; then came Barnsley (E08000038)."),
            ),
            (
                "E06000063",
                &[2019, 2024],
                Some(
                    "Cumberland (E06000063) begins in 2023. It is no area on the boundaries of 2019, \
                     on which figures stand.",
                ),
            ),
            ("E01008383", &[2019], None),
        ] {
            let years = years.iter().copied().collect();
            assert_eq!(register.caveat(code, &years).as_deref(), told, "{code}");
        }
    }
}
