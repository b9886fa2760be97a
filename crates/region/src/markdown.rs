//! Checks Markdown texts: no raw HTML, no images, links that a page may carry, anchors once.
//!
//! What is refused here never reaches a page; the pages still escape what they show.

use std::{collections::BTreeMap, ops::Range};

use dfg_plan::Kind;
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};
use serde_json::Value;
use url::Url;

use crate::{
    diagnostic::{Diagnostic, MAX_FAULTS, Text},
    spot::Spot,
};

/// The Markdown that is understood beyond the common part.
fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES
}

/// Checks a stretch of a file that is Markdown.
pub(crate) fn check(
    text: &Text<'_>,
    range: Range<usize>,
    with_anchors: bool,
    faults: &mut Vec<Diagnostic>,
) {
    let source = text.source.get(range.clone()).unwrap_or_default();
    for wrong in find_faults(source, with_anchors) {
        let at = range.start + wrong.at;
        let message = match wrong.first {
            Some(first) => {
                let (line, _) = text.place_of(range.start + first);
                format!("{} (first in line {line})", wrong.message)
            }
            None => wrong.message,
        };
        let fault = text.fault(at, message);
        faults.push(match wrong.hint {
            Some(hint) => fault.with_hint(hint),
            None => fault,
        });
    }
}

/// Checks the fields of a record that are Markdown and stand in its TOML.
pub(crate) fn check_fields(
    kind: Kind,
    value: &Value,
    spot: &Spot,
    text: &Text<'_>,
    faults: &mut Vec<Diagnostic>,
) {
    if kind != Kind::Region {
        return;
    }
    let editions = value.get("editions").and_then(Value::as_array);
    let forewords = editions
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(index, edition)| {
            (
                format!("editions.{index}.foreword"),
                edition.get("foreword"),
            )
        });
    for (path, markdown) in
        std::iter::once(("offer".to_owned(), value.get("offer"))).chain(forewords)
    {
        let Some(markdown) = markdown.and_then(Value::as_str) else {
            continue;
        };
        let span = spot.nearest(&path).value.clone();
        let raw = text.source.get(span.clone()).unwrap_or_default();
        // Escapes move what follows them: then only the text's beginning is sure.
        let start = raw.find(markdown);
        for wrong in find_faults(markdown, false) {
            let at = span.start + start.map_or(0, |start| start + wrong.at);
            let fault = text.fault(at, wrong.message);
            faults.push(match wrong.hint {
                Some(hint) => fault.with_hint(hint),
                None => fault,
            });
        }
    }
}

struct Wrong {
    at: usize,
    message: String,
    hint: Option<String>,
    /// Where the same stood before.
    first: Option<usize>,
}

fn wrong(at: usize, message: impl Into<String>, hint: Option<String>) -> Wrong {
    Wrong {
        at,
        message: message.into(),
        hint,
        first: None,
    }
}

fn find_faults(source: &str, with_anchors: bool) -> Vec<Wrong> {
    let mut found = Vec::new();
    let mut html_until = 0;
    for (event, range) in Parser::new_ext(source, options()).into_offset_iter() {
        if found.len() > MAX_FAULTS {
            break;
        }
        match event {
            // A block of HTML comes line by line, and is told once.
            Event::Start(Tag::HtmlBlock) => {
                html_until = range.end;
                found.push(raw_html(source, &range));
            }
            Event::InlineHtml(_) | Event::Html(_) if range.start >= html_until => {
                // Opening and closing tags of one line are one fault.
                html_until = source[range.end..]
                    .find('\n')
                    .map_or(source.len(), |end| range.end + end);
                found.push(raw_html(source, &range));
            }
            Event::Start(Tag::Image { .. }) => found.push(wrong(
                range.start,
                "there is no place for images yet",
                Some("a link to the image: [what it shows](https://…)".to_owned()),
            )),
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                ..
            }) => {
                if let Some((message, hint)) = check_link(link_type, &dest_url) {
                    found.push(wrong(range.start, message, hint));
                }
            }
            _ => {}
        }
    }
    if with_anchors {
        find_anchor_faults(source, &mut found);
    }
    found.sort_by_key(|wrong| wrong.at);
    found
}

fn raw_html(source: &str, range: &Range<usize>) -> Wrong {
    let tag: String = source[range.clone()]
        .chars()
        .take_while(|character| !character.is_whitespace() && *character != '>')
        .take(20)
        .collect();
    let message = format!("HTML is not read here: {}", tag.trim_end_matches('>'));
    wrong(
        range.start,
        message,
        Some("Markdown, or \\< for the sign itself".to_owned()),
    )
}

