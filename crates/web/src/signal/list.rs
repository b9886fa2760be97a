//! All signals, filtered by kind, theme, area and response; the filter lives in the address.

use askama::Template;
use axum::response::Response;
use dfg_plan::{
    Key, Kind, Slug,
    record::{Signal, SignalKind},
};

use super::response_word;
use crate::{
    cx::{Cx, Link},
    evidence::{self, EvidenceSignal},
    fault::Fault,
    filter::{Chip, Choice, Choices, theme_choices},
    part::{SignalItem, count},
    record,
    route::html,
    shell::Shell,
};

#[derive(Template)]
#[template(path = "signal/list.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    lede: String,
    q: String,
    choices: Vec<Choices>,
    pairs: Vec<(String, String)>,
    chips: Vec<Chip>,
    tally: String,
    signals: Vec<SignalItem>,
    figure_signals: Vec<EvidenceSignal>,
    all_href: String,
    download_href: String,
    /// Whether strangers can raise one here.
    can_raise: bool,
}

const RESPONSES: [(&str, &str); 4] = [
    ("answered", "Answered"),
    ("watched", "Watched"),
    ("closed", "Closed"),
    ("none", "No response yet"),
];

/// `GET /signals`.
pub(super) fn show(cx: &Cx) -> Result<Response, Fault> {
    let plan = &cx.view.plan;
    let answers = |slug: &Slug| {
        let key = Key::new(Kind::Signal, slug.clone());
        cx.view.backlinks.to(&key, Kind::Activity, "answers").len()
    };
    let wanted = |name: &str| cx.query.get(name).unwrap_or_default().to_owned();
    let (kind, theme, response) = (wanted("kind"), wanted("theme"), wanted("response"));
    let q: String = wanted("q").chars().take(200).collect();
    let words: Vec<String> = q.split_whitespace().map(str::to_lowercase).collect();
    let fits = |slug: &Slug, signal: &Signal| {
        let text = format!("{} {}", signal.title, signal.summary).to_lowercase();
        (kind.is_empty() || signal.kind.word() == kind)
            && (theme.is_empty() || signal.theme.as_str() == theme)
            && (response.is_empty() || response_word(signal, answers(slug)) == response)
            && words.iter().all(|word| text.contains(word.as_str()))
    };
    let mut signals: Vec<_> = plan
        .signals
        .iter()
        .filter(|(slug, signal)| fits(slug, signal))
        .collect();
    signals.sort_by_key(|(slug, signal)| (std::cmp::Reverse(signal.seen), (*slug).clone()));
    let all = plan.signals.len();
    let answered = plan
        .signals
        .iter()
        .filter(|(slug, signal)| response_word(signal, answers(slug)) == "answered")
        .count();
    let chances = plan
        .signals
        .values()
        .filter(|signal| signal.kind == SignalKind::Opportunity)
        .count();
    let title = match (all, answered) {
        (0, _) => "No signal has been raised yet".to_owned(),
        (all, answered) if all == answered => format!("All {all} signals have an answer"),
        (all, answered) => format!("{answered} of {all} signals have an answer"),
    };
    let kinds = SignalKind::ALL.iter().map(|kind| {
        Choice::new(
            kind.word(),
            dfg_plan::story::capitalise(kind.words()),
            cx.query.get("kind"),
        )
    });
    let choices = vec![
        Choices::new("kind", "Kind", kinds.collect()),
        theme_choices(cx),
        Choices::new(
            "response",
            "Response",
            RESPONSES
                .iter()
                .map(|(word, words)| Choice::new(word, *words, cx.query.get("response")))
                .collect(),
        ),
    ];
    let is_filtered = !(kind.is_empty() && theme.is_empty() && response.is_empty() && q.is_empty());
    let figure_signals = if is_filtered {
        Vec::new()
    } else {
        evidence::open_signals(cx)
    };
    html(&Page {
        figure_signals,
        shell: cx
            .shell(title)
            .described("Opportunities and challenges that people across the region saw."),
        trail: record::trail(cx, [Link::new(cx.moment.href("/indicators"), "Evidence")]),
        lede: format!(
            "People across the region saw {} and {}. Each gets a response: an activity that \
             answers it, a date until which it is watched, or a reason to close it.",
            count(chances, "opportunity", "opportunities"),
            count(all - chances, "challenge", "challenges"),
        ),
        chips: Chip::list(cx, "/signals", &choices),
        choices,
        pairs: cx.shell("").pairs,
        tally: if signals.len() == all {
            count(all, "signal", "signals")
        } else {
            format!("{} of {}", signals.len(), count(all, "signal", "signals"))
        },
        signals: signals
            .into_iter()
            .map(|(slug, signal)| SignalItem::new(cx, slug, signal))
            .collect(),
        q,
        all_href: cx.moment.href("/signals"),
        download_href: cx.moment.href("/signals.csv"),
        can_raise: cx.site.0.access.is_some() && cx.moment.past.is_none(),
    })
}
