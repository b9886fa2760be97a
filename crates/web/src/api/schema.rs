//! The schemas of what the API answers: records' own are made from their types.

use dfg_plan::{Kind, record::schema, story::capitalise};
use serde_json::{Map, Value, json};

use super::{
    is_single,
    parameter::{DATE, EDITION, LIMIT, SLUG},
    problem::TYPES,
};

/// Every schema by name.
pub(super) fn components() -> Map<String, Value> {
    let mut all = Map::new();
    for kind in Kind::ALL {
        add_record(&mut all, *kind);
    }
    for (name, schema) in [
        ("PartialDateText", partial_date()),
        ("Moment", moment()),
        ("ListLinks", list_links()),
        ("FieldChange", field_change()),
        ("History", history()),
        ("EditionItem", edition()),
        ("EditionList", list_of("EditionItem")),
        ("Entry", entry()),
        ("EntryList", list_of("Entry")),
        ("Hit", hit()),
        ("HitList", list_of("Hit")),
        ("Spot", spot()),
        ("Piece", piece()),
        ("Change", change()),
        ("Changes", changes()),
        ("Index", index()),
        ("Problem", problem()),
        (
            "Description",
            object(
                &[
                    ("openapi", json!({ "type": "string" })),
                    ("paths", json!({ "type": "object" })),
                ],
                &["info", "components", "servers", "tags"],
            ),
        ),
    ] {
        all.insert(name.to_owned(), schema);
    }
    all
}

/// A reference to a schema by name.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The schema of a kind's record, with what it is made of beside it, and those of its answers.
fn add_record(all: &mut Map<String, Value>, kind: Kind) {
    let name = kind.spoken();
    let mut record = schema(kind);
    hoist(&mut record);
    if let Value::Object(fields) = &mut record {
        fields.remove("$schema");
        if let Some(Value::Object(parts)) = fields.remove("$defs") {
            all.extend(parts);
        }
    }
    all.insert(name.to_owned(), record);
    let item = format!("{name}Item");
    let schema = object(
        &[
            ("kind", json!({ "const": kind.word() })),
            ("slug", slug()),
            ("title", text()),
            ("record", reference(name)),
            ("links", links(&["self", "history", "page"])),
        ],
        &[],
    );
    all.insert(
        item.clone(),
        with_optional(schema, "moment", reference("Moment")),
    );
    if !is_single(kind) {
        all.insert(format!("{name}List"), list_of(&item));
    }
}

/// Turns references within one schema into references among all.
fn hoist(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                match value {
                    Value::String(target) if name == "$ref" => {
                        *target = target.replace("#/$defs/", "#/components/schemas/");
                    }
                    other => hoist(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hoist),
        _ => {}
    }
}

/// An object whose named fields are required; further ones may only be those listed.
fn object(required: &[(&str, Value)], further: &[&str]) -> Value {
    let mut fields: Map<String, Value> = required
        .iter()
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect();
    let names: Vec<&str> = required.iter().map(|(name, _)| *name).collect();
    for name in further {
        fields.insert((*name).to_owned(), json!({}));
    }
    json!({
        "type": "object",
        "properties": fields,
        "required": names,
        "additionalProperties": false,
    })
}

fn with_optional(mut object: Value, name: &str, schema: Value) -> Value {
    object["properties"][name] = schema;
    object
}

fn array(items: Value) -> Value {
    let mut schema = json!({ "type": "array" });
    schema["items"] = items;
    schema
}

