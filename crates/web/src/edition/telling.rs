//! A story laid out for a page: chapters, folded runs, sentences with links, reasons told once.

use std::collections::BTreeMap;

use dfg_plan::{
    Key, Kind, Source,
    story::{Chapter, Item, Label, Piece, Story},
};

use crate::{
    cx::{Cx, Link, record_path},
    moment::Moment,
    part::count,
    shell::theme_class,
};

use super::spot::Comparison;

/// Runs of changes to activities, decisions and texts up to this length stay open.
const LONGEST_TOLD: usize = 12;
/// Runs of records that are only new to the ledger, or of other kinds, up to this length stay open.
const LONGEST_LISTED: usize = 4;
/// A reason that is given at least this often is told once, at the top.
const COMMON: usize = 5;

/// A theme's changes, or those of the strategy, of the figures, of who takes part.
pub(crate) struct ChapterView {
    pub id: String,
    pub title: Link,
    pub class: String,
    pub groups: Vec<Group>,
}

/// Changes of one sort in a row.
pub(crate) struct Group {
    /// What stands on the fold; empty where the run stays open.
    pub fold: String,
    /// Names alone: each one's own page says the rest.
    pub brief: bool,
    pub items: Vec<ItemView>,
}

pub(crate) struct ItemView {
    pub id: String,
    pub label: &'static str,
    pub pieces: Vec<PieceView>,
    pub details: Vec<Vec<PieceView>>,
    pub reasons: Vec<ReasonView>,
    pub source: Option<Link>,
}

impl ItemView {
    /// Whether a link to the record leaves nothing unsaid but its source.
    fn is_a_name(&self) -> bool {
        self.details.is_empty()
            && self.reasons.is_empty()
            && self.pieces.iter().filter(|piece| piece.is_link()).count() == 1
    }
}

/// A piece of a sentence.
pub(crate) struct PieceView {
    pub look: Look,
    pub text: String,
    pub href: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Text,
    Link,
    Removed,
    Inserted,
}

impl PieceView {
    pub fn is_link(&self) -> bool {
        self.look == Look::Link
    }

    pub fn is_removed(&self) -> bool {
        self.look == Look::Removed
    }

    pub fn is_inserted(&self) -> bool {
        self.look == Look::Inserted
    }
}

pub(crate) struct ReasonView {
    pub text: String,
    pub by: String,
    pub decision: Option<Link>,
}

/// A reason that many changes share.
pub(crate) struct CommonReason {
    pub text: String,
    pub count: String,
}

/// A number at the top of the page.
pub(crate) struct Number {
    pub words: &'static str,
    pub count: usize,
}

/// Lays a story out.
pub(crate) struct Teller<'a> {
    cx: &'a Cx,
    comparison: &'a Comparison,
    /// Where a record is shown that the request's own moment does not have.
    there: Option<Moment>,
    common: Vec<String>,
}

impl<'a> Teller<'a> {
    pub fn new(cx: &'a Cx, comparison: &'a Comparison, story: &Story<'_>) -> Self {
        let edition = comparison.to.edition;
        Self {
            cx,
            comparison,
            there: edition.and_then(|id| Moment::of_edition(&cx.snapshot, id).ok()),
            common: common_reasons(story)
                .into_iter()
                .map(|(text, _)| text)
                .collect(),
        }
    }

    /// The reasons that many changes share.
    pub fn common(story: &Story<'_>) -> Vec<CommonReason> {
        let told = |(text, number)| CommonReason {
            text,
            count: count(number, "change", "changes"),
        };
        common_reasons(story).into_iter().map(told).collect()
    }

    /// The changes under their headings.
    pub fn chapters(&self, story: &Story<'_>) -> Vec<ChapterView> {
        story
            .chapters
            .iter()
            .map(|chapter| self.chapter(chapter))
            .collect()
    }

    fn chapter(&self, chapter: &Chapter<'_>) -> ChapterView {
        let theme = chapter.theme.as_ref();
        let id = dfg_plan::Slug::from_text(&chapter.title);
        ChapterView {
            id: format!("chapter-{}", id.map_or_else(String::new, String::from)),
            title: theme.map_or_else(
                || Link::new("", chapter.title.clone()),
                |slug| {
                    let key = Key::new(Kind::Theme, slug.clone());
                    Link::new(self.href(&key), chapter.title.clone())
                },
            ),
            class: theme.map(theme_class).unwrap_or_default(),
            groups: self.groups(&chapter.items),
        }
    }

