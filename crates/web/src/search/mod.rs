//! Search over everything: all words must match, titles count most.

mod index;

use askama::Template;
use axum::{Router, response::Response};
use dfg_plan::Kind;

use crate::{
    chart::escape,
    cx::{Cx, Link, record_path},
    fault::Fault,
    part::count,
    route::{html, page},
    shell::Shell,
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
    results: Vec<ResultItem>,
    suggestion: Option<Link>,
    previous: Option<String>,
    next: Option<String>,
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
    let number = cx
        .query
        .get("page")
        .and_then(|page| page.parse().ok())
        .unwrap_or(1_usize)
        .max(1);
    let index = cx.view.search();
    let all = index.find(&query, None);
    let hits: Vec<_> = all
        .iter()
        .filter(|hit| kind.is_none_or(|kind| hit.text.key.kind == kind))
        .collect();
    let words: Vec<String> = index::split(&query).collect();
    let start = (number - 1).saturating_mul(PAGE);
    let results: Vec<ResultItem> = hits
        .iter()
        .skip(start)
        .take(PAGE)
        .map(|hit| {
            let mut path = record_path(&cx.view, &hit.text.key);
            if let Some(anchor) = &hit.text.anchor {
                path = format!("{path}#{anchor}");
            }
            ResultItem {
                link: Link::new(cx.moment.href(&path), hit.text.title.clone()),
                title: mark(&hit.text.title, &words),
                summary: mark(&shorten(&hit.text.summary), &words),
                kind: hit.text.key.kind.spoken(),
            }
        })
        .collect();
    let asked = !query.is_empty();
    let title = match (asked, hits.len()) {
        (false, _) => "Search everything".to_owned(),
        (true, 0) => format!("Nothing holds “{query}”"),
        (true, 1) => format!("One result for “{query}”"),
        (true, found) => format!("{} for “{query}”", count(found, "result", "results")),
    };
    let at = |page: usize| {
        let page = page.to_string();
        format!("/search?{}", cx.query.with(&[("page", &page)]))
    };
    let suggestion = (asked && all.is_empty())
        .then(|| index.suggest(&query))
        .flatten()
        .map(|near| {
            Link::new(
                format!(
                    "/search?{}",
                    cx.query.with(&[("q", &near), ("kind", ""), ("page", "")])
                ),
                near,
            )
        });
    let kinds = Kind::ALL
        .iter()
        .filter_map(|one| {
            let found = all.iter().filter(|hit| hit.text.key.kind == *one).count();
            let words = dfg_plan::story::capitalise(one.plural());
            let href = format!(
                "/search?{}",
                cx.query.with(&[("kind", one.word()), ("page", "")])
            );
            (found > 0).then(|| KindItem {
                link: Link::new(href, format!("{words} ({found})")),
                current: kind == Some(*one),
            })
        })
        .collect();
    html(&Page {
        shell: cx.shell(title),
        query,
        asked,
        kinds,
        results,
        suggestion,
        previous: (number > 1 && start < hits.len() + PAGE).then(|| at(number - 1)),
        next: (start + PAGE < hits.len()).then(|| at(number + 1)),
    })
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
