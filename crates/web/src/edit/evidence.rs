//! What the forms of evidence ask for: indicators and datasets.

use dfg_plan::{
    Kind,
    record::{
        Cadence, ColumnType, Direction, Fill, Format, Scaling, Service, Timing, TrajectoryKind,
    },
};

use super::{
    field::{Field, Input, Section, field},
    table::{DATE_HINT, ORDER, POINT, SOURCES, THEME, TITLE, choice},
};

const STEP: &[Field] = &[
    field("period", "By when?", Input::Date)
        .hint(DATE_HINT)
        .required(),
    field("value", "What should be reached?", Input::Figure).required(),
];

const TRAJECTORY: &[Field] = &[
    field("kind", "In which way?", choice!(TrajectoryKind)).required(),
    field("steps", "For steps: the values", Input::Rows("Step", STEP)),
    field(
        "comparator",
        "For a gap: to which of its comparators?",
        Input::Line,
    ),
    field(
        "share",
        "For a gap: how much is to close, in per cent?",
        Input::Figure,
    ),
];

const COMPARATOR: &[Field] = &[
    field("slug", "A short name", Input::Line)
        .hint("Such as england-without-london")
        .required(),
    field("title", "What people read", Input::Line).required(),
    field("areas", "Codes of its areas", Input::Lines)
        .hint("One on each line, such as E92000001")
        .required(),
    field("without", "Codes of areas taken off again", Input::Lines).hint("One on each line"),
    field(
        "one_by_one",
        "Are its areas also shown one by one?",
        Input::Yes,
    ),
];

const BREAK: &[Field] = &[
    field("period", "From when?", Input::Date)
        .hint(DATE_HINT)
        .required(),
    field("note", "What changed?", Input::Line).required(),
];

const INDEX_GROUP: &[Field] = &[
    field("slug", "A short name", Input::Line)
        .hint("Such as fixed-broadband")
        .required(),
    field("title", "What people read", Input::Line).required(),
    field("weight", "Its weight among those beside it", Input::Figure).hint("1 where left out"),
    field("group", "To which group does it belong?", Input::Line)
        .hint("To the index itself where left out"),
];

const INDEX_PART: &[Field] = &[
    field("indicator", "Which indicator?", Input::One(Kind::Indicator)).required(),
    field("group", "To which group does it belong?", Input::Line)
        .hint("To the index itself where left out"),
    field("weight", "Its weight among those beside it", Input::Figure).hint("1 where left out"),
    field(
        "worst",
        "For the way to a target: which figure scores 0?",
        Input::Figure,
    ),
    field(
        "best",
        "For the way to a target: which figure scores 100?",
        Input::Figure,
    ),
];

const INDEX: &[Field] = &[
    field(
        "normalisation",
        "How do figures become scores?",
        choice!(Scaling),
    )
    .required(),
    field("from", "The score of the worst figure", Input::Figure)
        .hint("Only from the worst to the best figure"),
    field("to", "The score of the best figure", Input::Figure)
        .hint("Only from the worst to the best figure"),
    field("aggregation", "How are parts put together?", Input::Lines).hint(
        "arithmetic or geometric, one on each line: for the index itself, then for each level below",
    ),
    field(
        "missing",
        "What takes the place of a missing figure?",
        choice!(Fill),
    ),
    field(
        "fewest",
        "How many of its indicators must an area have, in per cent?",
        Input::Figure,
    ),
    field("period", "Figures of which period?", choice!(Timing)),
    field(
        "areas",
        "How do the codes of the areas compared begin?",
        Input::Lines,
    )
    .hint("One on each line; the region’s local authorities where left out"),
    field(
        "groups",
        "Groups of its indicators",
        Input::Rows("Group", INDEX_GROUP),
    ),
    field("parts", "Its indicators", Input::Rows("Part", INDEX_PART)).required(),
];

pub(super) const INDICATOR: &[Section] = &[
    Section {
        slug: "basics",
        title: "What it measures",
        fields: &[
            TITLE,
            field("meaning", "What does it mean, in plain words?", Input::Text).required(),
            field("unit", "In which unit?", Input::Line)
                .hint("Such as jobs or %")
                .required(),
            field(
                "measure",
                "Which measure do baseline and target speak of?",
                Input::Line,
            )
            .hint("Only where it has several measures"),
            field("direction", "Which way is good?", choice!(Direction)),
            THEME,
            field(
                "objectives",
                "Which objectives does it concern?",
                Input::Many(Kind::Objective),
            ),
            ORDER,
        ],
    },
    Section {
        slug: "target",
        title: "Baseline and target",
        fields: &[
            field("baseline", "Where did it begin?", Input::Group(POINT)),
            field("target", "Where should it go?", Input::Group(POINT)),
        ],
    },
    Section {
        slug: "evidence",
        title: "How it is worked out",
        fields: &[
            field("sql", "SQL over the datasets", Input::Text).hint(
                "It yields area, period and value; and lower, upper, numerator, denominator, status and breakdown where they are published",
            ),
            field(
                "trajectory",
                "How should it get to its target?",
                Input::Group(TRAJECTORY),
            )
            .hint("A straight line where this is left out"),
            field(
                "comparators",
                "What is it set beside?",
                Input::Rows("Comparator", COMPARATOR),
            ),
            field(
                "breaks",
                "Where does the series break?",
                Input::Rows("Break", BREAK),
            ),
            field("decimals", "Digits after the point", Input::Number),
        ],
    },
    Section {
        slug: "index",
        title: "An index of other indicators",
        fields: &[field(
            "index",
            "How is it made of other indicators?",
            Input::Group(INDEX),
        )
        .hint("Only where it is an index")],
    },
    Section {
        slug: "finding",
        title: "What it shows",
        fields: &[
            field(
                "finding",
                "What do the figures show, in a sentence?",
                Input::Text,
            ),
            field(
                "caveats",
                "What should people know before they use it?",
                Input::Lines,
            )
            .hint("One on each line"),
        ],
    },
    SOURCES,
];

