//! A page as its elements, and the rules that every page keeps.
//!
//! The site writes its own HTML, so the reader is strict: what it cannot read is a fault.

use std::collections::{BTreeMap, BTreeSet};

/// One element with its words.
#[derive(Clone, Debug, Default)]
pub struct Element {
    /// Its name in lower case.
    pub name: String,
    /// Its attributes, decoded.
    pub attributes: BTreeMap<String, String>,
    /// All words inside, with single spaces.
    pub text: String,
    /// The names of the elements that it stands in, outermost first.
    pub within: Vec<String>,
    /// The numbers of the elements that it stands in, outermost first.
    pub ancestors: Vec<usize>,
}

impl Element {
    /// An attribute's value; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    /// Whether it has a class.
    pub fn has_class(&self, class: &str) -> bool {
        self.get("class").split_whitespace().any(|one| one == class)
    }
}

/// A page that was fetched.
#[derive(Debug)]
pub struct Page {
    /// The address that was asked for.
    pub address: String,
    /// Its source.
    pub source: String,
    /// Its elements in order.
    pub elements: Vec<Element>,
    unreadable: Vec<String>,
}

const VOID: [&str; 11] = [
    "area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr",
];

impl Page {
    /// Reads a page.
    pub fn read(address: &str, source: &str) -> Self {
        let mut page = Self {
            address: address.to_owned(),
            source: source.to_owned(),
            elements: Vec::new(),
            unreadable: Vec::new(),
        };
        let mut open: Vec<usize> = Vec::new();
        let mut rest = source.strip_prefix("<!doctype html>").unwrap_or_else(|| {
            page.unreadable
                .push("it does not begin with <!doctype html>".to_owned());
            source
        });
        while !rest.is_empty() {
            let Some(at) = rest.find('<') else {
                page.add_words(rest, &open);
                break;
            };
            page.add_words(&rest[..at], &open);
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix("<!--") {
                rest = after.split_once("-->").map_or("", |(_, after)| after);
                continue;
            }
            let Some(end) = tag_end(rest) else {
                page.unreadable
                    .push(format!("a tag never ends: {}", start_of(rest)));
                break;
            };
            let tag = &rest[1..end];
            rest = &rest[end + 1..];
            page.take_tag(tag, &mut open);
        }
        for index in open {
            let name = &page.elements[index].name;
            page.unreadable.push(format!("<{name}> is never closed"));
        }
        for element in &mut page.elements {
            let words: Vec<&str> = element.text.split_whitespace().collect();
            element.text = words.join(" ");
        }
        page
    }

