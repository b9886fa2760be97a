//! `GET /api/v1/openapi.json`: the API described, from the same table that routes it.

use dfg_plan::Kind;
use serde_json::{Map, Value, json};

use super::{
    Answer, Endpoint, endpoints,
    parameter::{EDITION, Parameter, SLUG},
    record::region_title,
    schema::{components, reference},
};
use crate::{cx::Cx, edition::public_editions, fault::Fault};

/// Shows the description.
#[expect(clippy::unnecessary_wraps, reason = "one signature for all reads")]
pub(super) fn show(cx: &Cx) -> Result<Answer, Fault> {
    let paths: Map<String, Value> = endpoints()
        .iter()
        .map(|endpoint| {
            let path = describe(cx, endpoint);
            (endpoint.path.clone(), path)
        })
        .collect();
    Ok(json!({
        "openapi": "3.1.1",
        "info": {
            "title": region_title(cx),
            "version": cx.site.0.settings.version,
            "description": "The strategy as data: every record, its history, every edition, and \
                what changed between any two points. Everything is read-only and open to all. \
                Every answer carries an ETag; send it back as If-None-Match.",
        },
        "servers": [{ "url": "/" }],
        "tags": [
            { "name": "records", "description": "The plan." },
            { "name": "editions", "description": "What was published, and what changed." },
            { "name": "about", "description": "This API." },
        ],
        "paths": paths,
        "components": { "schemas": components() },
    })
    .into())
}

fn describe(cx: &Cx, endpoint: &Endpoint) -> Value {
    let name = endpoint.path.split('/').nth(3).unwrap_or_default();
    let mut parameters: Vec<Value> = Vec::new();
    if endpoint.path.contains("{slug}") {
        parameters.extend(Kind::from_plural(name).map(|kind| slug(cx, kind)));
    }
    if endpoint.path.contains("{id}") {
        parameters.push(edition(cx));
    }
    let taken = endpoint.parameters.iter().chain(&Parameter::MOMENT);
    parameters.extend(taken.map(|parameter| parameter.describe()));
    let tag = match name {
        "editions" | "changes" | "entries" => "editions",
        "" | "openapi.json" => "about",
        _ => "records",
    };
    let mut ok = response("Found.", "application/json", &endpoint.schema);
    ok["headers"] = headers(endpoint.parameters.contains(&Parameter::Limit));
    let problem = |text: &str| response(text, "application/problem+json", "Problem");
    let mut responses = json!({
        "304": { "description": "Unchanged since the answer whose ETag was sent." },
        "400": problem("A parameter cannot be read."),
        "404": problem("There is nothing here, or there was nothing at that moment."),
        "414": problem("The address is too long."),
        "503": problem("Nothing has been published yet."),
    });
    responses["200"] = ok;
    if endpoint.path.contains("{slug}") {
        responses["308"] = problem("The record goes by another slug; see Location.");
    }
    json!({
        "get": {
            "operationId": endpoint.operation,
            "summary": endpoint.summary,
            "tags": [tag],
            "parameters": parameters,
            "responses": responses,
        },
    })
}

fn response(description: &str, media: &str, schema: &str) -> Value {
    let mut content = Map::new();
    content.insert(media.to_owned(), json!({ "schema": reference(schema) }));
    json!({ "description": description, "content": content })
}

fn headers(listed: bool) -> Value {
    let mut headers = json!({
        "ETag": {
            "description": "Names this state of the answer.",
            "schema": { "type": "string" },
        },
    });
    if listed {
        headers["Link"] = json!({
            "description": "The next and previous parts of the list, where there are any.",
            "schema": { "type": "string" },
        });
    }
    headers
}

/// The slug in a path, with one that there is.
fn slug(cx: &Cx, kind: Kind) -> Value {
    let mut parameter = in_path("slug", "The record's permanent name.", SLUG);
    if let Some(slug) = cx.view.plan.slugs(kind).first() {
        parameter["example"] = json!(slug);
    }
    parameter
}

fn edition(cx: &Cx) -> Value {
    let mut parameter = in_path(
        "id",
        "The edition: `1`, or `r1` for a reconstructed one.",
        EDITION,
    );
    if let Some((edition, _)) = public_editions(&cx.snapshot).first() {
        parameter["example"] = json!(edition.id);
    }
    parameter
}

fn in_path(name: &str, description: &str, pattern: &str) -> Value {
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "description": description,
        "schema": { "type": "string", "pattern": pattern, "maxLength": 200 },
    })
}
