//! What a form asks for: one table of questions a kind, from which every form is made.

use dfg_plan::{
    Kind,
    record::{
        AreaLevel, Confidence, EventKind, GroupKind, OrganisationKind, Part, RelationshipKind,
        ResponseKind, SignalKind, Stage, Trend,
    },
};

use super::{
    evidence,
    field::{Field, Input, Section, field},
};

/// The field beside an activity's stage that is no field of the record: since when the stage holds.
pub(crate) const STAGE_SINCE: &str = "stage_since";

macro_rules! choice {
    ($name:ident) => {
        Input::Choice(|| {
            $name::ALL
                .iter()
                .map(|value| (value.word(), value.words()))
                .collect()
        })
    };
}
pub(super) use choice;

pub(super) const DATE_HINT: &str = "For example 2026, March 2026 or 14 March 2026";
const MARKDOWN_HINT: &str = "Leave an empty line between paragraphs. Markdown works";

const SOURCE: &[Field] = &[
    field("title", "Title of the page or document", Input::Line),
    field("publisher", "Who published it?", Input::Line),
    field("url", "Its web address", Input::Line).hint("Begins with https://"),
    field("date", "When was it published?", Input::Date).hint(DATE_HINT),
    field("note", "What is it the source of?", Input::Line),
];

pub(super) const SOURCES: Section = Section {
    slug: "sources",
    title: "Sources",
    fields: &[field(
        "sources",
        "Where does this come from?",
        Input::Rows("Source", SOURCE),
    )
    .hint("A source has at least a title, a publisher or an address")],
};

pub(super) const TITLE: Field = field("title", "What is it called?", Input::Line).required();
const NAME: Field = field("name", "What is it called?", Input::Line).required();
const BODY: Field = field("body", "What more is there to say?", Input::Text).hint(MARKDOWN_HINT);
pub(super) const THEME: Field = field(
    "theme",
    "Which theme does it belong to?",
    Input::One(Kind::Theme),
);
const AREAS: Field = field("areas", "Where?", Input::Many(Kind::Area));
const DATE: Field = field("date", "When?", Input::Date)
    .hint(DATE_HINT)
    .required();
pub(super) const ORDER: Field =
    field("order", "Its place in lists", Input::Number).hint("1 comes first");

const OWNER: &[Field] = &[
    field(
        "organisation",
        "Organisation",
        Input::One(Kind::Organisation),
    ),
    field("name", "Or a body that is not listed", Input::Line),
    field("part", "Its part", choice!(Part)).required(),
    field("pence", "What it pays, in pounds", Input::Money).hint("Only where it funds"),
    field("note", "Anything to add", Input::Line),
];

const EVENT: &[Field] = &[
    field("date", "When?", Input::Date)
        .hint(DATE_HINT)
        .required(),
    field("what", "What happened?", choice!(EventKind)).required(),
    field(
        "stage",
        "The stage, where a source states it",
        choice!(Stage),
    ),
    field("note", "What happened, in words", Input::Line),
    field("source", "Where is that said?", Input::Group(SOURCE)),
];

const ACTIVITY: &[Section] = &[
    Section {
        slug: "basics",
        title: "What it is",
        fields: &[
            TITLE,
            THEME.required(),
            field("summary", "What is it, in a sentence or two?", Input::Text).required(),
            BODY,
        ],
    },
    Section {
        slug: "stage",
        title: "Stage and delivery",
        fields: &[
            field("stage", "Where does it stand?", choice!(Stage)),
            field(
                STAGE_SINCE,
                "If the stage changes: since when?",
                Input::Date,
            )
            .hint("The change is added to what happened, below. Left empty, it counts from today"),
            field("start", "When does it start?", Input::Date).hint(DATE_HINT),
            field("end", "When does it end?", Input::Date).hint(DATE_HINT),
            field(
                "confidence",
                "How sure is its lead of delivery?",
                choice!(Confidence),
            ),
            field("trend", "Which way is that going?", choice!(Trend)),
        ],
    },
    Section {
        slug: "events",
        title: "What happened when",
        fields: &[field(
            "events",
            "What happened, and when?",
            Input::Rows("Event", EVENT),
        )],
    },
    Section {
        slug: "owners",
        title: "Who takes part",
        fields: &[field(
            "owners",
            "Who has a part in it?",
            Input::Rows("Part", OWNER),
        )
        .hint("For each, choose an organisation or name a body that is not listed")],
    },
    Section {
        slug: "money",
        title: "Money",
        fields: &[
            field(
                "funding_pence",
                "How much money is in it, in pounds?",
                Input::Money,
            )
            .hint("All of it, for example 1,500,000 or 1.5 million"),
            field("funding_note", "What does the figure cover?", Input::Line),
        ],
    },
    Section {
        slug: "results",
        title: "What comes of it",
        fields: &[
            field("outputs", "What does it make?", Input::Lines).hint("One on each line"),
            field("outcomes", "What changed because of it?", Input::Lines).hint("One on each line"),
        ],
    },
    Section {
        slug: "links",
        title: "Why it exists",
        fields: &[
            field(
                "objectives",
                "Which objectives does it work towards?",
                Input::Many(Kind::Objective),
            ),
            field(
                "answers",
                "Which signals does it answer?",
                Input::Many(Kind::Signal),
            ),
            field(
                "moves",
                "Which indicators should it move?",
                Input::Many(Kind::Indicator),
            ),
            field(
                "depends_on",
                "Which activities must go before it?",
                Input::Many(Kind::Activity),
            ),
            AREAS,
        ],
    },
    SOURCES,
];

