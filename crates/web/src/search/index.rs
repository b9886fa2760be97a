//! The words of a plan, and which of its texts hold them.

use std::collections::BTreeMap;

use dfg_plan::{Key, Kind, Plan, Record, rule::nearest};

use crate::markdown;

/// What a word in a title counts against one in the rest.
const TITLE: u32 = 12;
const SUMMARY: u32 = 4;
const REST: u32 = 1;
/// A whole word counts this many times what the beginning of one does.
const WHOLE: u32 = 3;

/// A text that can be found.
pub(crate) struct Text {
    pub key: Key,
    /// Where on the record's page, for a paragraph of the strategy.
    pub anchor: Option<String>,
    pub title: String,
    pub summary: String,
}

/// A text that was found, and how well it fits.
pub(crate) struct Hit<'a> {
    pub text: &'a Text,
    pub score: u32,
}

/// Every word of a plan with the texts that hold it; built once a view.
pub(crate) struct Index {
    texts: Vec<Text>,
    /// For each word, the texts that hold it and what it counts there.
    words: BTreeMap<String, Vec<(u32, u32)>>,
}

impl Index {
    /// Reads every text of a plan.
    pub fn of(plan: &Plan) -> Self {
        let mut index = Self {
            texts: Vec::new(),
            words: BTreeMap::new(),
        };
        for (key, record) in plan.iter() {
            let (summary, rest) = parts(plan, &record);
            if matches!(
                record,
                Record::Relationship(_) | Record::Observation(_) | Record::Region(_)
            ) {
                continue;
            }
            if let Record::Strategy(strategy) = &record {
                for (anchor, paragraph) in markdown::paragraphs(&strategy.body) {
                    index.add(
                        Text {
                            key: key.clone(),
                            anchor: Some(anchor),
                            title: strategy.title.clone(),
                            summary: paragraph,
                        },
                        "",
                    );
                }
            }
            let rest = if matches!(record, Record::Strategy(_)) {
                String::new()
            } else {
                rest
            };
            index.add(
                Text {
                    key,
                    anchor: None,
                    title: record.title(),
                    summary,
                },
                &rest,
            );
        }
        index
    }

    fn add(&mut self, text: Text, rest: &str) {
        let Ok(number) = u32::try_from(self.texts.len()) else {
            return;
        };
        let mut weights: BTreeMap<String, u32> = BTreeMap::new();
        // A paragraph shares its title with the whole text: only its own words count.
        let title_weight = if text.anchor.is_some() { 0 } else { TITLE };
        for (words, weight) in [
            (text.title.as_str(), title_weight),
            (&text.summary, SUMMARY),
            (rest, REST),
        ] {
            for word in split(words) {
                let held = weights.entry(word).or_default();
                *held = (*held).max(weight);
            }
        }
        for (word, weight) in weights.into_iter().filter(|(_, weight)| *weight > 0) {
            self.words.entry(word).or_default().push((number, weight));
        }
        self.texts.push(text);
    }

    /// The texts that hold every word asked for, the best first.
    pub fn find(&self, query: &str, kind: Option<Kind>) -> Vec<Hit<'_>> {
        let mut asked: Vec<String> = split(query).collect();
        let phrase = asked.join(" ");
        asked.sort();
        asked.dedup();
        asked.truncate(12);
        let mut scores: Option<BTreeMap<u32, u32>> = None;
        for word in &asked {
            let mut found: BTreeMap<u32, u32> = BTreeMap::new();
            let begin_with = self
                .words
                .range(word.clone()..)
                .take_while(|(other, _)| other.starts_with(word.as_str()));
            for (other, texts) in begin_with {
                let factor = if other == word { WHOLE } else { 1 };
                for (text, weight) in texts {
                    let score = found.entry(*text).or_default();
                    *score = (*score).max(weight * factor);
                }
            }
            scores = Some(match scores {
                None => found,
                Some(before) => found
                    .into_iter()
                    .filter_map(|(text, score)| Some((text, score + before.get(&text)?)))
                    .collect(),
            });
        }
        let mut hits: Vec<Hit<'_>> = scores
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(number, score)| {
                let text = self.texts.get(number as usize)?;
                let score = score + phrase_score(text, &phrase);
                Some(Hit { text, score })
            })
            .filter(|hit| kind.is_none_or(|kind| hit.text.key.kind == kind))
            .collect();
        hits.sort_by(|one, two| {
            two.score
                .cmp(&one.score)
                .then_with(|| one.text.title.cmp(&two.text.title))
                .then_with(|| one.text.anchor.cmp(&two.text.anchor))
        });
        hits
    }

    /// The query with each unknown word replaced by the nearest known one, where that helps.
    pub fn suggest(&self, query: &str) -> Option<String> {
        let mut changed = false;
        let words: Vec<String> = split(query)
            .take(12)
            .map(|word| {
                let known = self
                    .words
                    .range(word.clone()..)
                    .next()
                    .is_some_and(|(other, _)| other.starts_with(word.as_str()));
                let near = if known {
                    None
                } else {
                    nearest(&word, self.words.keys().map(String::as_str))
                };
                changed |= near.is_some();
                near.map_or(word, str::to_owned)
            })
            .collect();
        changed.then(|| words.join(" "))
    }
}

