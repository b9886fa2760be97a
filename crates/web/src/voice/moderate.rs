//! Reading what the public raises: letting it in, or turning it away with a reason.

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use dfg_plan::{
    Act, Draft, History, Key, Kind, Plan, Slug, Source,
    change::Change,
    record::{Signal, SignalKind},
    spell_date,
    story::capitalise,
};
use dfg_store::{
    proposal::KeptProposal,
    voice::{Raised, Standing},
};
use jiff::tz::TimeZone;

use super::{
    LONGEST, area_choices, kind_choices, known, lines, news, respond::open_proposals, tell_news,
    theme_choices,
};
use crate::{
    access::{Ask, FieldError, see_other, ways},
    commit::{Commit, Spend, commit},
    cx::Link,
    fault::Fault,
    part::count,
    route::html,
    shell::Shell,
    update::Choice,
};

/// The longest title, in characters.
const TITLE: usize = 120;
/// How long a title is made of a stranger's first words, in characters.
const FIRST_WORDS: usize = 80;
/// Names under `/signals` that are no signals.
const TAKEN: [&str; 2] = ["new", "follow"];

#[derive(Template)]
#[template(path = "voice/list.html")]
struct ListPage {
    shell: Shell,
    ways: Vec<Link>,
    lede: String,
    note: &'static str,
    waiting: Vec<Item>,
    open: Vec<Item>,
}

struct Item {
    link: Link,
    about: String,
}

#[derive(Template)]
#[template(path = "voice/moderate.html")]
struct OnePage {
    shell: Shell,
    ways: Vec<Link>,
    errors: Vec<FieldError>,
    raised: String,
    told: &'static str,
    written: Vec<String>,
    /// What was decided; empty while it waits.
    decided: String,
    action: String,
    typed: Typed,
    kinds: Vec<Choice>,
    themes: Vec<Choice>,
    areas: Vec<Choice>,
}

/// The fields as they were typed, or as they are proposed.
struct Typed {
    title: String,
    summary: String,
    kind: String,
    theme: String,
    area: String,
    reason: String,
}

impl Typed {
    fn of(raised: &Raised) -> Self {
        let words = raised.words.clone().unwrap_or_default();
        Self {
            title: first_words(&words),
            summary: words,
            kind: raised.kind.word().to_owned(),
            theme: raised.theme.to_string(),
            area: raised
                .area
                .as_ref()
                .map(Slug::to_string)
                .unwrap_or_default(),
            reason: String::new(),
        }
    }

    fn read(ask: &Ask) -> Self {
        let field = |name| ask.field(name).replace("\r\n", "\n");
        Self {
            title: field("title"),
            summary: field("summary"),
            kind: field("kind"),
            theme: field("theme"),
            area: field("area"),
            reason: field("reason"),
        }
    }
}

/// The first sentence, cut at a word where it is long.
fn first_words(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let sentence = line
        .split(['.', '!', '?'])
        .next()
        .unwrap_or_default()
        .trim();
    let mut title = String::new();
    for word in sentence.split_whitespace() {
        if title.chars().count() + word.chars().count() >= FIRST_WORDS {
            break;
        }
        if !title.is_empty() {
            title.push(' ');
        }
        title.push_str(word);
    }
    title
}

/// `GET /desk/signals`.
pub(super) async fn list(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::Moderate)?;
    let plan = ask.plan();
    let raised = ask.access.store.raised_signals().await?;
    let waiting: Vec<Item> = raised
        .iter()
        .filter(|one| one.standing == Standing::Waiting)
        .map(|one| {
            let words = first_words(one.words.as_deref().unwrap_or_default());
            let words = if words.is_empty() {
                "A signal".to_owned()
            } else {
                words
            };
            let place = one.area.as_ref().and_then(|slug| plan.areas.get(slug));
            let place = place.map_or("the whole region", |area| area.name.as_str());
            Item {
                link: Link::new(format!("/desk/signals/{}", one.id), words),
                about: format!(
                    "{}, {place}, raised on {}",
                    capitalise(one.kind.words()),
                    news::spell_when(one.raised_at)
                ),
            }
        })
        .collect();
    let proposals = open_proposals(&ask).await?;
    let signals = plan.signals.iter();
    let open: Vec<Item> = signals
        .filter_map(|(slug, signal)| {
            let why = why_open(&ask, &plan, (slug, signal), &proposals)?;
            Some(Item {
                link: Link::new(format!("/desk/responses/{slug}"), signal.title.clone()),
                about: format!("{}, {why}", capitalise(signal.kind.words())),
            })
        })
        .collect();
    html(&ListPage {
        shell: ask.shell("Signals from the public"),
        ways: ways(me),
        lede: format!(
            "{} to be read. {} for a response.",
            match waiting.len() {
                0 => "None waits".to_owned(),
                1 => "1 waits".to_owned(),
                many => format!("{many} wait"),
            },
            count(open.len(), "signal waits", "signals wait")
        ),
        note: match ask.query.get("done") {
            Some("let-in") => "The signal is in the plan. Respond to it below.",
            Some("turned-away") => "The signal is turned away.",
            Some("responded") => "The response is recorded.",
            _ => "",
        },
        waiting,
        open,
    })
}