const SIGNAL: &[Section] = &[
    Section {
        slug: "basics",
        title: "What was seen",
        fields: &[
            TITLE,
            field(
                "kind",
                "Is it something to gain, or in the way?",
                choice!(SignalKind),
            )
            .required(),
            THEME.required(),
            field("summary", "What was seen?", Input::Text).required(),
            field("seen", "When was it seen?", Input::Date).hint(DATE_HINT),
            AREAS,
            field(
                "indicators",
                "Which indicators show it?",
                Input::Many(Kind::Indicator),
            ),
            BODY,
        ],
    },
    Section {
        slug: "response",
        title: "What we do about it",
        fields: &[field(
            "response",
            "What do we do about it?",
            Input::Group(&[
                field("kind", "Our response", choice!(ResponseKind)).required(),
                field("until", "Watched until when?", Input::Date).hint(DATE_HINT),
                field("reason", "The reason", Input::Text),
            ]),
        )],
    },
    SOURCES,
];

const DECISION: &[Section] = &[
    Section {
        slug: "basics",
        title: "What was decided",
        fields: &[
            TITLE,
            DATE,
            field("reason", "Why?", Input::Text),
            field("effect", "What does it do?", Input::Text),
            BODY,
        ],
    },
    Section {
        slug: "who",
        title: "Who decided, and on what",
        fields: &[
            field("group", "Which group took it?", Input::One(Kind::Group)),
            field(
                "organisation",
                "Which organisation took it?",
                Input::One(Kind::Organisation),
            ),
            field("by", "Or who took it, in words?", Input::Line),
            THEME,
            field(
                "activities",
                "Which activities does it concern?",
                Input::Many(Kind::Activity),
            ),
            field(
                "signals",
                "Which signals led to it?",
                Input::Many(Kind::Signal),
            ),
        ],
    },
    SOURCES,
];

const MILESTONE: &[Section] = &[
    Section {
        slug: "basics",
        title: "What happened",
        fields: &[
            field("what", "What happened?", Input::Text).required(),
            DATE,
            field("who", "Who did it?", Input::Line),
            THEME,
            field(
                "activities",
                "Which activities does it belong to?",
                Input::Many(Kind::Activity),
            ),
        ],
    },
    SOURCES,
];

const OBJECTIVE: &[Section] = &[
    Section {
        slug: "basics",
        title: "The objective",
        fields: &[
            TITLE,
            THEME.required(),
            field("text", "The objective in full", Input::Text),
            ORDER,
            field(
                "contributes_to",
                "Which objectives does it help to reach?",
                Input::Many(Kind::Objective),
            ),
        ],
    },
    SOURCES,
];

const ORGANISATION: &[Section] = &[
    Section {
        slug: "basics",
        title: "The organisation",
        fields: &[
            NAME,
            field(
                "kind",
                "What sort of body is it?",
                choice!(OrganisationKind),
            ),
            field("size", "How big is it?", Input::Line).hint("As its source says, such as large"),
            field("area", "Where is it based?", Input::One(Kind::Area)),
            field(
                "themes",
                "Which themes does it take part in?",
                Input::Many(Kind::Theme),
            ),
            field("specialisms", "What is it good at?", Input::Lines).hint("One on each line"),
            field("website", "Its website", Input::Line),
        ],
    },
    SOURCES,
];

const RELATIONSHIP: &[Section] = &[
    Section {
        slug: "basics",
        title: "The tie",
        fields: &[
            field(
                "from",
                "From which organisation?",
                Input::One(Kind::Organisation),
            )
            .required(),
            field("kind", "What ties them?", choice!(RelationshipKind)).required(),
            field(
                "to",
                "To which organisation?",
                Input::One(Kind::Organisation),
            )
            .required(),
            field("about", "What is it about?", Input::Text),
        ],
    },
    SOURCES,
];