const COLUMN: &[Field] = &[
    field("name", "Its name in the table", Input::Line)
        .hint("Lower-case letters, digits and underscores")
        .required(),
    field(
        "headings",
        "Headings that it has or had in the file",
        Input::Lines,
    )
    .hint("One on each line; its own name where left out"),
    field("type", "What are its values?", choice!(ColumnType)).required(),
    field("meaning", "What does it mean?", Input::Line),
    field("unit", "In which unit?", Input::Line),
    field("required", "Must every row have a value?", Input::Yes),
    field("may_be_missing", "May the file lack it?", Input::Yes),
    field("least", "The least value", Input::Figure),
    field("most", "The greatest value", Input::Figure),
    field("values", "The values that it may have", Input::Lines).hint("One on each line"),
    field(
        "markers",
        "Keep signs such as [x] in a column of their own?",
        Input::Yes,
    ),
];

const UNPIVOT: &[Field] = &[
    field(
        "headings",
        "Headings of the columns that become rows",
        Input::Line,
    )
    .hint("With * for anything")
    .required(),
    field("name", "The column that takes the heading", Input::Line).required(),
    field("value", "The column that takes the value", Input::Line).required(),
];

const KEEP: &[Field] = &[
    field("column", "In which column of the table?", Input::Line).required(),
    field("values", "Which values?", Input::Lines)
        .hint("One on each line")
        .required(),
];

pub(super) const DATASET: &[Section] = &[
    Section {
        slug: "basics",
        title: "What it is",
        fields: &[
            TITLE,
            field("publisher", "Who publishes it?", Input::Line).required(),
            field("description", "What does it hold?", Input::Text),
            THEME,
            field("licence", "Under which licence?", Input::Line).required(),
            field(
                "attribution",
                "What does its licence ask to be said?",
                Input::Text,
            ),
            field("cadence", "How often is it published?", choice!(Cadence)),
            field("next_release", "When is the next release?", Input::Date).hint(DATE_HINT),
            field(
                "caveats",
                "What should people know before they use it?",
                Input::Lines,
            )
            .hint("One on each line"),
        ],
    },
    Section {
        slug: "file",
        title: "Its file",
        fields: &[
            field("address", "Where is it fetched from?", Input::Line).hint("Begins with https://"),
            field("file", "What is the file called?", Input::Line).hint("With * for anything"),
            field("format", "How is it laid out?", choice!(Format)).required(),
            field("inside", "Which file inside a ZIP?", Input::Line).hint("With * for anything"),
            field("sheet", "Which sheet of a workbook?", Input::Line),
            field("skip", "Lines before the headings", Input::Number)
                .hint("The row of headings is found by the names of the columns where left out"),
            field("unpivot", "Columns that become rows", Input::Group(UNPIVOT)),
            field("keep", "Rows to keep", Input::Rows("Column", KEEP)),
        ],
    },
    Section {
        slug: "columns",
        title: "Its columns",
        fields: &[
            field(
                "columns",
                "The columns wanted",
                Input::Rows("Column", COLUMN),
            )
            .required(),
            field("area", "Which holds the code of the area?", Input::Line),
            field("period", "Which holds the period?", Input::Line),
            field("key", "Which tell one row from another?", Input::Lines).hint("One on each line"),
            field(
                "accumulates",
                "Does a release hold only its own periods, so that the table is all of them together?",
                Input::Yes,
            ),
            field(
                "boundaries",
                "On the boundaries of which year?",
                Input::Number,
            ),
            field(
                "serves",
                "What does the site itself take from it?",
                choice!(Service),
            )
            .hint("Most datasets serve indicators only: leave it empty"),
            field(
                "fewest_rows",
                "The fewest rows of a sound file",
                Input::Number,
            ),
            field(
                "rows_may_change",
                "By how many per cent may the number of rows change?",
                Input::Number,
            )
            .hint("20 where left out"),
        ],
    },
    SOURCES,
];
