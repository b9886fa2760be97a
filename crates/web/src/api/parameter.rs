//! The parameters that reads take: described once, for the reader and for the description.

use dfg_plan::{
    Kind, Slug,
    record::{SignalKind, Stage},
};
use serde_json::{Value, json};

use crate::{cx::Query, fault::Fault};

/// What `stage` is called where no source says.
pub(super) const NO_STAGE: &str = "none";
/// How many items a list gives where `limit` is not given, and at most.
pub(super) const LIMIT: (usize, usize) = (50, 500);
/// The furthest that a list can be entered.
pub(super) const FURTHEST: usize = 1_000_000;
/// The longest text to look for, in characters.
const LONGEST_TEXT: usize = 200;

/// How often a parameter may be given that takes several values.
const MOST_VALUES: usize = 10;

/// A slug.
pub(super) const SLUG: &str = "^[a-z0-9]+([.-][a-z0-9]+)*$";
/// The name of an edition.
pub(super) const EDITION: &str = "^r?[1-9][0-9]{0,8}$";
/// A day, month or year from 1900 to 2199 that is in the calendar.
pub(super) const DATE: &str = "^((19|20|21)[0-9]{2}(-(0[1-9]|1[0-2])|-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|-(0[13-9]|1[0-2])-(29|30)|-(0[13578]|1[02])-31)?|(19(0[48]|[2468][048]|[13579][26])|20(0[048]|[2468][048]|[13579][26])|21(0[48]|[2468][048]|[13579][26]))-02-29)$";

/// A parameter in the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parameter {
    AsOf,
    KnownAt,
    Edition,
    Limit,
    Offset,
    Theme,
    Stage,
    Area,
    Organisation,
    SignalKind,
    RecordKind,
    Words,
    Search,
    From,
    To,
}

impl Parameter {
    /// Those that choose a moment; every read takes them.
    pub const MOMENT: [Self; 3] = [Self::AsOf, Self::KnownAt, Self::Edition];

    /// The name in the query.
    pub fn name(self) -> &'static str {
        match self {
            Self::AsOf => "as-of",
            Self::KnownAt => "known-at",
            Self::Edition => "edition",
            Self::Limit => "limit",
            Self::Offset => "offset",
            Self::Theme => "theme",
            Self::Stage => "stage",
            Self::Area => "area",
            Self::Organisation => "organisation",
            Self::SignalKind | Self::RecordKind => "kind",
            Self::Words | Self::Search => "q",
            Self::From => "from",
            Self::To => "to",
        }
    }

    /// Whether it may be given several times; a record then needs to fit one of the values.
    fn is_repeatable(self) -> bool {
        matches!(
            self,
            Self::Theme
                | Self::Stage
                | Self::Area
                | Self::Organisation
                | Self::SignalKind
                | Self::RecordKind
        )
    }

    /// Whether an address cannot be read without it.
    pub fn is_required(self) -> bool {
        self == Self::Search
    }

    fn description(self) -> &'static str {
        match self {
            Self::AsOf => "What was true on a date, as far as the latest edition knows.",
            Self::KnownAt => "What this system said on a date.",
            Self::Edition => "One edition: `1`, or `r1` for a reconstructed one.",
            Self::Limit => "How many items to give at most.",
            Self::Offset => "How many items to leave out first.",
            Self::Theme => "Only records of these themes.",
            Self::Stage => "Only activities in these stages; `none` where no source says.",
            Self::Area => "Only activities in these areas.",
            Self::Organisation => "Only activities in which one of these organisations has a part.",
            Self::SignalKind => "Only signals of these kinds.",
            Self::RecordKind => "Only records of these kinds.",
            Self::Search => "Words that must all stand in the record; the last may be a beginning.",
            Self::Words => "Only activities that have all these words in title, summary or text.",
            Self::From => {
                "The earlier point: an edition or a date. Without it, the edition before."
            }
            Self::To => "The later point: an edition or a date. Without it, the latest edition.",
        }
    }

    fn value_schema(self) -> Value {
        match self {
            Self::AsOf | Self::KnownAt => json!({ "$ref": "#/components/schemas/PartialDateText" }),
            Self::Edition => json!({ "type": "string", "pattern": EDITION }),
            Self::Limit => {
                json!({ "type": "integer", "minimum": 1, "maximum": LIMIT.1, "default": LIMIT.0 })
            }
            Self::Offset => {
                json!({ "type": "integer", "minimum": 0, "maximum": FURTHEST, "default": 0 })
            }
            Self::Theme | Self::Area | Self::Organisation => {
                json!({ "type": "string", "pattern": SLUG, "maxLength": Slug::MAX })
            }
            Self::Stage => {
                let stages = Stage::ALL.iter().map(|stage| stage.word());
                let all: Vec<&str> = stages.chain([NO_STAGE]).collect();
                json!({ "type": "string", "enum": all })
            }
            Self::SignalKind => {
                let all: Vec<&str> = SignalKind::ALL.iter().map(|kind| kind.word()).collect();
                json!({ "type": "string", "enum": all })
            }
            Self::RecordKind => {
                let all: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
                json!({ "type": "string", "enum": all })
            }
            Self::Words | Self::Search => {
                json!({ "type": "string", "minLength": 1, "maxLength": LONGEST_TEXT })
            }
            Self::From | Self::To => json!({ "anyOf": [
                { "type": "string", "pattern": EDITION },
                { "$ref": "#/components/schemas/PartialDateText" },
            ] }),
        }
    }

    /// As the description of the API has it.
    pub fn describe(self) -> Value {
        let value = self.value_schema();
        let schema = if self.is_repeatable() {
            json!({ "type": "array", "items": value, "minItems": 1, "maxItems": MOST_VALUES })
        } else {
            value
        };
        let mut described = json!({
            "name": self.name(),
            "in": "query",
            "required": self.is_required(),
            "description": self.description(),
            "schema": schema,
        });
        if self.is_repeatable() {
            described["style"] = json!("form");
            described["explode"] = json!(true);
        }
        described
    }
}

