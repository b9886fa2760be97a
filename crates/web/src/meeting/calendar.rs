//! Calendars as RFC 5545 has them: of a group for everybody, and of a person by a private address.

use askama::Template;
use axum::{
    http::header,
    response::{IntoResponse as _, Response},
};
use dfg_plan::{Act, Plan, Slug, may};
use dfg_store::Token;
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

use super::seat;
use crate::{
    access::{Ask, desk::ways},
    cx::Link,
    fault::Fault,
    moment::Moment,
    review::group_name,
    route::html,
    shell::Shell,
};

#[derive(Template)]
#[template(path = "meeting/calendar.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    /// The private address, shown once.
    address: String,
    has_one: bool,
    groups: Vec<Link>,
}

/// Something that takes a day.
struct Event {
    uid: String,
    revision: i64,
    date: Date,
    summary: String,
    url: String,
}

/// A line of a calendar: folded so that none has more than 75 octets.
fn push_line(text: &mut String, line: &str) {
    let mut room = 75;
    for character in line.chars() {
        if character.len_utf8() > room {
            text.push_str("\r\n ");
            room = 74;
        }
        text.push(character);
        room -= character.len_utf8();
    }
    text.push_str("\r\n");
}

/// A text as a value: what would end it or begin another is escaped.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.replace("\r\n", "\n").chars() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

fn write(name: &str, events: &[Event], now: Timestamp) -> String {
    let stamp = now
        .to_zoned(TimeZone::UTC)
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string();
    let day = |date: Date| date.strftime("%Y%m%d").to_string();
    let mut text = String::new();
    let mut line = |value: String| push_line(&mut text, &value);
    line("BEGIN:VCALENDAR".to_owned());
    line("VERSION:2.0".to_owned());
    line("PRODID:-//Digital for Growth//dfg//EN".to_owned());
    line(format!("X-WR-CALNAME:{}", escape(name)));
    for event in events {
        line("BEGIN:VEVENT".to_owned());
        line(format!("UID:{}", event.uid));
        line(format!("DTSTAMP:{stamp}"));
        line(format!("SEQUENCE:{}", event.revision - 1));
        line(format!("DTSTART;VALUE=DATE:{}", day(event.date)));
        line(format!(
            "DTEND;VALUE=DATE:{}",
            day(event.date.saturating_add(1.day()))
        ));
        line(format!("SUMMARY:{}", escape(&event.summary)));
        if !event.url.is_empty() {
            line(format!("URL:{}", event.url));
        }
        line("TRANSP:TRANSPARENT".to_owned());
        line("END:VEVENT".to_owned());
    }
    line("END:VCALENDAR".to_owned());
    text
}

fn answer(text: String) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/calendar; charset=utf-8")];
    (kind, text).into_response()
}

/// The host in the names of events, which stay the same for ever.
fn host(ask: &Ask) -> &str {
    let address = &ask.access.address;
    address
        .split_once("://")
        .map_or(address.as_str(), |(_, host)| host)
}

/// The plan that the public sees.
fn public_plan(ask: &Ask) -> Option<Plan> {
    let snapshot = ask.site.snapshot();
    let latest = Moment::latest(&snapshot)?;
    Some(ask.site.view(&snapshot, latest.point).plan.clone())
}

/// `GET /calendar/{group}.ics`: when a group meets. Neither the agenda nor the title is public.
pub(super) async fn of_group(ask: Ask) -> Result<Response, Fault> {
    let text = ask.param("group");
    let missing = || Fault::missing("calendar", text);
    let slug = text
        .strip_suffix(".ics")
        .and_then(|text| Slug::parse(text).ok());
    let slug = slug.ok_or_else(missing)?;
    let plan = public_plan(&ask).ok_or_else(missing)?;
    let group = plan.groups.get(&slug).ok_or_else(missing)?;
    let meetings = ask.access.store.meetings().await?;
    let own = meetings.iter().filter(|kept| kept.meeting.group == slug);
    let events: Vec<Event> = own
        .map(|kept| Event {
            uid: format!("meeting-{}@{}", kept.id, host(&ask)),
            revision: kept.revision,
            date: kept.meeting.date,
            summary: format!("{} meets", group.name),
            url: format!("{}/groups/{slug}", ask.access.address),
        })
        .collect();
    Ok(answer(write(&group.name, &events, ask.now)))
}

