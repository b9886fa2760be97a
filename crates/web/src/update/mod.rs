//! Updates: a link in an e-mail opens one activity's update, once; whoever is signed in has the
//! same form. When one is due and whose it is, is decided in [`dfg_plan::update`].

mod form;
mod reminder;

use askama::Template;
use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use dfg_plan::{
    Act, Draft, Fault as Broken, History, Key, Kind, Plan, Record, Slug,
    change::Change,
    history::Refusal,
    may,
    record::{Activity, Update},
    spell_date, spell_day,
    update::{self, Rhythm, Standing},
};
use dfg_store::{Person, Token, update::UpdateLink};

use self::form::{Typed, reported};
use crate::{
    access::{Ask, FieldError, limit_address, reading, see_other, ways, writing},
    commit::{Commit, Spend, commit},
    cx::Link,
    fault::Fault,
    route::html,
    shell::Shell,
    site::Site,
};

pub(crate) use form::Choice;
pub use reminder::send_reminders;

/// The addresses of this feature; none where nobody can sign in.
pub(crate) fn routes(site: &Site) -> Router<Site> {
    if site.0.access.is_none() {
        return Router::new();
    }
    Router::new()
        .route("/update/{token}", reading(open).merge(writing(send)))
        .route("/update/done", reading(done))
        .route("/desk/updates", reading(list))
        .route(
            "/desk/activities/{slug}/update",
            reading(begin).merge(writing(record)),
        )
}

#[derive(Template)]
#[template(path = "update/form.html")]
struct FormPage {
    shell: Shell,
    ways: Vec<Link>,
    errors: Vec<FieldError>,
    lede: String,
    /// What was reported last.
    before: String,
    action: String,
    confidences: Vec<Choice>,
    trends: Vec<Choice>,
    typed: Typed,
}

#[derive(Template)]
#[template(path = "update/message.html")]
struct Message {
    shell: Shell,
    ways: Vec<Link>,
    words: &'static str,
    link: Link,
    typed: Vec<String>,
}

#[derive(Template)]
#[template(path = "update/list.html")]
struct ListPage {
    shell: Shell,
    ways: Vec<Link>,
    lede: String,
    items: Vec<Item>,
}

struct Item {
    link: Link,
    about: String,
}

/// Whether somebody may report on an activity.
fn may_report(person: &Person, plan: &Plan, activity: &Activity) -> bool {
    let (organisations, groups) = (
        update::organisations(activity),
        update::groups(plan, activity),
    );
    may(
        &person.roles,
        Act::RecordUpdate {
            organisations: &organisations,
            groups: &groups,
        },
    )
}

fn form_page(
    ask: &Ask,
    activity: &Activity,
    (ways, lede): (Vec<Link>, String),
    typed: Typed,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    let failed = !errors.is_empty();
    let page = html(&FormPage {
        shell: ask
            .shell(format!("Update: {}", activity.title))
            .failed(failed),
        ways,
        errors,
        lede,
        before: activity
            .updates
            .last()
            .map(spell_update)
            .unwrap_or_default(),
        action: ask.path.clone(),
        confidences: typed.confidences(),
        trends: typed.trends(),
        typed,
    })?;
    Ok(if failed {
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    } else {
        page
    })
}

/// A report in one line.
fn spell_update(update: &Update) -> String {
    let trend = update.trend.map(|trend| format!(", {trend}"));
    let text = update.text.as_ref().map(|text| format!(". {text}"));
    format!(
        "Last update, {}: {}{}{}",
        spell_date(update.date),
        update.confidence,
        trend.unwrap_or_default(),
        text.unwrap_or_default()
    )
}

/// The draft of an entry that adds a report to an activity as it is now.
fn draft(history: &History, slug: &Slug, person: &Person, update: &Update) -> Result<Draft, Fault> {
    let key = Key::new(Kind::Activity, slug.clone());
    let plan = history.current();
    let Some(activity) = plan.activities.get(slug) else {
        return Err(Fault::missing("activity", slug));
    };
    let new = reported(activity, update);
    let trend = update.trend.map(|trend| format!(", {trend}"));
    let change =
        Change::set_difference(key, &Record::from((**activity).clone()), &Record::from(new));
    Ok(Draft {
        actor: person.id.to_string(),
        reason: format!(
            "An update by those who answer for it: {}{}",
            update.confidence,
            trend.unwrap_or_default()
        ),
        changes: change.into_iter().collect(),
        ..Draft::default()
    })
}

