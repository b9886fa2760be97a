//! What is told to the person who raised a signal: on the private page, and by e-mail once each.

use dfg_plan::{
    Plan,
    record::{Response, ResponseKind},
    spell_date, spell_day,
};
use dfg_store::{
    StoreError,
    voice::{News, Raised, Standing},
};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use super::{KEEPING, KEPT_AFTER, KEPT_AT_MOST};
use crate::access::{Access, Letter};

/// Where a signal stands, in words for the person who raised it.
pub(super) struct Told {
    pub title: &'static str,
    pub words: String,
    pub reason: String,
    /// One word by which news are told apart.
    word: String,
    is_last: bool,
}

pub(super) fn spell_when(at: Timestamp) -> String {
    spell_day(at.to_zoned(TimeZone::UTC).date())
}

/// Says where a raised signal stands. The response is told as soon as it is recorded: whoever
/// raised the signal need not wait for the edition. Records that are not published are not named.
pub(super) fn tell(raised: &Raised, plan: &Plan) -> Told {
    let told = |title, word: &str, words: &str, is_last| Told {
        title,
        words: words.to_owned(),
        reason: String::new(),
        word: word.to_owned(),
        is_last,
    };
    let signal = match &raised.standing {
        Standing::Waiting => {
            let words = "Thank you. Somebody will read it, and you can see here what comes of it.";
            return told("Your signal waits to be read", "waiting", words, false);
        }
        Standing::TurnedAway { reason } => {
            let words = "It does not become part of the plan. This is why:";
            let mut told = told("Your signal was turned away", "turned-away", words, true);
            told.reason.clone_from(reason);
            return told;
        }
        Standing::LetIn { signal } => signal,
    };
    let slug = plan
        .renamed(dfg_plan::Kind::Signal, signal.as_str())
        .unwrap_or_else(|| signal.clone());
    let is_named = plan
        .activities
        .values()
        .any(|one| one.answers.contains(&slug));
    let response = plan
        .signals
        .get(&slug)
        .and_then(|one| one.response.as_ref());
    match response {
        None if is_named => {
            let words = "An activity in the pipeline answers it.";
            told("Your signal is answered", "answered", words, true)
        }
        None => {
            let words = "It is in the plan, and is public once the next edition is published. A \
                response is still to come.";
            told("Your signal is in the plan", "let-in", words, false)
        }
        Some(response) => responded(response, told),
    }
}

fn responded(response: &Response, told: impl Fn(&'static str, &str, &str, bool) -> Told) -> Told {
    let mut told = match (response.kind, response.proposal, response.until) {
        (ResponseKind::Answered, Some(number), _) => {
            let words = "A proposal takes it up, and waits for a decision.";
            let word = format!("proposal {number}");
            told("Your signal is taken up", &word, words, false)
        }
        (ResponseKind::Answered, ..) => {
            let words = "An activity in the pipeline answers it.";
            told("Your signal is answered", "answered", words, true)
        }
        (ResponseKind::Watched, _, until) => {
            let until = until.map(spell_date).unwrap_or_default();
            let words = format!("It is watched until {until}, and then looked at again.");
            let word = format!("watched until {until}");
            told("Your signal is watched", &word, &words, false)
        }
        (ResponseKind::Closed, ..) => {
            let words = "It is closed. This is why:";
            told("Your signal is closed", "closed", words, true)
        }
    };
    told.reason = response.reason.clone().unwrap_or_default();
    told
}

/// Writes to everybody whose signal has news and who left an address; how many letters. Of
/// several servers one writes.
pub async fn tell_news(access: &Access, plan: &Plan) -> Result<usize, StoreError> {
    let now = (access.clock)();
    let title = plan.region().map(|region| region.title.clone());
    let title = title.unwrap_or_else(|| "the strategy".to_owned());
    let mut letters = 0;
    for raised in access.store.raised_signals().await? {
        let told = tell(&raised, plan);
        let news = News {
            id: raised.id,
            word: &told.word,
            is_last: told.is_last,
        };
        if !access.store.claim_news(news, now).await? {
            continue;
        }
        let Some(to) = raised.email else { continue };
        let reason = if told.reason.is_empty() {
            String::new()
        } else {
            format!("\n\n{}", told.reason)
        };
        let keeping = if told.is_last { KEEPING } else { "" };
        access.mail.send(Letter {
            to,
            subject: format!("{}: {title}", told.title),
            text: format!(
                "{}. {}{reason}\n\nSee more with the link that we sent when you raised the signal \
                 on {}. {keeping}\n",
                told.title,
                told.words,
                spell_when(raised.raised_at)
            ),
        });
        letters += 1;
    }
    Ok(letters)
}

/// Erases the words and addresses of strangers whose time is over; of how many.
pub async fn erase_old(access: &Access) -> Result<u64, StoreError> {
    let now = (access.clock)();
    let ago = |days: i64| {
        now.checked_sub((days * 24).hours())
            .unwrap_or(Timestamp::MIN)
    };
    let (done, raised) = (ago(KEPT_AFTER), ago(KEPT_AT_MOST));
    access.store.erase_raised(done, raised, now).await
}