/// Why a signal of the plan waits for a response; none where it has one that holds.
fn why_open(
    ask: &Ask,
    plan: &Plan,
    (slug, signal): (&Slug, &Signal),
    proposals: &[KeptProposal],
) -> Option<String> {
    let mut activities = plan.activities.values();
    if activities.any(|activity| activity.answers.contains(slug)) {
        return None;
    }
    let Some(response) = &signal.response else {
        return Some("no response yet".to_owned());
    };
    if let Some(until) = response.until.filter(|until| until.last() < ask.today()) {
        return Some(format!(
            "watched until {}, which is over",
            spell_date(until)
        ));
    }
    let number = response.proposal?;
    let is_open = proposals.iter().any(|kept| kept.id == i64::from(number));
    (!is_open).then(|| format!("proposal {number} is decided on, and no activity answers it"))
}

/// The raised signal that the path names.
async fn named(ask: &Ask) -> Result<Raised, Fault> {
    let missing = || Fault::missing("page", &ask.path);
    let id = ask.param("id").parse().map_err(|_| missing())?;
    ask.access
        .store
        .raised_signal(id)
        .await?
        .ok_or_else(missing)
}

fn page(
    ask: &Ask,
    raised: &Raised,
    typed: Typed,
    (status, errors): (StatusCode, Vec<FieldError>),
) -> Result<Response, Fault> {
    let me = ask.may(Act::Moderate)?;
    let plan = ask.plan();
    let page = html(&OnePage {
        shell: ask
            .shell("A signal from the public")
            .failed(!errors.is_empty()),
        ways: ways(me),
        errors,
        raised: news::spell_when(raised.raised_at),
        told: if raised.email.is_some() {
            "Whoever raised it is told by e-mail."
        } else {
            "Whoever raised it follows it by the private link."
        },
        written: raised.words.as_deref().map(lines).unwrap_or_default(),
        decided: match &raised.standing {
            Standing::Waiting => String::new(),
            Standing::LetIn { .. } => "It is in the plan already.".to_owned(),
            Standing::TurnedAway { reason } => format!("It was turned away: {reason}"),
        },
        action: ask.path.clone(),
        kinds: kind_choices(&typed.kind),
        themes: theme_choices(&plan, &typed.theme),
        areas: area_choices(&plan, &typed.area),
        typed,
    })?;
    Ok((status, page).into_response())
}

/// `GET /desk/signals/{id}`.
pub(super) async fn show(ask: Ask) -> Result<Response, Fault> {
    ask.may(Act::Moderate)?;
    let raised = named(&ask).await?;
    let typed = Typed::of(&raised);
    page(&ask, &raised, typed, (StatusCode::OK, Vec::new()))
}

/// `POST /desk/signals/{id}`: lets it in as a record, or turns it away.
pub(super) async fn decide(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::Moderate)?;
    let raised = named(&ask).await?;
    let typed = Typed::read(&ask);
    let wrong = |typed, field, message: &str| {
        let errors = vec![FieldError::new(field, message)];
        page(
            &ask,
            &raised,
            typed,
            (StatusCode::UNPROCESSABLE_ENTITY, errors),
        )
    };
    if raised.standing != Standing::Waiting {
        return decided_before(&ask, typed).await;
    }
    if ask.field("verdict") == "turn-away" {
        if typed.reason.is_empty() {
            return wrong(typed, "reason", "Say why it is turned away");
        }
        if typed.reason.chars().count() > LONGEST {
            return wrong(typed, "reason", "Use at most 1,000 characters");
        }
        let store = &ask.access.store;
        let away = store.turn_signal_away(raised.id, &typed.reason, &me.id, ask.now);
        if !away.await? {
            return decided_before(&ask, typed).await;
        }
        tell_news(&ask.access, &ask.plan()).await?;
        return Ok(see_other("/desk/signals?done=turned-away"));
    }
    let signal = match check(&ask, &typed, &raised) {
        Ok(signal) => signal,
        Err(errors) => {
            let wrong = (StatusCode::UNPROCESSABLE_ENTITY, errors);
            return page(&ask, &raised, typed, wrong);
        }
    };
    let slug = free_slug(&ask.site.history(), &signal.title);
    let make = |_: &History| {
        Ok(Draft {
            actor: me.id.to_string(),
            reason: "A signal that somebody raised on this site".to_owned(),
            changes: vec![Change::add(slug.clone(), signal.clone().into())],
            ..Draft::default()
        })
    };
    let spend = Spend::Raised {
        id: raised.id,
        signal: &slug,
        by: &me.id,
    };
    match commit(&ask, make, spend).await? {
        Commit::Done => {
            tell_news(&ask.access, &ask.plan()).await?;
            Ok(see_other("/desk/signals?done=let-in"))
        }
        Commit::Spent => decided_before(&ask, typed).await,
        Commit::Refused(refusal) => wrong(typed, "summary", &Commit::tell(&refusal)),
    }
}