/// The faults of the whole plan that do not come from a form go beside its first text.
fn refused(refusal: &Refusal) -> Vec<FieldError> {
    let message = Commit::tell(refusal);
    let faults: &[Broken] = match refusal {
        Refusal::Faults { faults } => faults,
        _ => &[],
    };
    let milestones = faults.iter().any(|fault| fault.path.contains("milestones"));
    let field = if milestones { "milestones" } else { "text" };
    vec![FieldError::new(field, &message)]
}

/// The link that the path names, and its activity; none where it does not work, or its person may
/// no longer report on it. Guesses are counted.
async fn opened(ask: &Ask) -> Result<Option<(Token, UpdateLink, Activity)>, Fault> {
    let Some(token) = Token::parse(ask.param("token")) else {
        limit_address(ask).await?;
        return Ok(None);
    };
    let Some(link) = ask.access.store.update_link(&token, ask.now).await? else {
        limit_address(ask).await?;
        return Ok(None);
    };
    let plan = ask.plan();
    let activity = plan.activities.get(&link.activity);
    let activity = activity.filter(|activity| may_report(&link.person, &plan, activity));
    Ok(activity.map(|activity| (token, link, (**activity).clone())))
}

fn spent(ask: &Ask, typed: &Typed) -> Result<Response, Fault> {
    let page = html(&Message {
        shell: ask.shell("This link no longer works"),
        ways: Vec::new(),
        words: "A link opens one update, once, and for a limited time. Perhaps the update has been \
            sent already. The next reminder brings a new link; if you can sign in, you can send an \
            update at any time.",
        link: Link::new("/desk/updates", "Sign in to send an update"),
        typed: typed.lines(),
    })?;
    Ok((StatusCode::NOT_FOUND, page).into_response())
}

fn greeting(link: &UpdateLink) -> (Vec<Link>, String) {
    let until = link.expires_at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let lede = format!(
        "It takes a minute. This link works once, until {}.",
        spell_day(until)
    );
    (Vec::new(), lede)
}

/// `GET /update/{token}`: the form. Programs that follow links in e-mail do not use the link up.
async fn open(ask: Ask) -> Result<Response, Fault> {
    match opened(&ask).await? {
        Some((_, link, activity)) => form_page(
            &ask,
            &activity,
            greeting(&link),
            Typed::default(),
            Vec::new(),
        ),
        None => spent(&ask, &Typed::default()),
    }
}

/// `POST /update/{token}`: records the update and uses the link up, both or neither.
async fn send(ask: Ask) -> Result<Response, Fault> {
    let typed = Typed::read(&ask);
    let Some((token, link, activity)) = opened(&ask).await? else {
        return spent(&ask, &typed);
    };
    let update = match typed.check(ask.today()) {
        Ok(update) => update,
        Err(errors) => return form_page(&ask, &activity, greeting(&link), typed, errors),
    };
    let make = |history: &History| draft(history, &link.activity, &link.person, &update);
    match commit(&ask, make, Spend::Link(&token)).await? {
        Commit::Done => Ok(see_other("/update/done")),
        Commit::Spent => spent(&ask, &typed),
        Commit::Refused(refusal) => {
            let errors = refused(&refusal);
            form_page(&ask, &activity, greeting(&link), typed, errors)
        }
    }
}

/// `GET /update/done`.
async fn done(ask: Ask) -> Result<Response, Fault> {
    html(&Message {
        shell: ask.shell("Thank you: your update is recorded"),
        ways: Vec::new(),
        words: "That was all. Everybody can read it once the next edition is published.",
        link: Link::new("/pipeline", "See the pipeline"),
        typed: Vec::new(),
    })
}