    fn take_tag(&mut self, tag: &str, open: &mut Vec<usize>) {
        if let Some(name) = tag.strip_prefix('/') {
            match open.pop() {
                Some(index) if self.elements[index].name == name => {}
                Some(index) => {
                    let other = self.elements[index].name.clone();
                    self.unreadable.push(format!("</{name}> closes <{other}>"));
                }
                None => self.unreadable.push(format!("</{name}> closes nothing")),
            }
            return;
        }
        let (tag, closed) = tag
            .strip_suffix('/')
            .map_or((tag, false), |tag| (tag, true));
        let (name, rest) = tag
            .split_once(|c: char| c.is_ascii_whitespace())
            .unwrap_or((tag, ""));
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
            self.unreadable
                .push(format!("“<{}” is no tag", start_of(tag)));
            return;
        }
        let attributes = match attributes(rest) {
            Ok(attributes) => attributes,
            Err(fault) => {
                self.unreadable.push(format!("<{name}>: {fault}"));
                BTreeMap::new()
            }
        };
        let within = open
            .iter()
            .map(|index| self.elements[*index].name.clone())
            .collect();
        self.elements.push(Element {
            name: name.to_owned(),
            attributes,
            text: String::new(),
            within,
            ancestors: open.clone(),
        });
        if !closed && !VOID.contains(&name) {
            open.push(self.elements.len() - 1);
        }
    }

    fn add_words(&mut self, words: &str, open: &[usize]) {
        let words = decode(words);
        for index in open {
            let text = &mut self.elements[*index].text;
            text.push_str(&words);
        }
    }

    /// The elements with a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements
            .iter()
            .filter(move |element| element.name == name)
    }

    /// The elements with a class.
    pub fn with_class<'a>(&'a self, class: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements
            .iter()
            .filter(move |element| element.has_class(class))
    }

    /// The heading of the page.
    pub fn heading(&self) -> &str {
        self.all("h1").next().map_or("", |one| one.text.as_str())
    }

    /// The words of the page's main part.
    pub fn text(&self) -> &str {
        self.all("main").next().map_or("", |one| one.text.as_str())
    }

    /// Whether the main part says something.
    pub fn says(&self, words: &str) -> bool {
        self.text().contains(words)
    }

    /// The addresses of the page's links, decoded.
    pub fn hrefs(&self) -> impl Iterator<Item = &str> {
        self.elements
            .iter()
            .filter(|element| matches!(element.name.as_str(), "a" | "link"))
            .map(|element| element.get("href"))
    }

    /// The links of the main part that carry some words.
    pub fn link(&self, words: &str) -> Option<&Element> {
        self.all("a")
            .find(|a| a.within.iter().any(|name| name == "main") && a.text.contains(words))
    }

    /// Every identifier.
    pub fn ids(&self) -> BTreeSet<&str> {
        let ids = self.elements.iter().map(|element| element.get("id"));
        ids.filter(|id| !id.is_empty()).collect()
    }

    /// Every rule that the page breaks.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.unreadable.clone();
        self.check_headings(&mut faults);
        self.check_names(&mut faults);
        self.check_fields(&mut faults);
        self.check_tables(&mut faults);
        self.check_content(&mut faults);
        faults
    }

    fn check_headings(&self, faults: &mut Vec<String>) {
        let headings: Vec<&Element> = self.all("h1").collect();
        let title = self.all("title").next().map_or("", |one| one.text.as_str());
        let title = title.strip_prefix("Error: ").unwrap_or(title);
        match headings.as_slice() {
            [one] if one.text.is_empty() => faults.push("its h1 is empty".to_owned()),
            [one] if !title.starts_with(&one.text) => faults.push(format!(
                "its title “{title}” does not begin with its h1 “{}”",
                one.text
            )),
            [_] => {}
            many => faults.push(format!("it has {} h1", many.len())),
        }
        let mut level = 1;
        for element in &self.elements {
            let next = match element.name.as_str() {
                "h1" => 1,
                "h2" => 2,
                "h3" => 3,
                "h4" => 4,
                _ => continue,
            };
            if next > level + 1 {
                faults.push(format!(
                    "h{level} is followed by h{next} “{}”",
                    element.text
                ));
            }
            level = next;
        }
        for name in ["html", "head", "body", "main", "header", "footer"] {
            let count = self.all(name).filter(|one| one.within.len() < 4).count();
            if count != 1 {
                faults.push(format!("it has {count} <{name}>"));
            }
        }
        if self.all("html").any(|one| one.get("lang").is_empty()) {
            faults.push("it does not name its language".to_owned());
        }
    }

    fn check_names(&self, faults: &mut Vec<String>) {
        let mut seen = BTreeSet::new();
        for element in &self.elements {
            let id = element.get("id");
            if element.attributes.contains_key("id") {
                if id.is_empty() || id.contains(char::is_whitespace) {
                    faults.push(format!("“{id}” is no id"));
                }
                if !seen.insert(id) {
                    faults.push(format!("the id “{id}” stands twice"));
                }
            }
        }
        for element in &self.elements {
            for name in [
                "aria-labelledby",
                "aria-describedby",
                "for",
                "aria-controls",
            ] {
                for id in element.get(name).split_whitespace() {
                    if !seen.contains(id) {
                        faults.push(format!("{name}=“{id}” names nothing"));
                    }
                }
            }
            let anchor = element.get("href").strip_prefix('#');
            if let Some(anchor) = anchor.filter(|anchor| !seen.contains(anchor)) {
                faults.push(format!("the link “#{anchor}” goes nowhere"));
            }
        }
    }

    fn check_fields(&self, faults: &mut Vec<String>) {
        let labelled: BTreeSet<&str> = self.all("label").map(|one| one.get("for")).collect();
        for element in &self.elements {
            let is_field = matches!(element.name.as_str(), "input" | "select" | "textarea")
                && !matches!(element.get("type"), "hidden" | "submit");
            let has_label = labelled.contains(element.get("id"))
                || !element.get("aria-label").is_empty()
                || !element.get("aria-labelledby").is_empty();
            if is_field && !has_label {
                faults.push(format!("the field “{}” has no label", element.get("name")));
            }
            let named = |name: &str| !element.get(name).is_empty();
            match element.name.as_str() {
                "a" if element.text.is_empty() && !named("aria-label") => {
                    faults.push(format!("a link to {} has no words", element.get("href")));
                }
                "a" if !named("href") => {
                    faults.push(format!("the link “{}” has no address", element.text));
                }
                "a" if element.within.iter().any(|name| name == "a") => {
                    faults.push(format!("the link “{}” stands in a link", element.text));
                }
                "button" | "label" | "legend" | "summary" | "option" | "caption" | "h2" | "h3"
                | "h4" | "dt" | "th"
                    if element.text.is_empty() && !named("aria-label") =>
                {
                    faults.push(format!("a <{}> has no words", element.name));
                }
                "img" if !element.attributes.contains_key("alt") => {
                    faults.push("a picture has no description".to_owned());
                }
                "svg"
                    if element.get("aria-hidden") != "true"
                        && !(element.get("role") == "img"
                            && (named("aria-labelledby") || named("aria-label"))) =>
                {
                    faults.push("an SVG is neither described nor hidden".to_owned());
                }
                _ => {}
            }
        }
    }

    fn check_tables(&self, faults: &mut Vec<String>) {
        for (index, table) in self.elements.iter().enumerate() {
            if table.name != "table" {
                continue;
            }
            let inside = |name: &'static str| {
                self.all(name)
                    .filter(move |element| element.ancestors.contains(&index))
            };
            if inside("caption").count() != 1 {
                faults.push("a table has no caption".to_owned());
            }
            if inside("th").any(|heading| heading.get("scope").is_empty()) {
                faults.push("a table heading has no scope".to_owned());
            }
        }
    }

    fn check_content(&self, faults: &mut Vec<String>) {
        for element in &self.elements {
            if matches!(
                element.name.as_str(),
                "script" | "style" | "iframe" | "object"
            ) {
                faults.push(format!("it carries <{}>", element.name));
            }
            for (name, value) in &element.attributes {
                if name == "style" || name.starts_with("on") {
                    faults.push(format!("<{}> carries {name}", element.name));
                }
                let lower = value.trim().to_ascii_lowercase();
                if matches!(name.as_str(), "href" | "src" | "action")
                    && (lower.starts_with("javascript:") || lower.starts_with("data:"))
                {
                    faults.push(format!("{name} is “{value}”"));
                }
                let fetched = element.name == "link" || name == "src" || name == "srcset";
                if fetched && (lower.starts_with("http") || lower.starts_with("//")) {
                    faults.push(format!("it asks a third party: {value}"));
                }
            }
            let parent = element.within.last().map_or("", String::as_str);
            let placed = match element.name.as_str() {
                "li" => matches!(parent, "ul" | "ol"),
                "dt" | "dd" => matches!(parent, "dl" | "div"),
                "tr" => matches!(parent, "thead" | "tbody" | "tfoot"),
                "td" | "th" => parent == "tr",
                "p" | "ul" | "ol" | "table" | "section" | "div" | "h2" | "h3" => {
                    !element.within.iter().any(|name| name == "p")
                }
                _ => true,
            };
            if !placed {
                let name = &element.name;
                faults.push(format!("<{name}> stands in <{parent}>: {}", element.text));
            }
        }
    }
}