const GROUP: &[Section] = &[
    Section {
        slug: "basics",
        title: "The group",
        fields: &[
            NAME,
            field("kind", "What sort of group is it?", choice!(GroupKind)).required(),
            THEME,
            field("purpose", "What is it for?", Input::Text),
            field("meets", "How often does it meet?", Input::Line),
        ],
    },
    Section {
        slug: "seats",
        title: "Who sits on it",
        fields: &[field(
            "roles",
            "Which seats does it have?",
            Input::Rows(
                "Seat",
                &[
                    field("title", "The seat", Input::Line)
                        .hint("A role, never a person’s name")
                        .required(),
                    field(
                        "organisation",
                        "Which organisation fills it?",
                        Input::One(Kind::Organisation),
                    ),
                ],
            ),
        )],
    },
    SOURCES,
];

pub(super) const POINT: &[Field] = &[
    field("period", "When?", Input::Date)
        .hint(DATE_HINT)
        .required(),
    field("value", "The value", Input::Figure).hint("A number such as 62500 or 77.8"),
    field("note", "Anything to add", Input::Line),
];

const OBSERVATION: &[Section] = &[
    Section {
        slug: "basics",
        title: "The figure",
        fields: &[
            field(
                "indicator",
                "Of which indicator?",
                Input::One(Kind::Indicator),
            )
            .required(),
            field("period", "Which period does it speak of?", Input::Date)
                .hint(DATE_HINT)
                .required(),
            field("value", "The value", Input::Figure).hint("A number such as 62500 or 77.8"),
            field(
                "unit",
                "Its unit, where it differs from the indicator’s",
                Input::Line,
            ),
            field(
                "area",
                "For which area, if not the whole region?",
                Input::One(Kind::Area),
            ),
            field(
                "measure",
                "What was measured, where the indicator has several measures?",
                Input::Line,
            ),
            field("lower", "Lower end of its interval", Input::Figure),
            field("upper", "Upper end of its interval", Input::Figure),
            field("status", "Its standing", Input::Line).hint("Such as provisional or revised"),
            field("published", "When was it published?", Input::Date).hint(DATE_HINT),
            field("note", "Anything to add", Input::Text),
        ],
    },
    SOURCES,
];

const THEME_FORM: &[Section] = &[
    Section {
        slug: "basics",
        title: "The theme",
        fields: &[
            TITLE,
            field("short_title", "A shorter title for tables", Input::Line),
            field(
                "promise",
                "What does it promise, in a sentence?",
                Input::Text,
            )
            .required(),
            field("about", "What is it about?", Input::Text),
            field("why", "Why does it matter?", Input::Text),
            BODY,
        ],
    },
    Section {
        slug: "looks",
        title: "How it looks",
        fields: &[
            field("colour", "Its colour", Input::Line)
                .hint("Like #1a2b3c, dark enough for text on a light ground")
                .required(),
            ORDER,
        ],
    },
    SOURCES,
];

const STRATEGY: &[Section] = &[
    Section {
        slug: "basics",
        title: "The strategy",
        fields: &[
            TITLE,
            field(
                "vision",
                "Where does it lead, in a sentence or two?",
                Input::Text,
            )
            .required(),
            field(
                "lead",
                "Which organisation leads it?",
                Input::One(Kind::Organisation),
            ),
            field("adopted", "When was it adopted?", Input::Date).hint(DATE_HINT),
            field("start", "When does its period start?", Input::Date).hint(DATE_HINT),
            field("end", "When does its period end?", Input::Date).hint(DATE_HINT),
        ],
    },
    Section {
        slug: "text",
        title: "The text",
        fields: &[field("body", "The text of the strategy", Input::Text).hint(MARKDOWN_HINT)],
    },
    SOURCES,
];

const EARLIER_CODE: &[Field] = &[
    field("code", "The code", Input::Line).required(),
    field(
        "until",
        "The last year at whose end it was in use",
        Input::Number,
    )
    .required(),
];

const AREA: &[Section] = &[
    Section {
        slug: "basics",
        title: "The area",
        fields: &[
            NAME,
            field("code", "Its code in official statistics", Input::Line)
                .hint("As official statistics write it"),
            field(
                "earlier_codes",
                "Codes that it had before",
                Input::Rows("Code", EARLIER_CODE),
            ),
            field("level", "Its level", choice!(AreaLevel)),
            field(
                "parent",
                "Which area is it part of?",
                Input::One(Kind::Area),
            ),
            field(
                "tile",
                "Its tile on the map",
                Input::Group(&[
                    field("column", "Column, from 1", Input::Number).required(),
                    field("row", "Row, from the north", Input::Number).required(),
                    field("width", "Columns covered", Input::Number),
                    field("height", "Rows covered", Input::Number),
                ]),
            ),
        ],
    },
    SOURCES,
];