/// `GET /desk/updates`: the activities under way on which somebody may report, the latest first.
async fn list(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::UseDesk)?;
    let plan = ask.plan();
    let (rhythm, today) = (Rhythm::of(&plan), ask.today());
    let mut found: Vec<(Standing, Item)> = Vec::new();
    for (slug, activity) in &plan.activities {
        let standing = update::standing(activity, rhythm, today, None);
        if standing == Standing::NotAsked || !may_report(me, &plan, activity) {
            continue;
        }
        let about = match (standing, update::last(activity)) {
            (_, None) => "No update yet".to_owned(),
            (Standing::Late { since }, _) => format!("Overdue: it was due on {}", spell_day(since)),
            (Standing::Due { since }, _) => format!("Due since {}", spell_day(since)),
            (Standing::Fresh { due }, _) => format!("Next due on {}", spell_day(due)),
            (Standing::NotAsked, _) => String::new(),
        };
        let link = Link::new(form_path(slug), activity.title.clone());
        found.push((standing, Item { link, about }));
    }
    found.sort_by_key(|(standing, item)| (order(*standing), item.link.text.to_lowercase()));
    html(&ListPage {
        shell: ask.shell("Updates"),
        ways: ways(me),
        lede: if found.is_empty() {
            "There is no activity under way on which you report.".to_owned()
        } else {
            format!(
                "An update is due every {}. Choose an activity; it takes a minute.",
                crate::part::count(usize::from(rhythm.months), "month", "months")
            )
        },
        items: found.into_iter().map(|(_, item)| item).collect(),
    })
}

fn order(standing: Standing) -> (u8, Option<jiff::civil::Date>) {
    match standing {
        Standing::Late { since } => (0, Some(since)),
        Standing::Due { since } => (1, Some(since)),
        Standing::Fresh { due } => (2, Some(due)),
        Standing::NotAsked => (3, None),
    }
}

fn form_path(slug: &Slug) -> String {
    format!("/desk/activities/{slug}/update")
}

/// The activity that the path names, where the person may report on it.
fn named(ask: &Ask) -> Result<(Slug, Activity), Fault> {
    let text = ask.param("slug");
    // Whoever is not signed in is sent there before anything is said of the activity.
    ask.may(Act::UseDesk)?;
    let missing = || Fault::missing("page", &ask.path);
    let slug = Slug::parse(text).map_err(|_| missing())?;
    let plan = ask.plan();
    let activity = plan.activities.get(&slug).ok_or_else(missing)?;
    let (organisations, groups) = (
        update::organisations(activity),
        update::groups(&plan, activity),
    );
    ask.may(Act::RecordUpdate {
        organisations: &organisations,
        groups: &groups,
    })?;
    Ok((slug, (**activity).clone()))
}

fn desk_lede(ask: &Ask) -> (Vec<Link>, String) {
    let me = ask.may(Act::UseDesk);
    let lede = "It takes a minute, and is recorded in your name.";
    (me.map(ways).unwrap_or_default(), lede.to_owned())
}

/// `GET /desk/activities/{slug}/update`.
async fn begin(ask: Ask) -> Result<Response, Fault> {
    let (_, activity) = named(&ask)?;
    form_page(
        &ask,
        &activity,
        desk_lede(&ask),
        Typed::default(),
        Vec::new(),
    )
}

/// `POST /desk/activities/{slug}/update`.
async fn record(ask: Ask) -> Result<Response, Fault> {
    let typed = Typed::read(&ask);
    if ask.signed_in.is_none() && !typed.lines().is_empty() {
        let page = html(&Message {
            shell: ask.shell("You are no longer signed in"),
            ways: Vec::new(),
            words: "Your session has ended. Sign in again, then send the update once more.",
            link: Link::new(format!("/sign-in?next={}", ask.path), "Sign in"),
            typed: typed.lines(),
        })?;
        return Ok((StatusCode::UNAUTHORIZED, page).into_response());
    }
    let (slug, activity) = named(&ask)?;
    let me = ask.may(Act::UseDesk)?;
    let update = match typed.check(ask.today()) {
        Ok(update) => update,
        Err(errors) => return form_page(&ask, &activity, desk_lede(&ask), typed, errors),
    };
    let make = |history: &History| draft(history, &slug, me, &update);
    match commit(&ask, make, Spend::Nothing).await? {
        Commit::Refused(refusal) => {
            let errors = refused(&refusal);
            form_page(&ask, &activity, desk_lede(&ask), typed, errors)
        }
        Commit::Done | Commit::Spent => Ok(see_other("/desk/updates")),
    }
}