/// What is wrong with a link's target.
fn check_link(link_type: LinkType, target: &str) -> Option<(String, Option<String>)> {
    if link_type == LinkType::Email {
        return None;
    }
    if target.chars().any(char::is_control) {
        return Some((
            "the link's address has an invisible character".to_owned(),
            None,
        ));
    }
    let target = target.trim();
    if target.is_empty() {
        return Some(("the link has no address".to_owned(), None));
    }
    if target.starts_with("//") || target.starts_with("\\\\") || target.starts_with("/\\") {
        return Some((
            format!("the link “{target}” does not say how it is opened"),
            Some(format!(
                "https://{}",
                target.trim_start_matches(['/', '\\'])
            )),
        ));
    }
    let scheme = target
        .split(['/', '?', '#'])
        .next()
        .and_then(|start| start.split_once(':'))
        .map(|(scheme, _)| scheme.to_lowercase());
    match scheme.as_deref() {
        None | Some("mailto") => None,
        Some("http" | "https") => match Url::parse(target) {
            Ok(address) if address.has_host() => None,
            _ => Some((format!("the link “{target}” is no web address"), None)),
        },
        Some(other) => Some((
            format!("a link cannot begin with “{other}:”"),
            Some("an address that begins with https://, http:// or mailto:, or a path such as /pipeline".to_owned()),
        )),
    }
}

/// Looks at the anchors `{#name}` that end paragraphs and headings.
fn find_anchor_faults(source: &str, found: &mut Vec<Wrong>) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (anchor, at) in anchors(source) {
        if found.len() > MAX_FAULTS {
            break;
        }
        let well_formed = !anchor.is_empty()
            && anchor
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !well_formed {
            let hint = dfg_plan::Slug::from_text(&anchor).map(|slug| format!("{{#{slug}}}"));
            found.push(wrong(
                at,
                format!("“{anchor}” is not an anchor: lower-case letters, digits and hyphens"),
                hint,
            ));
        } else if let Some(first) = seen.get(&anchor) {
            let mut twice = wrong(at, format!("the anchor “{anchor}” stands here twice"), None);
            twice.first = Some(*first);
            found.push(twice);
        } else {
            seen.insert(anchor, at);
        }
    }
}

/// The anchors of a text with their places.
fn anchors(source: &str) -> Vec<(String, usize)> {
    let mut anchors = Vec::new();
    for (event, range) in Parser::new_ext(source, options()).into_offset_iter() {
        if !matches!(
            event,
            Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item)
        ) {
            continue;
        }
        let block = source[range.clone()].trim_end();
        let Some(inner) = block.strip_suffix('}') else {
            continue;
        };
        let Some(open) = inner.rfind("{#") else {
            continue;
        };
        let anchor = &inner[open + 2..];
        let place = (anchor.to_owned(), range.start + open);
        // A tight list item ends with the paragraph in it, and is seen with it.
        if !anchor.contains(['\n', '}']) && anchors.last() != Some(&place) {
            anchors.push(place);
        }
    }
    anchors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(source: &str) -> Vec<(usize, String)> {
        find_faults(source, true)
            .into_iter()
            .map(|wrong| (wrong.at, wrong.message))
            .collect()
    }

    #[test]
    fn harmless_texts_pass() {
        for source in [
            "A [link](https://example.org/a?b#c), [one](/pipeline), [two](#anchor), [x](../a:b).",
            "<https://example.org> and <me@example.org> and [mail](mailto:me@example.org)",
            "`<script>` in code, 5 < 6\n\n    <b>also code</b>\n",
            "One {#one}\n\n## Two {#two}\n\n- three {#three}\n",
            "| a | b |\n|---|---|\n| 1 | 2 |\n",
        ] {
            assert_eq!(told(source), [], "{source:?}");
        }
    }

    #[test]
    fn harmful_ones_are_told() {
        for (source, at, message) in [
            (
                "a\n\n<script>alert(1)</script>\n",
                3,
                "HTML is not read here: <script",
            ),
            ("a <b onclick='x'>b</b>", 2, "HTML is not read here: <b"),
            ("<!-- note -->", 0, "HTML is not read here: <!--"),
            (
                "[a](javascript:alert(1))",
                0,
                "cannot begin with “javascript:”",
            ),
            (
                "[a](JavaScript&colon;alert(1))",
                0,
                "cannot begin with “javascript:”",
            ),
            ("[a](data:text/html,x)", 0, "cannot begin with “data:”"),
            (
                "[a][r]\n\n[r]: vbscript:x",
                0,
                "cannot begin with “vbscript:”",
            ),
            ("[a](//example.org)", 0, "does not say how"),
            ("[a](https://)", 0, "is no web address"),
            ("[a]()", 0, "has no address"),
            ("x ![a](b.png)", 2, "no place for images"),
            ("a {#x}\n\nb {#x}", 10, "the anchor “x” stands here twice"),
            ("a {#X y}", 2, "is not an anchor"),
        ] {
            let found = told(source);
            assert_eq!(found.len(), 1, "{source:?}: {found:?}");
            assert_eq!(found[0].0, at, "{source:?}");
            assert!(found[0].1.contains(message), "{source:?}: {found:?}");
        }
    }
}
