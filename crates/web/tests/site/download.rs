//! Lists as CSV: complete, named, and nothing in them runs.

use crate::support::{Client, region};
use axum::http::header;
use dfg_plan::{Kind, Slug};

const LISTS: [Kind; 12] = [
    Kind::Activity,
    Kind::Organisation,
    Kind::Relationship,
    Kind::Signal,
    Kind::Decision,
    Kind::Milestone,
    Kind::Indicator,
    Kind::Observation,
    Kind::Objective,
    Kind::Theme,
    Kind::Group,
    Kind::Area,
];

fn rows(text: &str) -> Vec<csv::StringRecord> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    reader.records().map(Result::unwrap).collect()
}

#[test]
fn every_list_is_whole_and_named() {
    let client = Client::north_east();
    let plan = region::north_east_plan();
    for kind in LISTS {
        let answer = client.get(&format!("/{}.csv", kind.plural()));
        assert_eq!(
            answer.header(header::CONTENT_TYPE),
            "text/csv; charset=utf-8"
        );
        let name = format!("attachment; filename=\"{}-2026-11-22.csv\"", kind.plural());
        assert_eq!(answer.header(header::CONTENT_DISPOSITION), name);
        let rows = rows(&answer.text);
        assert_eq!(rows.len() - 1, plan.count(kind), "{kind}");
        let mut names: Vec<&str> = rows[0].iter().collect();
        assert_eq!(names[0], "slug");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), rows[0].len(), "{kind}: a column stands twice");
    }
}

#[test]
fn no_cell_of_any_list_is_a_formula() {
    let mut plan = region::starter_plan();
    let (slug, pattern) = plan.activities.iter().next().unwrap();
    let (slug, pattern) = (slug.clone(), pattern.clone());
    for (number, evil) in ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", "  =1", "\"=1"]
        .iter()
        .enumerate()
    {
        let mut activity = pattern.as_ref().clone();
        activity.title = (*evil).to_owned();
        activity.outputs = vec![(*evil).to_owned(), "more".to_owned()];
        let slug = Slug::parse(&format!("{slug}-{number}")).unwrap();
        plan.insert(slug, activity.into());
    }
    for client in [Client::new(region::site_of(&plan)), Client::north_east()] {
        for kind in LISTS {
            let answer = client.get(&format!("/{}.csv", kind.plural()));
            for cell in rows(&answer.text).iter().flatten() {
                let bare = cell.trim_start_matches([' ', '"']);
                assert!(
                    !bare.starts_with(['=', '+', '-', '@', '\t', '\r']),
                    "{kind}: {cell:?}"
                );
            }
        }
    }
}

#[test]
fn the_past_has_its_own_lists() {
    let client = Client::north_east();
    let then = rows(&client.get("/activities.csv?as-of=2018-01-01").text).len();
    let now = rows(&client.get("/activities.csv").text).len();
    assert!(then > 1 && then < now, "{then} then, {now} now");
    assert_eq!(client.get("/no-such-list.csv").status, 404);
}
