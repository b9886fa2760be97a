//! Markdown to HTML that cannot harm: no raw HTML, no scripts in links, headings below the page's.

use std::collections::HashSet;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// A text as HTML, with its headings for a table of contents.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text {
    pub html: String,
    pub headings: Vec<Heading>,
}

/// A heading of the text.
#[derive(Clone, Debug)]
pub(crate) struct Heading {
    pub anchor: String,
    pub text: String,
    /// 2 for a section, 3 for one below it.
    pub level: u8,
}

/// Renders a text. A heading or paragraph that ends with `{#anchor}` gets that anchor; a heading
/// without one gets the slug of its words.
pub(crate) fn render(markdown: &str) -> Text {
    render_with(markdown, Paragraphs::Named, |path| Some(path.to_owned()))
}

/// Renders a text to be cited: each paragraph has an anchor, its own or that of its first words,
/// and addresses within the site go through `href`.
pub(crate) fn render_cited(markdown: &str, href: impl Fn(&str) -> Option<String>) -> Text {
    render_with(markdown, Paragraphs::All, href)
}

/// A short text as HTML, with addresses within the site sent through `href`.
pub(crate) fn render_linked(markdown: &str, href: impl Fn(&str) -> Option<String>) -> String {
    render_with(markdown, Paragraphs::Named, href).html
}

/// Which paragraphs can be linked to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Paragraphs {
    /// Those that carry an anchor.
    Named,
    /// All of the text's own, though not those inside lists and quotations.
    All,
}

fn render_with(
    markdown: &str,
    paragraphs: Paragraphs,
    href: impl Fn(&str) -> Option<String>,
) -> Text {
    let options = Options::ENABLE_TABLES | Options::ENABLE_HEADING_ATTRIBUTES;
    let events = Parser::new_ext(markdown, options).filter_map(harmless);
    let events = within_site(events, &href);
    let mut anchors = Anchors::default();
    let mut number = 0;
    let mut depth = 0_usize;
    let mut headings = Vec::new();
    let mut written = Vec::with_capacity(events.len());
    let mut index = 0;
    while index < events.len() {
        match &events[index] {
            Event::Start(Tag::Heading { level, id, .. }) => {
                let end = end_of(&events, index, |tag| matches!(tag, TagEnd::Heading(_)));
                let inner = &events[index + 1..end];
                let words = words_of(inner);
                let anchor = anchors.take(id.as_deref().unwrap_or(""), &words);
                let level = lower(*level);
                headings.push(Heading {
                    anchor: anchor.clone(),
                    text: words,
                    level: level as u8,
                });
                written.push(Event::Html(format!("<{level} id=\"{anchor}\">").into()));
                written.extend(inner.iter().cloned());
                written.push(Event::Html(format!("</{level}>\n").into()));
                index = end;
            }
            Event::Start(Tag::Paragraph) => {
                let end = end_of(&events, index, |tag| *tag == TagEnd::Paragraph);
                let mut inner = events[index + 1..end].to_vec();
                let named = take_anchor(&mut inner).map(|anchor| anchors.take(&anchor, ""));
                let cited = named.or_else(|| {
                    (paragraphs == Paragraphs::All && depth == 0)
                        .then(|| anchors.take("", &first_words(&words_of(&inner))))
                });
                match cited {
                    Some(anchor) => {
                        number += 1;
                        let open = format!("<p class=\"para\" id=\"{anchor}\">");
                        written.push(Event::Html(open.into()));
                        written.extend(inner);
                        let link = format!(
                            " <a class=\"para__mark\" href=\"#{anchor}\" \
                             aria-label=\"Link to paragraph {number}\">{number}</a></p>\n"
                        );
                        written.push(Event::Html(link.into()));
                    }
                    None => {
                        written.push(Event::Start(Tag::Paragraph));
                        written.extend(inner);
                        written.push(Event::End(TagEnd::Paragraph));
                    }
                }
                index = end;
            }
            other => {
                match other {
                    Event::Start(Tag::List(_) | Tag::BlockQuote(_) | Tag::Item) => depth += 1,
                    Event::End(TagEnd::List(_) | TagEnd::BlockQuote(_) | TagEnd::Item) => {
                        depth = depth.saturating_sub(1);
                    }
                    _ => {}
                }
                written.push(other.clone());
            }
        }
        index += 1;
    }
    let mut text = Text {
        html: String::with_capacity(markdown.len() * 2),
        headings,
    };
    html::push_html(&mut text.html, written.into_iter());
    text
}