fn start_of(text: &str) -> String {
    text.chars().take(60).collect()
}

/// Where a tag ends: the first `>` outside quotes.
fn tag_end(text: &str) -> Option<usize> {
    let mut quoted = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return Some(index),
            _ => {}
        }
    }
    None
}

fn attributes(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut attributes = BTreeMap::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| c == '=' || c.is_ascii_whitespace())
            .unwrap_or(rest.len());
        let name = &rest[..end];
        let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == ':';
        if name.is_empty() || !name.chars().all(fine) {
            return Err(format!("“{name}” is no attribute in “{text}”"));
        }
        rest = &rest[end..];
        let value = if let Some(after) = rest.strip_prefix("=\"") {
            let (value, after) = after
                .split_once('"')
                .ok_or_else(|| format!("“{name}” has no end"))?;
            if !after.is_empty() && !after.starts_with(|c: char| c.is_ascii_whitespace()) {
                return Err(format!("no space after “{name}”"));
            }
            rest = after;
            decode(value)
        } else if rest.starts_with('=') {
            return Err(format!("“{name}” is not quoted"));
        } else {
            String::new()
        };
        if attributes.insert(name.to_owned(), value).is_some() {
            return Err(format!("“{name}” stands twice"));
        }
        rest = rest.trim_start();
    }
    Ok(attributes)
}

/// Text with its character references read.
pub fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.char_indices().take(10).find(|(_, c)| *c == ';');
        let Some((end, _)) = end else {
            decoded.push('&');
            rest = &rest[1..];
            continue;
        };
        let character = match &rest[1..end] {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "nbsp" => Some('\u{a0}'),
            number => number
                .strip_prefix("#x")
                .map_or_else(
                    || number.strip_prefix('#').and_then(|n| n.parse().ok()),
                    |hex| u32::from_str_radix(hex, 16).ok(),
                )
                .and_then(char::from_u32),
        };
        match character {
            Some(character) => {
                decoded.push(character);
                rest = &rest[end + 1..];
            }
            None => {
                decoded.push('&');
                rest = &rest[1..];
            }
        }
    }
    decoded.push_str(rest);
    decoded
}