    /// Long runs of one sort, each on its own; what stays open, together.
    fn groups(&self, items: &[Item<'_>]) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for run in items.chunk_by(|one, two| one.label == two.label && one.key.kind == two.key.kind)
        {
            let (label, kind) = (run[0].label, run[0].key.kind);
            let longest = match (kind, label) {
                (_, Label::Recorded | Label::Changed) => LONGEST_LISTED,
                (Kind::Activity | Kind::Decision, _) | (_, Label::Reworded) => LONGEST_TOLD,
                _ => LONGEST_LISTED,
            };
            let folds = run.len() > longest;
            let mut views: Vec<_> = run.iter().map(|item| self.item(item)).collect();
            let brief = folds
                && label == Label::Recorded
                && matches!(kind, Kind::Organisation | Kind::Relationship)
                && views.iter().all(ItemView::is_a_name);
            if brief {
                for view in &mut views {
                    view.pieces.retain(PieceView::is_link);
                }
            }
            match groups.last_mut().filter(|group| group.fold.is_empty()) {
                Some(open) if !folds => open.items.extend(views),
                _ => groups.push(Group {
                    fold: if folds {
                        fold_words(label, kind, run.len())
                    } else {
                        String::new()
                    },
                    brief,
                    items: views,
                }),
            }
        }
        groups
    }

    fn item(&self, item: &Item<'_>) -> ItemView {
        let lines = item.details.iter().map(|line| self.pieces(line));
        let reasons = item.reasons.iter().filter(|reason| {
            reason.decision.is_some()
                || reason.by.is_some()
                || !self.common.iter().any(|one| *one == reason.text)
        });
        ItemView {
            id: format!("{}-{}", item.key.kind.plural(), item.key.slug),
            label: item.label.words(),
            pieces: self.pieces(&item.sentence),
            details: lines.collect(),
            reasons: reasons
                .map(|reason| ReasonView {
                    text: reason.text.trim_end_matches('.').to_owned(),
                    by: reason.by.clone().unwrap_or_default(),
                    decision: reason.decision.as_ref().map(|slug| {
                        let key = Key::new(Kind::Decision, slug.clone());
                        Link::new(self.href(&key), "the decision")
                    }),
                })
                .collect(),
            source: item.evidence.as_ref().map(source_link),
        }
    }

    fn pieces(&self, pieces: &[Piece]) -> Vec<PieceView> {
        let view = |piece: &Piece| {
            let (look, text, href) = match piece {
                Piece::Text(text) => (Look::Text, text, String::new()),
                Piece::Link(key, text) => (Look::Link, text, self.href(key)),
                Piece::Removed(text) => (Look::Removed, text, String::new()),
                Piece::Inserted(text) => (Look::Inserted, text, String::new()),
            };
            PieceView {
                look: if look == Look::Link && href.is_empty() {
                    Look::Text
                } else {
                    look
                },
                text: text.clone(),
                href,
            }
        };
        pieces.iter().map(view).collect()
    }

    /// Where a record can be read: in the request's moment, else in the later edition; empty where
    /// it is in neither.
    fn href(&self, key: &Key) -> String {
        if self.cx.view.plan.contains(key.kind, key.slug.as_str()) {
            return self.cx.href(key.kind, &key.slug);
        }
        let view = self
            .cx
            .site
            .view(&self.cx.snapshot, self.comparison.to.point);
        match &self.there {
            Some(there) if view.plan.contains(key.kind, key.slug.as_str()) => {
                there.href(&record_path(&view, key))
            }
            _ => String::new(),
        }
    }
}

/// What an activity's or text's changes add up to; the five that matter most are always told.
pub(crate) fn numbers(story: &Story<'_>) -> Vec<Number> {
    const ALWAYS: [(Label, &str); 6] = [
        (Label::New, "new in the pipeline"),
        (Label::Started, "started"),
        (Label::Moved, "moved"),
        (Label::Finished, "finished"),
        (Label::Stopped, "stopped"),
        (Label::Slipped, "slipped"),
    ];
    const SOMETIMES: [(Label, &str); 5] = [
        (Label::Paused, "paused"),
        (Label::BroughtForward, "brought forward"),
        (Label::Withdrawn, "left the pipeline"),
        (Label::Recorded, "first recorded"),
        (Label::Reworded, "texts reworded"),
    ];
    let number = |(label, words): &(Label, &'static str)| Number {
        words,
        count: story.count(*label),
    };
    ALWAYS
        .iter()
        .map(number)
        .chain(SOMETIMES.iter().map(number).filter(|one| one.count > 0))
        .chain([Number {
            words: "changes in all",
            count: story.len(),
        }])
        .collect()
}

/// Reasons without a decision that stand behind many changes, the most frequent first.
fn common_reasons(story: &Story<'_>) -> Vec<(String, usize)> {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    let items = story.chapters.iter().flat_map(|chapter| &chapter.items);
    for reason in items.flat_map(|item| &item.reasons) {
        if reason.decision.is_none() && reason.by.is_none() {
            *found.entry(&reason.text).or_default() += 1;
        }
    }
    let mut common: Vec<(String, usize)> = found
        .into_iter()
        .filter(|(_, number)| *number >= COMMON)
        .map(|(text, number)| (text.to_owned(), number))
        .collect();
    common.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    common
}

/// What stands on a fold: `120 organisations are new`.
fn fold_words(label: Label, kind: Kind, number: usize) -> String {
    let what = match kind {
        Kind::Region => "texts about the region",
        Kind::Strategy => "parts of the strategy",
        Kind::Observation => "figures",
        _ => kind.plural(),
    };
    let happened = match label {
        Label::Stopped => "stopped",
        Label::Paused => "paused",
        Label::Finished => "finished",
        Label::Started => "started",
        Label::Slipped => "slipped",
        Label::BroughtForward => "came forward",
        Label::Moved => "moved to another stage",
        Label::Decided => "were taken",
        Label::New => "are new",
        Label::Recorded => "are recorded for the first time",
        Label::Answered => "got a response",
        Label::Measured => "were published",
        Label::Happened => "were reached",
        Label::Renamed => "go by another name in addresses",
        Label::Reworded => "read differently",
        Label::Changed => "changed in some detail",
        Label::Withdrawn => "left the plan",
    };
    format!("{number} {what} {happened}")
}

fn source_link(source: &Source) -> Link {
    let date = source.date.map(dfg_plan::spell_date);
    let text = match date {
        Some(date) => format!("{}, {date}", source.name()),
        None => source.name().to_owned(),
    };
    Link::new(source.url.clone().unwrap_or_default(), text)
}
