//! Atom (RFC 4287) as text: what is written here is well formed whatever the texts hold.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::cx::Cx;

/// A feed.
pub(super) struct Feed {
    pub id: String,
    pub title: String,
    pub author: String,
    pub rights: String,
    pub language: Option<String>,
    pub self_href: String,
    pub page_href: String,
    pub updated: Timestamp,
    pub entries: Vec<Entry>,
}

/// One entry of a feed.
pub(super) struct Entry {
    pub id: String,
    pub title: String,
    pub href: String,
    pub summary: String,
    pub updated: Timestamp,
    pub theme: Option<String>,
}

/// An address with the site's own before it, where that is known.
pub(super) fn absolute(cx: &Cx, path: &str) -> String {
    let region = cx.view.plan.region();
    let settings = cx.site.0.settings.address.as_deref();
    let base = settings.or(region.and_then(|region| region.address.as_deref()));
    format!("{}{path}", base.unwrap_or_default().trim_end_matches('/'))
}

impl Feed {
    /// The feed as XML.
    pub fn write(&self) -> String {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
        xml.push_str("<feed xmlns=\"http://www.w3.org/2005/Atom\"");
        if let Some(language) = &self.language {
            let _ = write!(xml, " xml:lang=\"{}\"", escape(language));
        }
        xml.push_str(">\n");
        element(&mut xml, "id", &self.id);
        element(&mut xml, "title", &self.title);
        element(&mut xml, "updated", &self.updated.to_string());
        let _ = writeln!(
            xml,
            "<author><name>{}</name></author>",
            escape(&self.author)
        );
        if !self.rights.is_empty() {
            element(&mut xml, "rights", &self.rights);
        }
        let own = escape(&self.self_href);
        let _ = writeln!(
            xml,
            "<link rel=\"self\" type=\"application/atom+xml\" href=\"{own}\"/>"
        );
        let page = escape(&self.page_href);
        let _ = writeln!(
            xml,
            "<link rel=\"alternate\" type=\"text/html\" href=\"{page}\"/>"
        );
        for entry in &self.entries {
            entry.write(&mut xml);
        }
        xml.push_str("</feed>\n");
        xml
    }
}

impl Entry {
    fn write(&self, xml: &mut String) {
        xml.push_str("<entry>\n");
        element(xml, "id", &self.id);
        element(xml, "title", &self.title);
        element(xml, "updated", &self.updated.to_string());
        let href = escape(&self.href);
        let _ = writeln!(
            xml,
            "<link rel=\"alternate\" type=\"text/html\" href=\"{href}\"/>"
        );
        if let Some(theme) = &self.theme {
            let _ = writeln!(xml, "<category term=\"{}\"/>", escape(theme));
        }
        element(xml, "summary", &self.summary);
        xml.push_str("</entry>\n");
    }
}

fn element(xml: &mut String, name: &str, text: &str) {
    let _ = writeln!(xml, "<{name}>{}</{name}>", escape(text));
}

/// Text for an element or an attribute; what XML cannot carry at all is replaced.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' => escaped.push(character),
            '\r' => escaped.push_str("&#13;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_comes_back_as_it_was() {
        let nasty = "</summary><script>\"'&amp;]]>\r\n\t🐾";
        let feed = Feed {
            id: "urn:dfg:feed:x".into(),
            title: nasty.into(),
            author: nasty.into(),
            rights: nasty.into(),
            language: Some("en\"GB".into()),
            self_href: "/feeds/x.atom?a=1&b=\"2\"".into(),
            page_href: "/x".into(),
            updated: Timestamp::UNIX_EPOCH,
            entries: vec![Entry {
                id: "urn:dfg:x".into(),
                title: "bell \u{7} and \u{0}".into(),
                href: "/x#y".into(),
                summary: nasty.into(),
                updated: Timestamp::UNIX_EPOCH,
                theme: Some(nasty.into()),
            }],
        };
        let xml = feed.write();
        let document = roxmltree::Document::parse(&xml).unwrap();
        let text = |name: &str| {
            let found = document
                .descendants()
                .filter(|node| node.has_tag_name(name));
            let mut texts = found.filter_map(|node| node.text());
            texts.next_back().map(str::to_owned)
        };
        assert_eq!(text("summary").as_deref(), Some(nasty));
        assert_eq!(text("name").as_deref(), Some(nasty));
        assert_eq!(text("title").as_deref(), Some("bell \u{fffd} and \u{fffd}"));
        let category = document
            .descendants()
            .find(|node| node.has_tag_name("category"));
        let term = category.and_then(|node| node.attribute("term")).unwrap();
        assert!(term.starts_with("</summary><script>\"'&amp;]]>"), "{term}");
    }
}