/// A short text without headings, as HTML.
pub(crate) fn render_html(markdown: &str) -> String {
    render(markdown).html
}

/// The paragraphs that have an anchor, as plain words.
pub(crate) fn paragraphs(markdown: &str) -> Vec<(String, String)> {
    let events: Vec<Event<'_>> = Parser::new(markdown).filter_map(harmless).collect();
    let mut found = Vec::new();
    for (index, event) in events.iter().enumerate() {
        if matches!(event, Event::Start(Tag::Paragraph)) {
            let end = end_of(&events, index, |tag| *tag == TagEnd::Paragraph);
            let mut inner = events[index + 1..end].to_vec();
            if let Some(anchor) = take_anchor(&mut inner) {
                found.push((anchor, words_of(&inner)));
            }
        }
    }
    found
}

/// Raw HTML becomes words; a link that is not to a page, mail or anchor loses its target; images
/// become their description.
fn harmless(event: Event<'_>) -> Option<Event<'_>> {
    match event {
        Event::Html(html) | Event::InlineHtml(html) => Some(Event::Text(html)),
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => {
            let dest_url = if is_harmless(&dest_url) {
                dest_url
            } else {
                CowStr::Borrowed("#")
            };
            Some(Event::Start(Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            }))
        }
        Event::Start(Tag::Image { .. } | Tag::HtmlBlock)
        | Event::End(TagEnd::Image | TagEnd::HtmlBlock) => None,
        other => Some(other),
    }
}

/// Sends the address of a link within the site through `href`; where that gives none, the words
/// stay without a link.
fn within_site<'a>(
    events: impl Iterator<Item = Event<'a>>,
    href: &impl Fn(&str) -> Option<String>,
) -> Vec<Event<'a>> {
    let mut written = Vec::new();
    let mut unlinked = false;
    for event in events {
        match event {
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            }) if dest_url.starts_with('/') => match href(&dest_url) {
                Some(address) => written.push(Event::Start(Tag::Link {
                    link_type,
                    dest_url: address.into(),
                    title,
                    id,
                })),
                None => unlinked = true,
            },
            Event::End(TagEnd::Link) if unlinked => unlinked = false,
            other => written.push(other),
        }
    }
    written
}

/// The first words of a paragraph, from which its anchor is made.
fn first_words(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take(6).collect();
    words.join(" ")
}

fn is_harmless(address: &str) -> bool {
    let lower = address.to_ascii_lowercase();
    let scheme = lower.split(['/', '?', '#']).next().unwrap_or_default();
    match scheme.split_once(':') {
        None => !address.starts_with("//") && !address.contains('\\'),
        Some((scheme, _)) => matches!(scheme, "http" | "https" | "mailto"),
    }
}

fn end_of(events: &[Event<'_>], start: usize, is_end: impl Fn(&TagEnd) -> bool) -> usize {
    events[start..]
        .iter()
        .position(|event| matches!(event, Event::End(tag) if is_end(tag)))
        .map_or(events.len().saturating_sub(1), |offset| start + offset)
}

fn words_of(events: &[Event<'_>]) -> String {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
            Event::SoftBreak | Event::HardBreak => Some(" "),
            _ => None,
        })
        .collect()
}

