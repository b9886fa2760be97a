//! What somebody types into an update, and reading it.

use dfg_plan::{
    Pence,
    record::{Activity, Confidence, Trend, Update},
    update::{LONGEST, MOST_MILESTONES, MOST_WORDS, count_words},
};
use jiff::civil::Date;

use crate::access::{Ask, FieldError};

/// The longest line of a milestone, in characters.
const LINE: usize = 1_000;

/// The fields as they were typed.
#[derive(Default)]
pub(super) struct Typed {
    pub confidence: String,
    pub trend: String,
    pub text: String,
    pub milestones: String,
    pub spent: String,
}

/// A value to choose.
pub(crate) struct Choice {
    pub value: String,
    pub words: String,
    pub chosen: bool,
}

impl Choice {
    pub fn new(value: impl Into<String>, words: impl Into<String>, chosen: &str) -> Self {
        let value = value.into();
        Self {
            chosen: value == chosen,
            value,
            words: words.into(),
        }
    }
}

impl Typed {
    pub fn read(ask: &Ask) -> Self {
        let field = |name| ask.field(name).replace("\r\n", "\n");
        Self {
            confidence: field("confidence"),
            trend: field("trend"),
            text: field("text"),
            milestones: field("milestones"),
            spent: field("spent"),
        }
    }

    /// All of it, to be given back where it cannot be taken.
    pub fn lines(&self) -> Vec<String> {
        let all = [
            &self.confidence,
            &self.trend,
            &self.text,
            &self.milestones,
            &self.spent,
        ];
        let lines = all.into_iter().flat_map(|text| text.lines());
        let lines = lines.filter(|line| !line.trim().is_empty());
        lines.map(str::to_owned).collect()
    }

    /// The report, or all that is wrong with it.
    pub fn check(&self, today: Date) -> Result<Update, Vec<FieldError>> {
        let mut errors = Vec::new();
        let confidence = Confidence::from_word(&self.confidence);
        if confidence.is_none() {
            let message = "Choose how sure you are of delivery";
            errors.push(FieldError::new("confidence", message));
        }
        let trend = Trend::from_word(&self.trend);
        if trend.is_none() {
            let message = "Choose whether it gets better or worse, or stays the same";
            errors.push(FieldError::new("trend", message));
        }
        let words = count_words(&self.text);
        if words == 0 {
            let message = "Say what has changed; “nothing” will do";
            errors.push(FieldError::new("text", message));
        } else if words > MOST_WORDS || self.text.chars().count() > LONGEST {
            let message = format!("Use at most {MOST_WORDS} words; there are {words}");
            errors.push(FieldError::new("text", &message));
        }
        let milestones: Vec<String> = self
            .milestones
            .lines()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect();
        if milestones.len() > MOST_MILESTONES {
            let message = format!("Name at most {MOST_MILESTONES} milestones");
            errors.push(FieldError::new("milestones", &message));
        }
        if milestones.iter().any(|line| line.chars().count() > LINE) {
            let message = "Use a shorter line for each milestone";
            errors.push(FieldError::new("milestones", message));
        }
        let spent = read_pounds(&self.spent);
        if spent.is_none() && !self.spent.is_empty() {
            let message = "Write the amount in pounds, such as 125,000 or 99.50";
            errors.push(FieldError::new("spent", message));
        }
        match (confidence, errors.is_empty()) {
            (Some(confidence), true) => Ok(Update {
                date: today.into(),
                confidence,
                trend,
                text: Some(self.text.clone()),
                milestones,
                spent_pence: spent,
            }),
            _ => Err(errors),
        }
    }

    pub fn confidences(&self) -> Vec<Choice> {
        [
            (Confidence::Green, "Green: it is on course"),
            (
                Confidence::Amber,
                "Amber: it can be done, but needs attention",
            ),
            (Confidence::Red, "Red: it will not be done without action"),
        ]
        .into_iter()
        .map(|(one, words)| Choice::new(one.word(), words, &self.confidence))
        .collect()
    }

    pub fn trends(&self) -> Vec<Choice> {
        [
            (Trend::Improving, "Getting better"),
            (Trend::Steady, "Much the same"),
            (Trend::Worsening, "Getting worse"),
        ]
        .into_iter()
        .map(|(one, words)| Choice::new(one.word(), words, &self.trend))
        .collect()
    }
}

/// The activity with a report added, in its place by date.
pub(super) fn reported(activity: &Activity, update: &Update) -> Activity {
    let mut activity = activity.clone();
    activity.updates.push(update.clone());
    activity.updates.sort_by_key(|update| update.date);
    if let Some(last) = activity.updates.last() {
        activity.confidence = Some(last.confidence);
        activity.trend = last.trend;
    }
    activity
}

/// `£125,000` or `99.50` in pence.
fn read_pounds(text: &str) -> Option<Pence> {
    let digits: String = text
        .trim()
        .trim_start_matches('£')
        .chars()
        .filter(|c| !matches!(c, ',' | ' '))
        .collect();
    let (pounds, pence) = digits.split_once('.').unwrap_or((&digits, "00"));
    let whole = |text: &str, most: usize| {
        let plain = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| text.parse::<u64>().ok()).flatten()
    };
    let cents = if pence.len() == 2 {
        whole(pence, 2)?
    } else {
        return None;
    };
    Some(Pence(whole(pounds, 12)? * 100 + cents))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pounds_are_read_as_people_write_them() {
        for (text, pence) in [
            ("125,000", Some(12_500_000)),
            ("£125000.50", Some(12_500_050)),
            ("0", Some(0)),
            ("1 000", Some(100_000)),
            ("", None),
            ("£", None),
            ("1.5", None),
            ("-3", None),
            ("2m", None),
            ("9999999999999", None),
        ] {
            assert_eq!(read_pounds(text), pence.map(Pence), "{text}");
        }
    }
}