/// `GET /calendar/own/{token}`: what a person is to be at, and to do by when.
pub(super) async fn of_person(ask: Ask) -> Result<Response, Fault> {
    let missing = || Fault::missing("calendar", "own");
    let text = ask.param("token");
    let token = text
        .strip_suffix(".ics")
        .and_then(Token::parse)
        .ok_or_else(missing)?;
    let store = &ask.access.store;
    let person = store.calendar_of(&token).await?.ok_or_else(missing)?;
    let plan = ask.plan();
    let (address, host) = (&ask.access.address, host(&ask));
    let mut events = Vec::new();
    for kept in store.meetings().await? {
        let group = seat(&plan, &kept.meeting.group);
        if may(&person.roles, Act::SitInMeeting { group })
            || may(&person.roles, Act::PlanMeeting { group })
        {
            let name = group_name(&plan, &kept.meeting.group);
            events.push(Event {
                uid: format!("own-meeting-{}@{host}", kept.id),
                revision: kept.revision,
                date: kept.meeting.date,
                summary: format!("{}: {name}", kept.meeting.title),
                url: format!("{address}/desk/meetings/{}", kept.id),
            });
        }
    }
    for kept in store.reviews().await? {
        let group = &kept.round.group;
        if may(&person.roles, Act::Score { group }) || may(&person.roles, Act::RunReview { group })
        {
            events.push(Event {
                uid: format!("review-{}@{host}", kept.id),
                revision: kept.revision,
                date: kept.round.closes,
                summary: format!("Review closes: {}", kept.round.title),
                url: format!("{address}/desk/reviews/{}", kept.id),
            });
        }
    }
    for action in store.actions().await? {
        if let (true, None, Some(due)) = (
            action.owner == person.id.as_str(),
            action.done_on,
            action.due,
        ) {
            events.push(Event {
                uid: format!("action-{}@{host}", action.id),
                revision: 1,
                date: due,
                summary: format!("Action due: {}", action.what),
                url: format!("{address}/desk/meetings/{}", action.meeting),
            });
        }
    }
    let name = ask.shell("").site_title;
    Ok(answer(write(&name, &events, ask.now)))
}

async fn page(ask: &Ask, address: String) -> Result<Response, Fault> {
    let me = ask.may(Act::UseDesk)?;
    let groups = public_plan(ask).map(|plan| {
        let links = plan
            .groups
            .iter()
            .map(|(slug, group)| Link::new(format!("/calendar/{slug}.ics"), &*group.name));
        links.collect()
    });
    html(&Page {
        shell: ask.shell("Your calendar"),
        ways: ways(me),
        address,
        has_one: ask.access.store.has_calendar(&me.id).await?,
        groups: groups.unwrap_or_default(),
    })
}

/// `GET /desk/calendar`.
pub(super) async fn show(ask: Ask) -> Result<Response, Fault> {
    page(&ask, String::new()).await
}

/// `POST /desk/calendar`: a new private address, or none any more.
pub(super) async fn issue(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::UseDesk)?;
    let store = &ask.access.store;
    if ask.field("do") == "close" {
        store.close_calendar(&me.id).await?;
        return page(&ask, String::new()).await;
    }
    let token = Token::random()?;
    store.issue_calendar(&me.id, &token, ask.now).await?;
    let address = format!("{}/calendar/own/{}.ics", ask.access.address, token.reveal());
    page(&ask, address).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_at_75_octets_and_never_within_a_character() {
        for text in ["x".repeat(300), "é".repeat(200), "a€😀".repeat(60)] {
            let mut written = String::new();
            push_line(&mut written, &text);
            assert!(written.ends_with("\r\n"));
            for line in written.trim_end_matches("\r\n").split("\r\n") {
                assert!(line.len() <= 75, "{}", line.len());
            }
            assert_eq!(written.trim_end_matches("\r\n").replace("\r\n ", ""), text);
        }
    }

    #[test]
    fn nothing_in_a_title_begins_another_property() {
        let event = Event {
            uid: "meeting-1@strategy.example".to_owned(),
            revision: 2,
            date: jiff::civil::date(2026, 12, 31),
            summary: "A; b, c\\d\r\nATTENDEE:x\nEND:VEVENT\u{7}".to_owned(),
            url: String::new(),
        };
        let text = write("Data", &[event], Timestamp::UNIX_EPOCH);
        assert!(
            text.contains("SUMMARY:A\\; b\\, c\\\\d\\nATTENDEE:x\\nEND:VEVENT\r\n"),
            "{text}"
        );
        assert_eq!(text.matches("\r\nEND:VEVENT\r\n").count(), 1);
        assert!(text.contains("DTSTART;VALUE=DATE:20261231\r\nDTEND;VALUE=DATE:20270101\r\n"));
        assert!(text.contains(
            "UID:meeting-1@strategy.example\r\nDTSTAMP:19700101T000000Z\r\nSEQUENCE:1\r\n"
        ));
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
    }
}
