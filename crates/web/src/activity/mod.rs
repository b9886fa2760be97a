//! An activity: what it is, why it exists, what it should move, who owns it and how it went.

use askama::Template;
use axum::response::Response;
use dfg_plan::{
    Key, Kind, Record,
    record::{Answer, AnswerKind, Confidence, Event, EventKind, Part, Trend, Update},
    spell_date,
    story::{capitalise, join_and},
};

use crate::{
    cx::{Cx, Link},
    evidence::{self, EvidenceSignal},
    fault::Fault,
    markdown,
    part::{ActivityItem, SignalItem, SourceItem, spell_period, stage_class, stage_words},
    route::html,
    shell::{Shell, theme_class},
};

#[derive(Template)]
#[template(path = "activity/page.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    theme: Link,
    theme_class: String,
    stage: &'static str,
    stage_class: String,
    /// When a source stated the stage, where the last word on it is such a statement.
    stage_stated: Option<String>,
    summary: String,
    body: String,
    signals: Vec<SignalItem>,
    figure_signals: Vec<EvidenceSignal>,
    objectives: Vec<Link>,
    indicators: Vec<Link>,
    outputs: Vec<String>,
    outcomes: Vec<String>,
    owners: Vec<Owner>,
    events: Vec<Step>,
    needs: Vec<Link>,
    needed_by: Vec<Link>,
    decisions: Vec<Dated>,
    milestones: Vec<Dated>,
    nearby: Vec<ActivityItem>,
    areas: Vec<Link>,
    period: Option<String>,
    funding: Option<String>,
    funding_note: Option<String>,
    confidence: Option<String>,
    confidence_class: String,
    /// The reports, the latest first.
    reports: Vec<Report>,
    sources: Vec<SourceItem>,
    history_href: String,
    data_href: String,
}

struct Report {
    date: String,
    datetime: String,
    confidence: String,
    class: String,
    text: Vec<String>,
    milestones: String,
    spent: Option<String>,
}

struct Owner {
    part: String,
    who: Link,
    about: String,
}

struct Step {
    date: String,
    datetime: String,
    what: String,
    source: Option<SourceItem>,
}

struct Dated {
    date: String,
    link: Link,
}

/// `GET /activities/{slug}`.
pub(crate) fn show(cx: &Cx) -> Result<Response, Fault> {
    let (slug, record) = cx.record(Kind::Activity)?;
    let Record::Activity(activity) = record else {
        return Err(Fault::missing("activity", slug));
    };
    let key = Key::new(Kind::Activity, slug.clone());
    let plan = &cx.view.plan;
    let theme = cx.link(Kind::Theme, &activity.theme);
    let mut events: Vec<&Event> = activity.events.iter().collect();
    events.sort_by_key(|event| event.date);
    let stage_stated = events
        .iter()
        .rev()
        .find(|event| event.implied_stage().is_some())
        .filter(|event| event.what == EventKind::Stated)
        .map(|event| spell_date(event.date));
    let signals = activity
        .answers
        .iter()
        .filter_map(|slug| Some(SignalItem::new(cx, slug, plan.signals.get(slug)?)));
    let dated = |kind: Kind| {
        let slugs = cx.view.backlinks.to(&key, kind, "activities");
        let mut found: Vec<(dfg_plan::PartialDate, Dated)> = slugs
            .into_iter()
            .filter_map(|slug| {
                let date = match plan.get(&Key::new(kind, slug.clone()))? {
                    Record::Decision(decision) => decision.date,
                    Record::Milestone(milestone) => milestone.date,
                    _ => return None,
                };
                Some((
                    date,
                    Dated {
                        date: spell_date(date),
                        link: cx.link(kind, slug),
                    },
                ))
            })
            .collect();
        found.sort_by_key(|(date, _)| *date);
        found.into_iter().map(|(_, dated)| dated).collect()
    };
    let nearby = plan
        .activities
        .iter()
        .filter(|(other, candidate)| {
            **other != slug
                && candidate.theme == activity.theme
                && candidate
                    .areas
                    .iter()
                    .any(|area| activity.areas.contains(area))
                && candidate
                    .organisations(Part::Leads)
                    .any(|lead| activity.organisations(Part::Leads).any(|mine| mine == lead))
        })
        .take(4)
        .map(|(slug, activity)| ActivityItem::new(cx, slug, activity))
        .collect();
    html(&Page {
        shell: cx
            .shell(activity.title.clone())
            .described(activity.summary.clone()),
        trail: vec![
            Link::new(cx.moment.href("/pipeline"), "Pipeline"),
            Link::new(theme.href.clone(), cx.view.theme_title(&activity.theme)),
        ],
        theme: Link::new(theme.href, cx.view.theme_title(&activity.theme)),
        theme_class: theme_class(&activity.theme),
        stage: stage_words(activity.stage),
        stage_class: stage_class(activity.stage),
        stage_stated,
        summary: activity.summary.clone(),
        body: markdown::render_html(&activity.body),
        signals: signals.collect(),
        figure_signals: evidence::on_indicators(cx, |slug| activity.moves.contains(slug)),
        objectives: cx.links(Kind::Objective, &activity.objectives),
        indicators: cx.links(Kind::Indicator, &activity.moves),
        outputs: activity.outputs.clone(),
        outcomes: activity.outcomes.clone(),
        owners: owners(cx, &activity),
        events: events.into_iter().map(step).collect(),
        needs: cx.links(Kind::Activity, &activity.depends_on),
        needed_by: cx.links(
            Kind::Activity,
            cx.view.backlinks.to(&key, Kind::Activity, "depends_on"),
        ),
        decisions: dated(Kind::Decision),
        milestones: dated(Kind::Milestone),
        nearby,
        areas: cx.links(Kind::Area, &activity.areas),
        period: spell_period(&activity).map(|period| capitalise(&period)),
        funding: activity.funding_pence.map(|pence| pence.to_string()),
        funding_note: activity.funding_note.clone(),
        confidence: activity
            .confidence
            .map(|confidence| spell_confidence(confidence, activity.trend)),
        confidence_class: activity
            .confidence
            .map_or(String::new(), |c| format!("rag-{}", c.word())),
        reports: activity.updates.iter().rev().map(report).collect(),
        sources: SourceItem::list(&activity.sources),
        history_href: cx.moment.href(&format!("/activities/{slug}/history")),
        data_href: cx.moment.href(&format!("/api/v1/activities/{slug}")),
    })
}