fn or_null(schema: Value) -> Value {
    let mut choice = json!({ "anyOf": [] });
    choice["anyOf"] = Value::Array(vec![schema, json!({ "type": "null" })]);
    choice
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn counts() -> Value {
    json!({ "type": "object", "additionalProperties": count() })
}

fn date() -> Value {
    json!({ "type": "string", "format": "date" })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn hash() -> Value {
    json!({ "type": "string", "pattern": "^[0-9a-f]{64}$", "description": "A SHA-256." })
}

fn slug() -> Value {
    json!({ "type": "string", "pattern": SLUG, "maxLength": dfg_plan::Slug::MAX })
}

fn kind() -> Value {
    let words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
    json!({ "type": "string", "enum": words })
}

fn edition_id() -> Value {
    json!({ "type": "string", "pattern": EDITION })
}

fn address() -> Value {
    json!({ "type": "string", "format": "uri-reference" })
}

fn links(names: &[&str]) -> Value {
    let fields: Vec<(&str, Value)> = names.iter().map(|name| (*name, address())).collect();
    object(&fields, &[])
}

fn list_links() -> Value {
    let links = links(&["self"]);
    with_optional(with_optional(links, "next", address()), "prev", address())
}

fn list_of(item: &str) -> Value {
    object(
        &[
            ("moment", reference("Moment")),
            ("total", count()),
            (
                "limit",
                json!({ "type": "integer", "minimum": 1, "maximum": LIMIT.1 }),
            ),
            ("offset", count()),
            ("items", array(reference(item))),
            ("links", reference("ListLinks")),
        ],
        &[],
    )
}

fn partial_date() -> Value {
    json!({
        "type": "string",
        "pattern": DATE,
        "description": "A day, a month or a year: `2020-03-01`, `2020-03`, `2020`. \
            A month or year means its last day.",
    })
}

fn moment() -> Value {
    let mut schema = object(
        &[
            ("as_of", date()),
            ("through", count()),
            ("is_past", json!({ "type": "boolean" })),
        ],
        &[],
    );
    schema["description"] = json!(
        "The state that is shown: true on `as_of`, as far as the ledger's entries up to `through` \
         tell."
    );
    schema
}

fn field_change() -> Value {
    let mut schema = object(
        &[("field", text()), ("old", json!({})), ("new", json!({}))],
        &[],
    );
    schema["description"] = json!("One field's value before and after; null where it was empty.");
    schema
}

fn history() -> Value {
    let step = object(
        &[
            ("entry", count()),
            ("true_on", date()),
            ("recorded_at", time()),
            ("reason", text()),
            ("decision", or_null(slug())),
            (
                "what",
                json!({ "type": "string", "enum": ["added", "changed", "withdrawn"] }),
            ),
            ("fields", array(reference("FieldChange"))),
            ("record", json!({ "type": ["object", "null"] })),
        ],
        &[],
    );
    object(
        &[
            ("kind", kind()),
            ("slug", slug()),
            ("moment", reference("Moment")),
            ("versions", array(step)),
            ("links", links(&["self", "record"])),
        ],
        &[],
    )
}

fn edition() -> Value {
    let schema = object(
        &[
            ("id", edition_id()),
            ("title", text()),
            ("foreword", text()),
            ("as_of", date()),
            ("through", count()),
            ("reconstructed", json!({ "type": "boolean" })),
            ("entry", count()),
            ("hash", hash()),
            ("recorded_at", time()),
            ("counts", counts()),
            ("links", links(&["self", "records", "page"])),
        ],
        &[],
    );
    with_optional(schema, "moment", reference("Moment"))
}

fn entry() -> Value {
    let key = object(&[("kind", kind()), ("slug", slug())], &[]);
    object(
        &[
            ("seq", json!({ "type": "integer", "minimum": 1 })),
            ("hash", hash()),
            ("true_on", date()),
            ("recorded_at", time()),
            ("reason", text()),
            ("decision", or_null(slug())),
            ("edition", or_null(edition_id())),
            ("keys", array(key)),
        ],
        &[],
    )
}

fn hit() -> Value {
    object(
        &[
            ("kind", kind()),
            ("slug", slug()),
            ("title", text()),
            ("summary", text()),
            ("links", links(&["record", "page"])),
        ],
        &[],
    )
}

fn spot() -> Value {
    object(
        &[
            ("edition", or_null(edition_id())),
            ("as_of", date()),
            ("through", count()),
            ("words", text()),
        ],
        &[],
    )
}

fn piece() -> Value {
    let types = json!({ "type": "string", "enum": ["text", "record", "removed", "inserted"] });
    let schema = object(&[("type", types), ("text", text())], &[]);
    with_optional(with_optional(schema, "kind", kind()), "slug", slug())
}

fn change() -> Value {
    let pieces = || array(reference("Piece"));
    let reason = object(
        &[
            ("text", text()),
            ("by", or_null(text())),
            ("decision", or_null(slug())),
            ("entry", or_null(count())),
            ("recorded_at", or_null(time())),
        ],
        &[],
    );
    let what = json!({ "type": "string", "enum": ["added", "changed", "renamed", "withdrawn"] });
    object(
        &[
            ("chapter", text()),
            ("theme", or_null(slug())),
            ("kind", kind()),
            ("slug", slug()),
            ("label", text()),
            ("what", what),
            ("sentence", pieces()),
            ("text", text()),
            ("details", array(pieces())),
            ("fields", array(reference("FieldChange"))),
            ("reasons", array(reason)),
            ("source", or_null(reference("Source"))),
            ("page", or_null(address())),
        ],
        &[],
    )
}

fn changes() -> Value {
    object(
        &[
            ("moment", reference("Moment")),
            ("from", reference("Spot")),
            ("to", reference("Spot")),
            ("notices", array(text())),
            ("summary", text()),
            ("counts", counts()),
            ("total", count()),
            ("items", array(reference("Change"))),
            ("links", links(&["self", "page"])),
        ],
        &[],
    )
}

fn index() -> Value {
    let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.plural()).collect();
    object(
        &[
            ("title", text()),
            ("version", text()),
            ("moment", reference("Moment")),
            ("records", links(&names)),
            (
                "links",
                links(&[
                    "self",
                    "description",
                    "editions",
                    "changes",
                    "entries",
                    "search",
                    "page",
                ]),
            ),
        ],
        &[],
    )
}

fn problem() -> Value {
    let types: Vec<String> = TYPES
        .iter()
        .map(|word| format!("urn:dfg:problem:{word}"))
        .collect();
    let mut schema = object(
        &[
            ("type", json!({ "type": "string", "enum": types })),
            ("title", text()),
            (
                "status",
                json!({ "type": "integer", "minimum": 300, "maximum": 599 }),
            ),
            ("detail", text()),
            ("instance", address()),
        ],
        &[],
    );
    schema["description"] = json!("Problem details as RFC 9457 has them.");
    schema
}

/// The words for many records of a kind, as in names of operations: `Activities`.
pub(super) fn many(kind: Kind) -> String {
    capitalise(kind.plural())
}
