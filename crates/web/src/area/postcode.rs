//! `GET /areas?postcode=…`: the areas in which a postcode lies, from a look-up in memory.

use dfg_evidence::{
    State,
    postcode::{Found, Small},
};
use dfg_plan::{Kind, Slug, evidence::Postcode, spell_date};

use crate::{
    cx::{Cx, Link},
    record::Fact,
};

/// The longest text that is repeated, in characters.
const LONGEST: usize = 20;

/// The form, and the answer where somebody asked.
pub(super) struct Finder {
    /// What was typed.
    pub typed: String,
    /// Why it is no postcode; empty where it may be one.
    pub wrong: &'static str,
    pub answer: Option<Answer>,
    pub source: Option<Link>,
}

/// What is said of a postcode.
pub(super) struct Answer {
    /// `NE8 1AA is in Gateshead`
    pub title: String,
    pub sentence: String,
    pub facts: Vec<Fact>,
    pub way_on: Option<Link>,
}

impl Finder {
    /// None where no dataset says where postcodes lie, and in the past, of which none does.
    pub fn new(cx: &Cx) -> Option<Self> {
        let state = cx.site.evidence();
        if state.postcodes.is_empty() || cx.moment.past.is_some() {
            return None;
        }
        let source = state.postcodes.dataset.as_ref();
        let mut finder = Self {
            typed: String::new(),
            wrong: "",
            answer: None,
            source: source.map(|slug| cx.link(Kind::Dataset, slug)),
        };
        let asked = cx.query.get("postcode").unwrap_or_default().trim();
        if asked.is_empty() {
            return Some(finder);
        }
        match Postcode::parse(asked) {
            Ok(postcode) => {
                finder.answer = Some(answer(cx, &state, &postcode));
                finder.typed = postcode.to_string();
            }
            Err(_) => {
                finder.typed = asked.chars().take(LONGEST).collect();
                finder.wrong = "This is no whole postcode. It has two parts: the first begins with \
                                one or two letters, the second is a digit and two letters";
            }
        }
        Some(finder)
    }

    /// The title of the page and what stands beneath it, where somebody asked.
    pub fn opening(&self) -> Option<(String, String)> {
        match &self.answer {
            Some(answer) => Some((answer.title.clone(), answer.sentence.clone())),
            None if !self.wrong.is_empty() => {
                let title = format!("“{}” is no whole postcode", self.typed);
                Some((title, String::new()))
            }
            None => None,
        }
    }
}

/// The way to the place of a postcode, where a text is one that is known.
pub(crate) fn of_postcode(cx: &Cx, text: &str) -> Option<Link> {
    let postcode = Postcode::parse(text).ok()?;
    let state = cx.site.evidence();
    state.postcodes.find(&postcode)?;
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("postcode", &postcode.to_string())
        .finish();
    let words = format!("Find the place of {postcode}");
    let here = cx.moment.past.is_none();
    here.then(|| Link::new(format!("/areas?{query}"), words))
}

fn answer(cx: &Cx, state: &State, postcode: &Postcode) -> Answer {
    let region = cx.view.plan.region();
    let region = region.map_or("the region", |region| region.name.as_str());
    let Some(found) = state.postcodes.find(postcode) else {
        return Answer {
            title: format!("{postcode} was not found"),
            sentence: format!(
                "No postcode of {region} that is known is {postcode}. It may be mistyped, very new, \
                 or elsewhere."
            ),
            facts: Vec::new(),
            way_on: None,
        };
    };
    let mut areas = cx.view.plan.areas.iter();
    let area = areas.find(|(_, area)| area.code.as_deref() == Some(found.authority));
    let name = area.map_or(found.authority, |(_, area)| area.name.as_str());
    let (is, sentence) = match found.ended {
        None => ("is", String::new()),
        Some(None) => ("was", "This postcode is no longer used.".to_owned()),
        Some(Some(date)) => (
            "was",
            format!(
                "This postcode is no longer used: it ended in {}.",
                spell_date(date)
            ),
        ),
    };
    Answer {
        title: format!("{postcode} {is} in {name}"),
        sentence,
        facts: facts(cx, area.map(|(slug, _)| slug), name, &found),
        way_on: area.map(|(slug, _)| {
            let href = cx.href(Kind::Area, slug);
            Link::new(href, format!("What happens in {name}, and its figures"))
        }),
    }
}

fn facts(cx: &Cx, area: Option<&Slug>, name: &str, found: &Found<'_>) -> Vec<Fact> {
    let authority = match area {
        Some(slug) => cx.link(Kind::Area, slug),
        None => Link::new("", name),
    };
    let small = |name, small: Option<Small<'_>>| {
        let small = small?;
        let code = format!("Code {}", small.code);
        Some(Fact::words(name, Some(small.name?.to_owned())).noted(Some(&code)))
    };
    let code = format!("Code {}", found.authority);
    [
        Some(Fact::links("Local authority", vec![authority]).noted(Some(&code))),
        small("Ward", found.ward),
        small("Neighbourhood", found.neighbourhood),
    ]
    .into_iter()
    .flatten()
    .collect()
}