/// `amber, improving`.
fn spell_confidence(confidence: Confidence, trend: Option<Trend>) -> String {
    let trend = trend.map(|trend| format!(", {trend}"));
    format!("{confidence}{}", trend.unwrap_or_default())
}

fn report(update: &Update) -> Report {
    let text = update.text.as_deref().unwrap_or_default().lines();
    let text = text.filter(|line| !line.trim().is_empty());
    let milestones = update.milestones.iter();
    let milestones: Vec<&str> = milestones.map(|line| line.trim_end_matches('.')).collect();
    Report {
        date: spell_date(update.date),
        datetime: update.date.to_string(),
        confidence: spell_confidence(update.confidence, update.trend),
        class: format!("rag-{}", update.confidence.word()),
        text: text.map(str::to_owned).collect(),
        milestones: milestones.join("; "),
        spent: update.spent_pence.map(|pence| pence.to_string()),
    }
}

/// What an organisation has said to its part.
fn spell_answer(answer: &Answer) -> String {
    let date = spell_date(answer.date);
    match answer.kind {
        AnswerKind::Accepted => format!("accepted on {date}"),
        AnswerKind::Declined => format!("declined on {date}"),
    }
}

fn owners(cx: &Cx, activity: &dfg_plan::record::Activity) -> Vec<Owner> {
    let mut owners: Vec<_> = activity.owners.iter().collect();
    owners.sort_by_key(|owner| owner.part);
    owners
        .into_iter()
        .map(|owner| {
            let who = match (&owner.organisation, &owner.name) {
                (Some(slug), _) => cx.link(Kind::Organisation, slug),
                (None, name) => Link::new("", name.clone().unwrap_or_default()),
            };
            let about: Vec<String> = owner
                .pence
                .map(|pence| pence.to_string())
                .into_iter()
                .chain(owner.note.clone())
                .chain(owner.answer.as_ref().map(spell_answer))
                .collect();
            Owner {
                part: capitalise(owner.part.words()),
                who,
                about: join_and(&about),
            }
        })
        .collect()
}

fn step(event: &Event) -> Step {
    let what = match (event.what, event.stage, &event.note) {
        (EventKind::Stated, Some(stage), None) => format!("A source gives its stage as {stage}"),
        (EventKind::Stated, Some(stage), Some(note)) => format!("{note} (stage: {stage})"),
        (EventKind::Milestone, _, Some(note)) => note.clone(),
        (what, _, Some(note)) => format!("{}: {note}", capitalise(what.words())),
        (what, _, None) => capitalise(what.words()),
    };
    Step {
        date: spell_date(event.date),
        datetime: event.date.to_string(),
        what,
        source: event.source.as_ref().map(SourceItem::new),
    }
}