/// What a title counts more that is, begins with or holds the very phrase asked for.
fn phrase_score(text: &Text, phrase: &str) -> u32 {
    if text.anchor.is_some() {
        return 0;
    }
    let title = split(&text.title).collect::<Vec<_>>().join(" ");
    match title.find(phrase) {
        Some(_) if title == phrase => 4 * TITLE,
        Some(0) => 2 * TITLE,
        Some(_) => TITLE,
        None => 0,
    }
}

/// What a record says first, and what else it says.
fn parts(plan: &Plan, record: &Record) -> (String, String) {
    let joined = |parts: &[&str]| parts.join(" ");
    let name = |kind: Kind, slug: &dfg_plan::Slug| {
        plan.get(&Key::new(kind, slug.clone()))
            .map_or_else(String::new, |record| record.title())
    };
    match record {
        Record::Activity(activity) => {
            let owners = activity.owners.iter().map(|owner| {
                owner.name.clone().or(owner
                    .organisation
                    .as_ref()
                    .map(|slug| name(Kind::Organisation, slug)))
            });
            let areas = activity
                .areas
                .iter()
                .map(|slug| Some(name(Kind::Area, slug)));
            let notes = activity.events.iter().map(|event| event.note.clone());
            let rest: Vec<String> = owners.chain(areas).chain(notes).flatten().collect();
            let rest = [
                rest.join(" "),
                activity.outputs.join(" "),
                activity.outcomes.join(" "),
                activity.body.clone(),
            ];
            (activity.summary.clone(), rest.join(" "))
        }
        Record::Signal(signal) => (signal.summary.clone(), signal.body.clone()),
        Record::Theme(theme) => (
            theme.promise.clone(),
            joined(&[
                theme.about.as_deref().unwrap_or(""),
                theme.why.as_deref().unwrap_or(""),
                &theme.body,
            ]),
        ),
        Record::Objective(objective) => (objective.text.clone().unwrap_or_default(), String::new()),
        Record::Organisation(organisation) => (
            organisation.specialisms.join(", "),
            joined(&[
                organisation.kind.map_or("", |kind| kind.words()),
                &organisation
                    .area
                    .as_ref()
                    .map_or_else(String::new, |area| name(Kind::Area, area)),
            ]),
        ),
        Record::Group(group) => {
            let roles: Vec<&str> = group.roles.iter().map(|role| role.title.as_str()).collect();
            (group.purpose.clone().unwrap_or_default(), roles.join(" "))
        }
        Record::Decision(decision) => (
            decision
                .effect
                .clone()
                .or(decision.reason.clone())
                .unwrap_or_default(),
            joined(&[decision.by.as_deref().unwrap_or(""), &decision.body]),
        ),
        Record::Milestone(milestone) => (milestone.who.clone().unwrap_or_default(), String::new()),
        Record::Indicator(indicator) => (
            indicator.finding.clone().unwrap_or_default(),
            joined(&[&indicator.meaning, &indicator.caveats.join(" ")]),
        ),
        Record::Dataset(dataset) => (
            dataset.description.clone().unwrap_or_default(),
            joined(&[&dataset.publisher, &dataset.caveats.join(" ")]),
        ),
        Record::Strategy(strategy) => (strategy.vision.clone(), String::new()),
        Record::Area(area) => (area.code.clone().unwrap_or_default(), String::new()),
        Record::Region(_) | Record::Relationship(_) | Record::Observation(_) => Default::default(),
    }
}

/// The words of a text in lower case.
pub(super) fn split(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}