/// Refuses a query with an unknown, empty, repeated or malformed parameter: a misspelt filter must
/// not be taken for none.
pub(super) fn check(query: &Query, allowed: &[Parameter]) -> Result<(), Fault> {
    let mut seen: Vec<Parameter> = Vec::new();
    for (name, value) in query.pairs() {
        let Some(parameter) = allowed.iter().find(|one| one.name() == name) else {
            let shown: String = name.chars().take(40).collect();
            let names: Vec<&str> = allowed.iter().map(|one| one.name()).collect();
            return Err(Fault::BadRequest(format!(
                "There is no parameter “{shown}” here. There are: {}.",
                names.join(", ")
            )));
        };
        let given = seen.iter().filter(|one| *one == parameter).count();
        if given > 0 && !parameter.is_repeatable() {
            return Err(Fault::BadRequest(format!("“{name}” is given twice.")));
        }
        if given == MOST_VALUES {
            return Err(Fault::BadRequest(format!(
                "“{name}” is given more than {MOST_VALUES} times."
            )));
        }
        seen.push(*parameter);
        check_value(*parameter, value)?;
    }
    let missing = allowed
        .iter()
        .find(|one| one.is_required() && !seen.contains(one));
    match missing {
        Some(parameter) => Err(Fault::BadRequest(format!(
            "“{}” is needed here.",
            parameter.name()
        ))),
        None => Ok(()),
    }
}

fn check_value(parameter: Parameter, value: &str) -> Result<(), Fault> {
    let name = parameter.name();
    let fault = |what: String| Err(Fault::BadRequest(format!("“{name}” {what}")));
    if value.is_empty() {
        return fault("is empty. Leave it out, or give it a value.".to_owned());
    }
    let one_of = |words: &[&str]| {
        if words.contains(&value) {
            Ok(())
        } else {
            fault(format!("must be one of: {}.", words.join(", ")))
        }
    };
    match parameter {
        Parameter::Theme | Parameter::Area | Parameter::Organisation => match Slug::parse(value) {
            Ok(_) => Ok(()),
            Err(_) => fault("must be a slug: lower-case letters, digits, hyphens.".to_owned()),
        },
        Parameter::Stage => {
            let stages = Stage::ALL.iter().map(|stage| stage.word());
            one_of(&stages.chain([NO_STAGE]).collect::<Vec<_>>())
        }
        Parameter::SignalKind => {
            let kinds = SignalKind::ALL.iter().map(|kind| kind.word());
            one_of(&kinds.collect::<Vec<_>>())
        }
        Parameter::RecordKind => {
            let kinds = Kind::ALL.iter().map(|kind| kind.word());
            one_of(&kinds.collect::<Vec<_>>())
        }
        Parameter::Words | Parameter::Search if value.chars().count() > LONGEST_TEXT => {
            fault(format!("must have at most {LONGEST_TEXT} characters."))
        }
        Parameter::Limit => whole_number(name, value, 1, LIMIT.1).map(drop),
        Parameter::Offset => whole_number(name, value, 0, FURTHEST).map(drop),
        // The rest is read where it is used, with faults of its own.
        _ => Ok(()),
    }
}

fn whole_number(name: &str, value: &str, least: usize, most: usize) -> Result<usize, Fault> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse() {
        Ok(number) if digits && (least..=most).contains(&number) => Ok(number),
        _ => Err(Fault::BadRequest(format!(
            "“{name}” must be a whole number from {least} to {most}."
        ))),
    }
}

/// `limit` and `offset`.
pub(super) fn page(query: &Query) -> Result<(usize, usize), Fault> {
    let number = |name, least, most, default| match query.get(name) {
        Some(value) => whole_number(name, value, least, most),
        None => Ok(default),
    };
    Ok((
        number("limit", 1, LIMIT.1, LIMIT.0)?,
        number("offset", 0, FURTHEST, 0)?,
    ))
}
