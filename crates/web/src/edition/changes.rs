//! `GET /changes`: what changed between two points, and why.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use dfg_plan::spell_day;

use super::{
    CompareForm, Comparison, Spot,
    spot::SpotFault,
    telling::{ChapterView, CommonReason, Number, Teller, numbers},
};
use crate::{
    cx::{Cx, Link},
    fault::Fault,
    part::count,
    route::html,
    shell::Shell,
};

#[derive(Template)]
#[template(path = "edition/changes.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    lede: String,
    from: End,
    to: End,
    notices: Vec<String>,
    form: CompareForm,
    numbers: Vec<Number>,
    common: Vec<CommonReason>,
    chapters: Vec<ChapterView>,
    contents: Vec<Link>,
    data_href: String,
}

/// One of the two points.
struct End {
    link: Link,
    date: String,
    datetime: String,
}

#[derive(Template)]
#[template(path = "edition/mistake.html")]
struct Mistake {
    shell: Shell,
    trail: Vec<Link>,
    form: CompareForm,
    faults: Vec<Link>,
}

/// `GET /changes`.
pub(crate) fn show(cx: &Cx) -> Result<Response, Fault> {
    let comparison = match Comparison::read(cx) {
        Ok(comparison) => comparison,
        Err(faults) => return mistake(cx, &faults),
    };
    let story = comparison.story(cx);
    let (from, to) = (&comparison.from, &comparison.to);
    let title = if comparison.is_same() {
        format!("Nothing changed: both points are {}", to.name)
    } else if story.is_empty() {
        format!("Nothing changed between {} and {}", from.name, to.name)
    } else {
        format!(
            "What changed between {} and {}, and why",
            from.name, to.name
        )
    };
    let lede = if comparison.is_same() {
        "Choose two different points to see what changed from one to the other.".to_owned()
    } else {
        story.summary()
    };
    let chapters = Teller::new(cx, &comparison, &story).chapters(&story);
    let contents = story.chapters.iter().zip(&chapters).map(|(told, chapter)| {
        let changes = count(told.items.len(), "change", "changes");
        Link::new(
            format!("#{}", chapter.id),
            format!("{}: {changes}", told.title),
        )
    });
    html(&Page {
        shell: cx.shell(title).described(lede.clone()),
        trail: trail(cx),
        lede,
        from: end(cx, from),
        to: end(cx, to),
        notices: comparison.notices.clone(),
        form: CompareForm::new(cx, &from.text, &to.text),
        numbers: if story.is_empty() {
            Vec::new()
        } else {
            numbers(&story)
        },
        common: Teller::common(&story),
        contents: contents.collect(),
        chapters,
        data_href: cx
            .moment
            .href(&format!("/api/v1/changes?{}", comparison.query())),
    })
}

fn trail(cx: &Cx) -> Vec<Link> {
    vec![
        Link::new(cx.moment.href("/"), "Home"),
        Link::new(cx.moment.href("/editions"), "Editions"),
    ]
}

fn end(cx: &Cx, spot: &Spot) -> End {
    let date = spot.point.as_of;
    End {
        link: match spot.edition {
            Some(id) => Link::new(
                cx.moment.href(&format!("/editions/{id}")),
                spot.name.clone(),
            ),
            None => Link::new("", "the plan"),
        },
        date: spell_day(date),
        datetime: date.to_string(),
    }
}

/// The form again, with what was typed and what is wrong with it.
fn mistake(cx: &Cx, faults: &[SpotFault]) -> Result<Response, Fault> {
    let typed = |name: &str| -> String {
        let text = cx.query.get(name).unwrap_or_default();
        text.chars().take(100).collect()
    };
    let told = |field: &str| {
        let fault = faults.iter().find(|fault| fault.field == field);
        fault.map(|fault| fault.message.clone())
    };
    let status = if faults.iter().all(|fault| fault.unknown) {
        StatusCode::NOT_FOUND
    } else {
        StatusCode::BAD_REQUEST
    };
    let page = Mistake {
        shell: cx.shell("These two points cannot be compared"),
        trail: trail(cx),
        form: CompareForm {
            from_fault: told("from"),
            to_fault: told("to"),
            ..CompareForm::new(cx, &typed("from"), &typed("to"))
        },
        faults: faults
            .iter()
            .map(|fault| Link::new(format!("#{}", fault.field), fault.message.clone()))
            .collect(),
    };
    Ok((status, html(&page)?).into_response())
}
