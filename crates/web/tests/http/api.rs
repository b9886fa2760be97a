//! The JSON API: it is what its description says, and numbers add up.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::site::{Client, plan};

/// A validator of one of the description's schemas.
fn validator(description: &Value, name: &str) -> jsonschema::Validator {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": format!("#/components/schemas/{name}"),
        "components": description["components"],
    });
    jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[tokio::test]
async fn every_described_address_answers_as_described() {
    let client = Client::north_east();
    let description = client.get("/api/v1/openapi.json").await.json();
    let paths = description["paths"].as_object().unwrap();
    assert!(paths.len() > 40, "{} paths", paths.len());
    for (path, operation) in paths {
        let get = &operation["get"];
        let mut address = path.clone();
        for parameter in get["parameters"].as_array().unwrap() {
            if parameter["in"] == "path" {
                let name = format!("{{{}}}", parameter["name"].as_str().unwrap());
                address = address.replace(&name, parameter["example"].as_str().unwrap());
            }
        }
        let needed = path.ends_with("/search");
        let schema = &get["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
        let name = schema.as_str().unwrap().rsplit('/').next().unwrap();
        let validator = validator(&description, name);
        for query in ["", "?as-of=2021-05", "?edition=r2"] {
            let query = match (needed, query) {
                (false, query) => query.to_owned(),
                (true, query) => format!("?q=data&{}", query.trim_start_matches('?')),
            };
            let query = query.trim_end_matches('&');
            let answer = client.get(&format!("{address}{query}")).await;
            if answer.status == StatusCode::NOT_FOUND && !query.is_empty() {
                continue;
            }
            assert_eq!(answer.status, StatusCode::OK, "{address}{query}");
            let told = answer.json();
            let fault = validator.iter_errors(&told).next();
            let fault = fault.map(|fault| format!("{fault} at {}", fault.instance_path()));
            assert_eq!(fault, None, "{address}{query} is not a {name}");
        }
    }
}

#[tokio::test]
async fn problems_are_as_described() {
    let client = Client::north_east();
    let description = client.get("/api/v1/openapi.json").await.json();
    let validator = validator(&description, "Problem");
    for (method, address, status) in [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/activities/nothing", 404),
        ("GET", "/api/v1/activities?limit=abc", 400),
        ("GET", "/api/v1/activities?limit=5&limit=6", 400),
        ("GET", "/api/v1/activities?as-of=soon", 400),
        ("GET", "/api/v1/activities?as-of=1900", 404),
        ("GET", "/api/v1/changes?from=whenever", 400),
        ("GET", "/api/v1/changes?from=77", 404),
        ("GET", "/api/v1/search", 400),
        ("GET", "/api/v1/search?q=data&kind=thing", 400),
        ("POST", "/api/v1/activities", 405),
    ] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let answer = client.ask(method, address, &[]).await;
        assert_eq!(answer.status.as_u16(), status, "{address}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let problem = answer.json();
        assert!(validator.is_valid(&problem), "{address}: {problem}");
        assert_eq!(problem["instance"], address.split('?').next().unwrap());
    }
}

#[tokio::test]
async fn a_list_can_be_walked_to_its_end_and_back() {
    let client = Client::north_east();
    let plan = plan();
    let mut slugs = Vec::new();
    let mut address = "/api/v1/activities?limit=50".to_owned();
    let mut last = address.clone();
    let mut pages = 0;
    while !address.is_empty() {
        let answer = client.get(&address).await;
        let told = answer.json();
        assert_eq!(told["total"], plan.activities.len());
        let items = told["items"].as_array().unwrap();
        slugs.extend(
            items
                .iter()
                .map(|item| item["slug"].as_str().unwrap().to_owned()),
        );
        let next = told["links"]["next"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let named = answer
            .header("link")
            .contains(&format!("<{next}>; rel=\"next\""));
        assert_eq!(named, !next.is_empty(), "{}", answer.header("link"));
        last = std::mem::replace(&mut address, next);
        pages += 1;
    }
    let all: Vec<String> = plan.activities.keys().map(ToString::to_string).collect();
    assert_eq!(slugs, all);
    assert_eq!(pages, plan.activities.len().div_ceil(50));
    let told = client.get(&last).await.json();
    assert!(told["links"]["prev"].as_str().unwrap().contains("offset="));
}

#[tokio::test]
async fn filters_choose_what_the_plan_has() {
    let client = Client::north_east();
    let plan = plan();
    let total = async |address: &str| client.get(address).await.json()["total"].as_u64().unwrap();
    let theme = plan.themes.keys().next().unwrap();
    let of_theme = plan.activities.values().filter(|a| a.theme == *theme);
    let expected = of_theme.count() as u64;
    assert!(expected > 0);
    let address = format!("/api/v1/activities?theme={theme}");
    assert_eq!(total(&address).await, expected);
    let mut by_stage = 0;
    let stages = ["idea", "developing", "approved", "delivering", "completed"];
    for stage in stages.into_iter().chain(["paused", "stopped", "none"]) {
        by_stage += total(&format!("{address}&stage={stage}")).await;
    }
    assert_eq!(by_stage, expected, "every activity is in one stage");
    let both = total("/api/v1/activities?stage=idea&stage=completed").await;
    let idea = total("/api/v1/activities?stage=idea").await;
    let completed = total("/api/v1/activities?stage=completed").await;
    assert_eq!(both, idea + completed);
    let (slug, activity) = plan
        .activities
        .iter()
        .find(|(_, activity)| !activity.areas.is_empty())
        .unwrap();
    let area = &activity.areas[0];
    let owner = activity.owners.iter().find_map(|o| o.organisation.as_ref());
    let words = activity.title.to_uppercase();
    let words: String = url::form_urlencoded::byte_serialize(words.as_bytes()).collect();
    let mut address = format!("/api/v1/activities?area={area}&q={words}&limit=500");
    if let Some(owner) = owner {
        address = format!("{address}&organisation={owner}");
    }
    let list = client.get(&address).await.json();
    let mut items = list["items"].as_array().unwrap().iter();
    assert!(items.any(|item| item["slug"] == slug.as_str()), "{address}");
    let opportunities = total("/api/v1/signals?kind=opportunity").await;
    let challenges = total("/api/v1/signals?kind=challenge").await;
    assert_eq!(opportunities + challenges, plan.signals.len() as u64);
    assert_eq!(total("/api/v1/activities?q=zqnobody").await, 0);
}

#[tokio::test]
async fn a_search_finds_a_record_by_its_title() {
    let client = Client::north_east();
    let plan = plan();
    let (slug, activity) = plan.activities.iter().next().unwrap();
    let words: String = url::form_urlencoded::byte_serialize(activity.title.as_bytes()).collect();
    let found = client
        .get(&format!("/api/v1/search?kind=activity&q={words}"))
        .await
        .json();
    let first = &found["items"][0];
    assert_eq!(first["slug"], slug.as_str());
    let record = client.get(first["links"]["record"].as_str().unwrap()).await;
    assert_eq!(record.json()["title"], activity.title.as_str());
    let other = client
        .get(&format!("/api/v1/search?kind=area&q={words}"))
        .await
        .json();
    assert_eq!(other["total"], 0);
}

#[tokio::test]
async fn the_past_is_told_as_it_was_and_history_explains_it() {
    let client = Client::north_east();
    let then = client
        .get("/api/v1/activities?as-of=2019-10-31")
        .await
        .json();
    let now = client.get("/api/v1/activities").await.json();
    assert!(then["total"].as_u64() < now["total"].as_u64());
    assert_eq!(then["moment"]["is_past"], true);
    let link = then["items"][0]["links"]["history"].as_str().unwrap();
    assert!(link.ends_with("/history?as-of=2019-10-31"), "{link}");
    let before = client.get(link).await.json();
    let after = client.get(link.split('?').next().unwrap()).await.json();
    let count = |told: &Value| told["versions"].as_array().unwrap().len();
    assert!(count(&before) < count(&after), "more became known since");
    let versions = after["versions"].as_array().unwrap();
    assert_eq!(versions.last().unwrap()["what"], "added");
    let mut record = versions.last().unwrap()["record"].clone();
    for version in versions.iter().rev().skip(1) {
        for change in version["fields"].as_array().unwrap() {
            let field = change["field"].as_str().unwrap();
            let fields = record.as_object_mut().unwrap();
            match &change["new"] {
                Value::Null => fields.remove(field),
                new => fields.insert(field.to_owned(), new.clone()),
            };
        }
        assert_eq!(record, version["record"], "the changes lead to the record");
    }
    let one = client.get(after["links"]["record"].as_str().unwrap()).await;
    assert_eq!(record, one.json()["record"]);
}

#[tokio::test]
async fn entries_are_a_chain_and_editions_name_theirs() {
    let client = Client::north_east();
    let entries = client.get("/api/v1/entries?limit=500").await.json();
    let items = entries["items"].as_array().unwrap();
    let seqs: Vec<u64> = items
        .iter()
        .map(|one| one["seq"].as_u64().unwrap())
        .collect();
    let all: Vec<u64> = (1..=items.len() as u64).rev().collect();
    assert_eq!(seqs, all);
    let editions = client.get("/api/v1/editions").await.json();
    for edition in editions["items"].as_array().unwrap() {
        let entry = items.iter().find(|entry| entry["seq"] == edition["entry"]);
        assert_eq!(entry.unwrap()["hash"], edition["hash"]);
        assert_eq!(entry.unwrap()["edition"], edition["id"]);
    }
}

#[tokio::test]
async fn an_answer_that_has_not_changed_is_not_sent_again() {
    let client = Client::north_east();
    let first = client.get("/api/v1/activities").await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"'), "{tag}");
    let again = client
        .ask(
            Method::GET,
            "/api/v1/activities",
            &[("if-none-match", &tag)],
        )
        .await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert_eq!(again.body, "");
    assert_eq!(again.header("access-control-allow-origin"), "*");
    let page = client.get("/").await;
    assert_eq!(page.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn those_who_run_the_site_see_how_it_does() {
    let client = Client::north_east();
    client.get("/").await;
    client.get("/").await;
    let health = client.get("/healthz").await;
    assert_eq!(health.status, StatusCode::OK);
    assert_eq!(health.json()["edition"], "1");
    let metrics = client.get("/metrics").await.body;
    let value = |name: &str| {
        let line = metrics.lines().find_map(|line| line.strip_prefix(name));
        let value = line.unwrap_or_else(|| panic!("no {name}")).trim();
        value.parse::<u64>().unwrap()
    };
    assert_eq!(value("dfg_requests_total "), 4);
    assert_eq!(value("dfg_page_cache_hits_total "), 1);
    assert_eq!(value("dfg_faults_total "), 0);
    assert_eq!(value("dfg_edition_number "), 1);
    assert_eq!(health.json()["head"], value("dfg_ledger_entries "));
    assert!(metrics.contains("dfg_build_info{version=\"1.2.3\"} 1"));
}
