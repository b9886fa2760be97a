//! Search over everything: all words must match, titles count most.

mod index;

use askama::Template;
use axum::{Router, response::Response};
use dfg_plan::{Kind, Record};

use crate::{
    area,
    chart::escape,
    cx::{Cx, Link, record_path},
    fault::Fault,
    page::{Pages, paged},
    part::{count, stage_class, stage_words},
    route::{html, page},
    shell::{Shell, theme_class},
    site::Site,
};

pub(crate) use index::Index;

/// Results on one page.
const PAGE: usize = 30;

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new().route("/search", page(show))
}

#[derive(Template)]
#[template(path = "search/page.html")]
struct Page {
    shell: Shell,
    query: String,
    asked: bool,
    kinds: Vec<KindItem>,
    /// The kind that results are limited to, to be carried by the form.
    kind: &'static str,
    lede: String,
    tally: String,
    results: Vec<ResultItem>,
    suggestion: Option<Link>,
    /// What to do where nothing was found.
    ways_on: Vec<Link>,
    pages: Option<Pages>,
}

struct KindItem {
    link: Link,
    current: bool,
}

struct ResultItem {
    link: Link,
    /// With the words asked for marked; made of escaped text.
    title: String,
    summary: String,
    kind: &'static str,
    theme: String,
    theme_class: String,
    stage: &'static str,
    /// The class of the stage's mark; empty for what has no stage.
    stage_class: String,
}

/// `GET /search?q=…&kind=…&page=…`.
fn show(cx: &Cx) -> Result<Response, Fault> {
    let query: String = cx
        .query
        .get("q")
        .unwrap_or_default()
        .trim()
        .chars()
        .take(200)
        .collect();
    let kind = cx.query.get("kind").and_then(Kind::from_word);
    let index = cx.view.search();
    let all = index.find(&query, None);
    let hits: Vec<_> = all
        .iter()
        .filter(|hit| kind.is_none_or(|kind| hit.text.key.kind == kind))
        .collect();
    let words: Vec<String> = index::split(&query).collect();
    let (range, pages) = paged(hits.len(), PAGE, &cx.query, |page| {
        format!("/search?{}", cx.query.with(&[("page", page)]))
    });
    let results = hits[range]
        .iter()
        .map(|hit| item(cx, hit.text, &words))
        .collect();
    let asked = !query.is_empty();
    let title = match (asked, hits.len()) {
        (false, _) => "Search everything".to_owned(),
        (true, 0) => format!("Nothing holds “{query}”"),
        (true, 1) => format!("One result for “{query}”"),
        (true, found) => format!("{} for “{query}”", count(found, "result", "results")),
    };
    let suggestion = (asked && all.is_empty())
        .then(|| index.suggest(&query))
        .flatten()
        .filter(|near| !index.find(near, None).is_empty())
        .map(|near| {
            Link::new(
                format!(
                    "/search?{}",
                    cx.query.with(&[("q", &near), ("kind", ""), ("page", "")])
                ),
                near,
            )
        });
    let of_kind = |kind: Kind| {
        let hits = all.iter();
        hits.filter(|hit| hit.text.key.kind == kind).count()
    };
    let narrowed = |kind: &str| {
        let query = cx.query.with(&[("kind", kind), ("page", "")]);
        format!("/search?{query}")
    };
    let mut kinds: Vec<KindItem> = Kind::ALL
        .iter()
        .filter(|kind| of_kind(**kind) > 0)
        .map(|one| KindItem {
            link: Link::new(
                narrowed(one.word()),
                format!("{} ({})", plural(*one), of_kind(*one)),
            ),
            current: kind == Some(*one),
        })
        .collect();
    kinds.insert(
        0,
        KindItem {
            link: Link::new(narrowed(""), format!("Everything ({})", all.len())),
            current: kind.is_none(),
        },
    );
    let everywhere = [
        ("/pipeline", "Browse the pipeline"),
        ("/organisations", "See who takes part"),
        ("/strategy", "Read the strategy"),
    ]
    .map(|(path, words)| Link::new(cx.moment.href(path), words));
    let place = area::of_postcode(cx, &query);
    let ways_on = place.into_iter().chain(everywhere).collect();
    html(&Page {
        shell: cx.shell(title),
        query,
        asked,
        kinds,
        kind: kind.map_or("", Kind::word),
        lede: lede(cx, asked, all.is_empty()),
        tally: pages.as_ref().map_or_else(String::new, |_| {
            format!(
                "{} in pages of {PAGE}",
                count(hits.len(), "result", "results")
            )
        }),
        results,
        suggestion,
        ways_on,
        pages,
    })
}