/// Takes `{#anchor}` off the end of a paragraph.
fn take_anchor(events: &mut Vec<Event<'_>>) -> Option<String> {
    // The parser may split the braces over several pieces of text: join what is last.
    let mut tail = String::new();
    let mut start = events.len();
    while let Some(Event::Text(text)) = start.checked_sub(1).and_then(|index| events.get(index)) {
        tail.insert_str(0, text);
        start -= 1;
    }
    let (before, rest) = tail.rsplit_once("{#")?;
    let anchor = rest.trim_end().strip_suffix('}')?;
    let valid = !anchor.is_empty()
        && anchor
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if !valid {
        return None;
    }
    let (before, anchor) = (before.trim_end().to_owned(), anchor.to_owned());
    events.truncate(start);
    events.push(Event::Text(before.into()));
    Some(anchor)
}

/// A page has one `h1` of its own: headings of a text begin at `h2`.
fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H2,
        HeadingLevel::H3 => HeadingLevel::H3,
        _ => HeadingLevel::H4,
    }
}

/// What pages around a text use as identifiers themselves.
const TAKEN: [&str; 7] = [
    "main",
    "find",
    "src",
    "page-contents",
    "page-themes",
    "page-targets",
    "page-lead",
];

/// Anchors given so far: none twice.
struct Anchors(HashSet<String>);

impl Default for Anchors {
    fn default() -> Self {
        Self(TAKEN.map(str::to_owned).into_iter().collect())
    }
}

impl Anchors {
    fn take(&mut self, wanted: &str, words: &str) -> String {
        let valid = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        let base = if valid(wanted) {
            wanted.to_owned()
        } else {
            dfg_plan::Slug::from_text(words).map_or_else(|| "part".to_owned(), String::from)
        };
        let mut anchor = base.clone();
        let mut number = 2;
        while !self.0.insert(anchor.clone()) {
            anchor = format!("{base}-{number}");
            number += 1;
        }
        anchor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_stand_on_headings_and_paragraphs() {
        let text = render(
            "## Vision {#vision}\n\nOne region, one offer. {#one-offer}\n\n## Vision\n\nMore.",
        );
        assert!(
            text.html.contains("<h2 id=\"vision\">Vision</h2>"),
            "{}",
            text.html
        );
        assert!(
            text.html
                .contains("<p class=\"para\" id=\"one-offer\">One region, one offer. <a"),
            "{}",
            text.html
        );
        assert_eq!(text.headings[1].anchor, "vision-2");
    }

    #[test]
    fn every_paragraph_can_be_cited() {
        let text = render_cited(
            "First of all.\n\n- a\n\n- b\n\nSee [jobs](/indicators/jobs). {#see}",
            |path| Some(format!("{path}?as-of=2020-01-01")),
        );
        assert!(text.html.contains("id=\"first-of-all\""), "{}", text.html);
        assert!(text.html.contains("id=\"see\""), "{}", text.html);
        assert!(
            text.html
                .contains("href=\"/indicators/jobs?as-of=2020-01-01\""),
            "{}",
            text.html
        );
        assert_eq!(text.html.matches("class=\"para\"").count(), 2);
    }

    #[test]
    fn nothing_harmful_passes() {
        for (markdown, never) in [
            ("<script>alert(1)</script>", "<script"),
            ("a <img src=x onerror=alert(1)> b", "<img"),
            ("[x](javascript:alert(1))", "javascript:"),
            ("[x](JaVaScRiPt:alert(1))", "cript:"),
            ("[x](data:text/html,hi)", "data:"),
            ("![x](https://tracker.example/p.png)", "<img"),
            ("[x](//evil.example)", "//evil"),
            ("[x](</\\\\evil.example>)", "evil.example\""),
            ("# <b onclick=x>H</b> {#\"><script>}", "<script"),
        ] {
            let html = render_html(markdown);
            assert!(!html.contains(never), "{markdown}: {html}");
        }
    }
}