const REGION: &[Section] = &[
    Section {
        slug: "basics",
        title: "The region",
        fields: &[
            field(
                "name",
                "What is the region called in a sentence?",
                Input::Line,
            )
            .required(),
            field("short_name", "A short name for the header", Input::Line),
            field("title", "What is this site called?", Input::Line).required(),
            field("headline", "The home page’s headline", Input::Text).required(),
            field("lead_body", "Who answers for the strategy?", Input::Line),
            field(
                "notice",
                "What does every page say of the site’s standing?",
                Input::Text,
            ),
            field("language", "Language of the texts", Input::Line).hint("Like en-GB"),
            field("address", "The site’s public address", Input::Line),
            field("contact", "An address for questions", Input::Line),
            field(
                "update_months",
                "How many months may pass between two updates on an activity?",
                Input::Number,
            )
            .hint("3 where left empty"),
            field(
                "update_grace_days",
                "How many days late may an update come?",
                Input::Number,
            )
            .hint("14 where left empty"),
            field(
                "fetch_from",
                "From which hosts may published files be fetched?",
                Input::Lines,
            )
            .hint("One on each line, such as www.ons.gov.uk"),
        ],
    },
    Section {
        slug: "offer",
        title: "The offer",
        fields: &[
            field("offer", "What is the place?", Input::Text).hint(MARKDOWN_HINT),
            field(
                "strengths",
                "What is it strong in?",
                Input::Rows(
                    "Strength",
                    &[
                        field("title", "What is strong?", Input::Line).required(),
                        field("text", "The fact that shows it", Input::Text).required(),
                        field(
                            "sources",
                            "Where is that said?",
                            Input::Rows("Source", SOURCE),
                        ),
                    ],
                ),
            ),
        ],
    },
    Section {
        slug: "figures",
        title: "Figures on the home page",
        fields: &[
            field(
                "headlines_title",
                "The heading above the figures",
                Input::Line,
            ),
            field(
                "headlines",
                "Which figures?",
                Input::Rows(
                    "Figure",
                    &[
                        field("indicator", "Indicator", Input::One(Kind::Indicator)).required(),
                        field("sentence", "The finding as a sentence", Input::Text).required(),
                    ],
                ),
            ),
        ],
    },
    SOURCES,
];

/// The pages of a kind's form.
pub(crate) fn sections(kind: Kind) -> &'static [Section] {
    match kind {
        Kind::Region => REGION,
        Kind::Area => AREA,
        Kind::Strategy => STRATEGY,
        Kind::Theme => THEME_FORM,
        Kind::Objective => OBJECTIVE,
        Kind::Organisation => ORGANISATION,
        Kind::Relationship => RELATIONSHIP,
        Kind::Group => GROUP,
        Kind::Signal => SIGNAL,
        Kind::Indicator => evidence::INDICATOR,
        Kind::Dataset => evidence::DATASET,
        Kind::Observation => OBSERVATION,
        Kind::Activity => ACTIVITY,
        Kind::Decision => DECISION,
        Kind::Milestone => MILESTONE,
    }
}

/// A question of a kind's form by its name.
pub(crate) fn find(kind: Kind, name: &str) -> Option<&'static Field> {
    let mut fields = sections(kind).iter().flat_map(|section| section.fields);
    fields.find(|field| field.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use dfg_plan::record::field_names;

    use super::*;

    /// Fields that no form changes: earlier slugs come from renaming, past editions are what the
    /// first import reconstructed, updates have a form of their own, and rules of signals stand in
    /// the region's file.
    const LEFT_OUT: [&str; 4] = ["was", "editions", "updates", "signal_rules"];

    #[test]
    fn every_field_of_every_kind_is_asked_for_once() {
        for kind in Kind::ALL {
            let asked: Vec<&str> = sections(*kind)
                .iter()
                .flat_map(|section| section.fields)
                .map(|field| field.name)
                .filter(|name| *name != STAGE_SINCE)
                .collect();
            let found: BTreeSet<&str> = asked.iter().copied().collect();
            assert_eq!(
                found.len(),
                asked.len(),
                "{kind}: a field is asked for twice"
            );
            let expected: BTreeSet<&str> = field_names(*kind)
                .iter()
                .copied()
                .filter(|name| !LEFT_OUT.contains(name))
                .collect();
            assert_eq!(found, expected, "{kind}");
        }
    }

    #[test]
    fn addresses_of_sections_are_their_own() {
        for kind in Kind::ALL {
            let slugs: BTreeSet<&str> = sections(*kind).iter().map(|one| one.slug).collect();
            assert_eq!(slugs.len(), sections(*kind).len(), "{kind}");
        }
    }
}