/// What is searched, and how.
fn lede(cx: &Cx, asked: bool, nothing: bool) -> String {
    let plan = &cx.view.plan;
    match (asked, nothing) {
        (false, _) => format!(
            "{}, {}, {}, the text of the strategy and all that hangs on them.",
            count(plan.activities.len(), "activity", "activities"),
            count(plan.organisations.len(), "organisation", "organisations"),
            count(plan.signals.len(), "signal", "signals"),
        ),
        (true, true) => {
            "Every word must occur. Try fewer words, or only their beginnings.".to_owned()
        }
        (true, false) => "Titles count most, then summaries, then all the rest.".to_owned(),
    }
}

/// Many of a kind, as a heading: `Activities`.
fn plural(kind: Kind) -> String {
    dfg_plan::story::capitalise(kind.plural())
}

fn item(cx: &Cx, text: &index::Text, words: &[String]) -> ResultItem {
    let mut path = record_path(&cx.view, &text.key);
    if let Some(anchor) = &text.anchor {
        path = format!("{path}#{anchor}");
    }
    let record = cx.view.plan.get(&text.key);
    let theme = match (&record, &text.key) {
        (Some(Record::Theme(_)), key) => Some(&key.slug),
        (Some(record), _) => record.theme(),
        (None, _) => None,
    };
    let stage = match &record {
        Some(Record::Activity(activity)) => Some(activity.stage),
        _ => None,
    };
    ResultItem {
        link: Link::new(cx.moment.href(&path), text.title.clone()),
        title: mark(&text.title, words),
        summary: mark(&excerpt(&text.summary, words), words),
        kind: match &text.anchor {
            Some(_) => "A paragraph of the strategy",
            None => text.key.kind.spoken(),
        },
        theme: theme
            .filter(|_| text.key.kind != Kind::Theme)
            .map(|theme| cx.view.theme_title(theme))
            .unwrap_or_default(),
        theme_class: theme.map(theme_class).unwrap_or_default(),
        stage: stage.map_or("", stage_words),
        stage_class: stage.map(stage_class).unwrap_or_default(),
    }
}

/// The part of a text around the first word asked for.
fn excerpt(text: &str, words: &[String]) -> String {
    const BEFORE: usize = 80;
    let lower = text.to_lowercase();
    let first = words.iter().filter_map(|word| lower.find(word)).min();
    let first = first.filter(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let Some(from) = first.checked_sub(BEFORE).filter(|_| text.len() > 260) else {
        return shorten(text);
    };
    let from = text[..first]
        .char_indices()
        .find(|(at, c)| *at >= from && *c == ' ')
        .map_or(first, |(at, _)| at + 1);
    format!("…{}", shorten(&text[from..]))
}

fn shorten(text: &str) -> String {
    const MOST: usize = 260;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let cut: String = text.chars().take(MOST).collect();
    format!(
        "{}…",
        cut.rsplit_once(' ').map_or(cut.as_str(), |(kept, _)| kept)
    )
}

/// A text as HTML in which words that begin with one of `words` are marked.
fn mark(text: &str, words: &[String]) -> String {
    let mut marked = String::with_capacity(text.len() + 32);
    for piece in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric());
        let lower = word.to_lowercase();
        if !word.is_empty() && words.iter().any(|asked| lower.starts_with(asked.as_str())) {
            marked.push_str("<mark>");
            marked.push_str(&escape(word));
            marked.push_str("</mark>");
        } else {
            marked.push_str(&escape(word));
        }
        marked.push_str(&escape(&piece[word.len()..]));
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_words_and_escapes_the_rest() {
        let words = ["fib".to_owned(), "script".to_owned()];
        assert_eq!(
            mark("Full-fibre <script>", &words),
            "Full-<mark>fibre</mark> &lt;<mark>script</mark>&gt;"
        );
    }
}
