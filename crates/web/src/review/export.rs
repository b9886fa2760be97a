//! A closed round as tables and as JSON: all that the pages show, and every score.

use axum::{
    http::header,
    response::{IntoResponse as _, Response},
};
use serde_json::json;

use super::results::{Closed, spell_hold, spell_why};
use crate::{access::Ask, download::neutralise, fault::Fault};

fn csv(name: &str, rows: Vec<Vec<String>>) -> Response {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        // Writing to memory cannot fail; what could not be written is left out.
        let _ = writer.write_record(row.iter().map(|text| neutralise(text).into_owned()));
    }
    attach(
        name,
        "text/csv; charset=utf-8",
        writer.into_inner().unwrap_or_default(),
    )
}

fn attach(name: &str, kind: &'static str, body: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, body).into_response()
}

/// `GET /desk/reviews/{id}/results.csv`: a row an activity.
pub(super) async fn results(ask: Ask) -> Result<Response, Fault> {
    let closed = Closed::of(&ask).await?;
    let round = &closed.round;
    let criteria = &round.kept.round.criteria;
    let mut heading: Vec<String> = [
        "activity",
        "title",
        "rank",
        "rank_low",
        "rank_high",
        "hold",
        "total",
        "moved_most_by",
        "disagreement",
        "recommendation",
        "reason",
        "decision",
    ]
    .map(str::to_owned)
    .to_vec();
    for one in criteria {
        for word in ["mean", "deviation", "scores", "abstained"] {
            heading.push(format!("{} ({word})", one.title));
        }
    }
    let mut rows = vec![heading];
    for outcome in closed.ranked() {
        let standing = outcome.standing.as_ref();
        let number =
            |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.4}"));
        let advice = closed.recommended(outcome);
        let mover = standing.and_then(|found| criteria.get(found.mover?));
        let mut row = vec![
            outcome.activity.to_string(),
            round.title_of(&outcome.activity),
            standing.map_or_else(String::new, |found| found.rank.to_string()),
            standing.map_or_else(String::new, |found| found.interval.low.to_string()),
            standing.map_or_else(String::new, |found| found.interval.high.to_string()),
            standing
                .map_or("", |found| spell_hold(found.interval.hold))
                .to_owned(),
            number(standing.map(|found| found.total)),
            mover.map_or_else(String::new, |one| one.title.clone()),
            if outcome.disagreement { "yes" } else { "no" }.to_owned(),
            advice.map_or("", |one| one.advice.word()).to_owned(),
            advice.map_or_else(String::new, |one| one.reason.clone()),
            advice
                .and_then(|one| one.decision.as_ref())
                .map_or_else(String::new, ToString::to_string),
        ];
        for cell in &outcome.cells {
            row.extend([
                number(cell.mean),
                number(cell.deviation),
                cell.scores.to_string(),
                cell.abstained.to_string(),
            ]);
        }
        rows.push(row);
    }
    Ok(csv("results.csv", rows))
}

/// `GET /desk/reviews/{id}/scores.csv`: a row a score, counted or not, and a row for each that is
/// missing.
pub(super) async fn scores(ask: Ask) -> Result<Response, Fault> {
    let closed = Closed::of(&ask).await?;
    let round = &closed.round;
    let heading = [
        "member",
        "activity",
        "criterion",
        "points",
        "reason",
        "given_on",
        "set_aside",
    ];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for score in &closed.scores {
        let mut aside = closed.results.set_aside.iter();
        let aside = aside.find(|one| one.score == *score);
        rows.push(vec![
            round.name(&score.member),
            score.activity.to_string(),
            score.criterion.to_string(),
            score
                .points
                .map_or("abstains".to_owned(), |points| points.to_string()),
            score.reason.clone(),
            score.on.to_string(),
            aside.map_or_else(String::new, |one| spell_why(&one.why)),
        ]);
    }
    for one in &closed.results.missing {
        for criterion in &one.criteria {
            rows.push(vec![
                round.name(&one.member),
                one.activity.to_string(),
                criterion.to_string(),
                String::new(),
                String::new(),
                String::new(),
                "missing".to_owned(),
            ]);
        }
    }
    Ok(csv("scores.csv", rows))
}

/// `GET /desk/reviews/{id}/results.json`: with it the results can be worked out again.
pub(super) async fn whole(ask: Ask) -> Result<Response, Fault> {
    let closed = Closed::of(&ask).await?;
    let round = &closed.round;
    let members: Vec<_> = round
        .members
        .iter()
        .map(|one| json!({ "id": one.id, "name": round.name(&one.id) }))
        .collect();
    let advice: Vec<_> = closed
        .advice
        .iter()
        .map(|one| {
            json!({ "activity": one.activity, "advice": one.advice, "reason": one.reason, "decision": one.decision })
        })
        .collect();
    let answers: Vec<_> = ask
        .access
        .store
        .answers(round.kept.id, None)
        .await?
        .into_iter()
        .map(|(member, question, text)| json!({ "member": member, "question": question, "text": text }))
        .collect();
    let body = json!({
        "round": round.kept.round,
        "members": members,
        "interests": round.interests,
        "scores": closed.scores,
        "results": *closed.results,
        "recommendations": advice,
        "answers": answers,
    });
    let text = serde_json::to_vec_pretty(&body).map_err(askama::Error::custom)?;
    Ok(attach("results.json", "application/json", text))
}