/// Somebody else was quicker: what stands now, and nothing is changed.
async fn decided_before(ask: &Ask, typed: Typed) -> Result<Response, Fault> {
    let raised = named(ask).await?;
    page(ask, &raised, typed, (StatusCode::CONFLICT, Vec::new()))
}

/// The signal as everybody will read it, or all that is wrong with it.
fn check(ask: &Ask, typed: &Typed, raised: &Raised) -> Result<Signal, Vec<FieldError>> {
    let plan = ask.plan();
    let mut errors = Vec::new();
    if typed.title.is_empty() || typed.title.chars().count() > TITLE {
        let message = format!("Give it a title of at most {TITLE} characters");
        errors.push(FieldError::new("title", &message));
    }
    if typed.summary.is_empty() || typed.summary.chars().count() > LONGEST {
        let message = format!("Say what was seen, in at most {LONGEST} characters");
        errors.push(FieldError::new("summary", &message));
    }
    let kind = SignalKind::from_word(&typed.kind);
    if kind.is_none() {
        errors.push(FieldError::new("kind", "Choose what sort of signal it is"));
    }
    let theme = known(&typed.theme, &plan.themes);
    if theme.is_none() {
        errors.push(FieldError::new("theme", "Choose a theme"));
    }
    let area = known(&typed.area, &plan.areas);
    if area.is_none() && !typed.area.is_empty() {
        errors.push(FieldError::new("area", "Choose a place from the list"));
    }
    let day = raised.raised_at.to_zoned(TimeZone::UTC).date();
    match (kind, theme, errors.is_empty()) {
        (Some(kind), Some(theme), true) => Ok(Signal {
            title: typed.title.clone(),
            kind,
            theme,
            summary: typed.summary.clone(),
            seen: Some(day.into()),
            areas: area.into_iter().collect(),
            indicators: Vec::new(),
            response: None,
            was: Vec::new(),
            sources: vec![Source {
                title: Some("Raised by somebody on this site".to_owned()),
                date: Some(day.into()),
                ..Source::default()
            }],
            body: String::new(),
        }),
        _ => Err(errors),
    }
}

/// A slug from a title that no signal has or had.
fn free_slug(history: &History, title: &str) -> Slug {
    let plan = history.current();
    let was: BTreeSet<&Slug> = plan
        .signals
        .values()
        .flat_map(|signal| &signal.was)
        .collect();
    let is_free = |slug: &Slug| {
        let key = Key::new(Kind::Signal, slug.clone());
        !TAKEN.contains(&slug.as_str()) && history.track(&key).is_none() && !was.contains(slug)
    };
    let short: String = title.chars().take(TITLE).collect();
    let base = Slug::from_text(&short).map_or("signal".to_owned(), |slug| slug.to_string());
    let mut number = 1;
    loop {
        let text = match number {
            1 => base.clone(),
            _ => format!("{base}-{number}"),
        };
        if let Ok(slug) = Slug::parse(&text)
            && is_free(&slug)
        {
            return slug;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::first_words;

    #[test]
    fn a_title_is_made_of_the_first_words() {
        for (text, title) in [
            (
                "Buses have no signal. We miss calls.",
                "Buses have no signal",
            ),
            ("", ""),
            ("One\nTwo", "One"),
        ] {
            assert_eq!(first_words(text), title);
        }
        let long = "word ".repeat(60);
        assert!(first_words(&long).chars().count() <= 80);
    }
}
