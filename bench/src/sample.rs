//! A made-up region of any size, and a long past for it. The same on every run.

use dfg_plan::{
    Change, Draft, Key, Kind, Plan, Record, Sealed, Slug,
    change::Action,
    entry::Head,
    record::{Confidence, Trend},
};
use jiff::{
    Span, Timestamp,
    civil::{Date, date},
    tz::TimeZone,
};
use serde_json::{Value, json};

/// The first and the last day of the past.
pub const PERIOD: (Date, Date) = (date(2016, 1, 4), date(2025, 12, 31));

const THEMES: [&str; 4] = ["data", "connectivity", "enterprise", "workforce"];
const AREAS: usize = 12;
const OBJECTIVES: usize = 24;
const INDICATORS: usize = 40;
const WORDS: [&str; 48] = [
    "access",
    "board",
    "bridge",
    "cable",
    "centre",
    "coast",
    "college",
    "community",
    "council",
    "course",
    "data",
    "design",
    "digital",
    "district",
    "energy",
    "factory",
    "farm",
    "fibre",
    "firm",
    "growth",
    "harbour",
    "health",
    "home",
    "industry",
    "learning",
    "library",
    "market",
    "mobile",
    "network",
    "office",
    "open",
    "partner",
    "people",
    "pilot",
    "port",
    "programme",
    "rural",
    "school",
    "sensor",
    "service",
    "shared",
    "skills",
    "station",
    "street",
    "support",
    "town",
    "village",
    "work",
];

/// Numbers that look random and are the same on every run (`SplitMix64`).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap_or_default()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// A sentence of some words.
    fn sentence(&mut self, words: usize) -> String {
        let mut text = (0..words)
            .map(|_| self.pick(&WORDS))
            .collect::<Vec<_>>()
            .join(" ");
        text[..1].make_ascii_uppercase();
        text
    }

    /// A day of the period.
    pub fn day(&mut self) -> Date {
        let days = self.below(days_of_period());
        after_start(days)
    }
}

fn days_of_period() -> usize {
    let span = PERIOD.1.since(PERIOD.0).map(|span| span.get_days());
    usize::try_from(span.unwrap_or_default()).unwrap_or_default()
}

fn after_start(days: usize) -> Date {
    let days = i64::try_from(days).unwrap_or_default();
    PERIOD.0.saturating_add(Span::new().days(days))
}

/// A plan of `count` records (at least 8,000) of every kind, which breaks no rule.
pub fn plan(count: usize) -> anyhow::Result<Plan> {
    let mut maker = Maker {
        dice: Dice::new(1),
        plan: Plan::default(),
    };
    maker.frame()?;
    maker.people(count * 15 / 100)?;
    maker.figures(count / 5)?;
    maker.pipeline(count * 35 / 100, count * 8 / 100)?;
    let decided = count * 3 / 100;
    maker.decisions(decided)?;
    maker.milestones(count.saturating_sub(maker.plan.len()))?;
    Ok(maker.plan)
}

struct Maker {
    dice: Dice,
    plan: Plan,
}

impl Maker {
    fn add(&mut self, kind: Kind, slug: &str, record: Value) -> anyhow::Result<()> {
        let record = Record::from_value(kind, record)?;
        self.plan.insert(Slug::parse(slug)?, record);
        Ok(())
    }

    fn source(&mut self) -> Value {
        let (title, number) = (self.dice.sentence(4), self.dice.below(100_000));
        json!([{
            "title": title,
            "publisher": "Office of Examples",
            "url": format!("https://news.example/articles/{number}"),
            "date": self.dice.day(),
        }])
    }

    /// The region, its areas, the strategy, the themes, their objectives and the groups.
    fn frame(&mut self) -> anyhow::Result<()> {
        let text = (0..20)
            .map(|_| self.dice.sentence(60))
            .collect::<Vec<_>>()
            .join(".\n\n");
        self.add(
            Kind::Region,
            "region",
            json!({ "name": "Exampleshire", "title": "Digital for Growth", "headline": "Exampleshire at scale" }),
        )?;
        self.add(
            Kind::Strategy,
            "strategy",
            json!({ "title": "A large strategy", "vision": "Everybody takes part.", "body": text }),
        )?;
        for number in 0..AREAS {
            let name = format!("Area {number}");
            self.add(
                Kind::Area,
                &area(number),
                json!({ "name": name, "level": "local-authority" }),
            )?;
        }
        for (order, theme) in (1..).zip(THEMES) {
            let promise = self.dice.sentence(12);
            let record = json!({ "title": format!("The {theme} theme"), "promise": promise, "colour": "#12436d", "order": order });
            self.add(Kind::Theme, theme, record)?;
            let purpose = self.dice.sentence(12);
            let record = json!({ "name": format!("The {theme} group"), "kind": "delivery", "theme": theme, "purpose": purpose });
            self.add(Kind::Group, theme, record)?;
        }
        self.add(
            Kind::Group,
            "steering",
            json!({ "name": "The steering group", "kind": "steering" }),
        )?;
        for number in 0..OBJECTIVES {
            let record = json!({ "title": self.dice.sentence(6), "theme": theme(number), "order": 1 + number / THEMES.len() });
            self.add(Kind::Objective, &objective(number), record)?;
        }
        Ok(())
    }

    /// As many organisations, and as many ties between them.
    fn people(&mut self, count: usize) -> anyhow::Result<()> {
        let kinds = ["company", "network", "college", "charity", "public-body"];
        for number in 0..count {
            let record = json!({
                "name": format!("{} {number}", self.dice.sentence(2)),
                "kind": self.dice.pick(&kinds),
                "area": area(self.dice.below(AREAS)),
                "themes": [theme(number)],
                "specialisms": [self.dice.sentence(2)],
                "website": format!("https://organisation-{number}.example"),
                "sources": self.source(),
            });
            self.add(Kind::Organisation, &organisation(number), record)?;
        }
        for number in 0..count {
            let to = (number + 1 + self.dice.below(count - 2)) % count;
            let (from, to) = (organisation(number), organisation(to));
            let record = json!({ "from": from, "to": to, "kind": "collaborates", "about": self.dice.sentence(5) });
            self.add(
                Kind::Relationship,
                &format!("{from}.collaborates.{to}"),
                record,
            )?;
        }
        Ok(())
    }

    /// The indicators, with `count` observations between them.
    fn figures(&mut self, count: usize) -> anyhow::Result<()> {
        for number in 0..INDICATORS {
            let name = indicator(number);
            let record = json!({
                "title": self.dice.sentence(5),
                "meaning": self.dice.sentence(14),
                "unit": "%",
                "theme": theme(number),
                "baseline": { "period": "2015", "value": "40" },
                "target": { "period": "2030", "value": "90" },
            });
            self.add(Kind::Indicator, &name, record)?;
            for month in 0..count / INDICATORS {
                let period = format!("{}-{:02}", 2016 + month / 12, 1 + month % 12);
                let value = format!("{}.{}", 30 + self.dice.below(60), self.dice.below(10));
                let record = json!({
                    "indicator": name, "period": period, "value": value,
                    "sources": [{ "title": "Monthly figures", "date": period }],
                });
                self.add(Kind::Observation, &format!("{name}.{period}"), record)?;
            }
        }
        Ok(())
    }

    fn pipeline(&mut self, activities: usize, signals: usize) -> anyhow::Result<()> {
        let organisations = self.plan.organisations.len();
        for number in 0..signals {
            let record = json!({
                "title": self.dice.sentence(6),
                "kind": self.dice.pick(&["opportunity", "challenge"]),
                "theme": theme(number),
                "summary": self.dice.sentence(20),
                "seen": self.dice.day(),
                "areas": [area(number % AREAS)],
                "indicators": [indicator(number % INDICATORS)],
                "response": { "kind": "answered" },
                "sources": self.source(),
            });
            self.add(Kind::Signal, &signal(number), record)?;
        }
        for number in 0..activities {
            let announced = self.dice.day();
            let leads = self.dice.below(organisations);
            let mut record = json!({
                "title": format!("{} {number}", self.dice.sentence(4)),
                "theme": theme(number),
                "summary": self.dice.sentence(24),
                "stage": "delivering",
                "objectives": [objective(number % OBJECTIVES)],
                "owners": [
                    { "organisation": organisation(leads), "part": "leads" },
                    { "organisation": organisation((leads + 1) % organisations), "part": "funds", "pence": 100_000 * (1 + self.dice.below(50_000)) },
                ],
                "areas": [area(number % AREAS)],
                "start": "2024",
                "end": "2027-03",
                "funding_pence": 100_000 * (1 + self.dice.below(90_000)),
                "outputs": [self.dice.sentence(7)],
                "moves": [indicator(number % INDICATORS)],
                "confidence": "green",
                "events": [
                    { "date": announced, "what": "announced" },
                    { "date": PERIOD.1.min(announced.saturating_add(Span::new().days(90))), "what": "started" },
                ],
                "sources": self.source(),
                "body": self.dice.sentence(40),
            });
            if number < signals {
                record["answers"] = json!([signal(number)]);
            }
            if number % 5 == 4 {
                record["depends_on"] = json!([activity(number - 4)]);
            }
            self.add(Kind::Activity, &activity(number), record)?;
        }
        Ok(())
    }

    fn decisions(&mut self, count: usize) -> anyhow::Result<()> {
        for number in 0..count {
            let record = json!({
                "title": self.dice.sentence(6),
                "date": self.dice.day(),
                "group": "steering",
                "theme": theme(number),
                "activities": [activity(number * 7)],
                "reason": self.dice.sentence(16),
                "effect": self.dice.sentence(12),
                "sources": self.source(),
            });
            self.add(Kind::Decision, &format!("decision-{number:05}"), record)?;
        }
        Ok(())
    }

    fn milestones(&mut self, count: usize) -> anyhow::Result<()> {
        for number in 0..count {
            let record = json!({
                "date": self.dice.day(),
                "what": self.dice.sentence(9),
                "theme": theme(number),
                "activities": [activity(number * 3)],
                "sources": self.source(),
            });
            self.add(Kind::Milestone, &format!("milestone-{number:05}"), record)?;
        }
        Ok(())
    }
}

fn theme(number: usize) -> &'static str {
    THEMES[number % THEMES.len()]
}

fn area(number: usize) -> String {
    format!("area-{number:02}")
}

fn objective(number: usize) -> String {
    format!("objective-{number:02}")
}

fn indicator(number: usize) -> String {
    format!("indicator-{number:02}")
}

fn organisation(number: usize) -> String {
    format!("organisation-{number:05}")
}

fn signal(number: usize) -> String {
    format!("signal-{number:05}")
}

fn activity(number: usize) -> String {
    format!("activity-{number:05}")
}

/// A ledger of `count` entries over the period, which add up to a plan of the same records: the
/// first tenth of the entries add them, the others change one each, and every tenth of those tells
/// of up to a month before.
pub fn ledger(plan: &Plan, count: usize) -> anyhow::Result<Vec<Sealed>> {
    let mut dice = Dice::new(2);
    let adding = count / 10;
    let records: Vec<Change> = plan
        .iter()
        .map(|(key, record)| Change::add(key.slug, record))
        .collect();
    let mut parts = records.chunks(records.len().div_ceil(adding));
    let keys: Vec<Key> = plan.iter().map(|(key, _)| key).collect();
    let keys_of = |kind| -> Vec<&Key> { keys.iter().filter(|key| key.kind == kind).collect() };
    let (activities, organisations) = (keys_of(Kind::Activity), keys_of(Kind::Organisation));
    let (signals, observations) = (keys_of(Kind::Signal), keys_of(Kind::Observation));
    let all_added = after_start(days_of_period() * adding / count);
    let mut entries = Vec::with_capacity(count);
    let mut head = Head::EMPTY;
    for place in 0..count {
        let recorded_on = after_start(days_of_period() * place / count);
        let mut true_on = recorded_on;
        let changes = if place < adding {
            parts.next().unwrap_or_default().to_vec()
        } else {
            if place % 10 == 0 {
                let days = i64::try_from(dice.below(30))?;
                true_on = all_added.max(recorded_on.saturating_sub(Span::new().days(days)));
            }
            vec![match place % 10 {
                0..7 => edit_activity(&mut dice, &activities),
                7 => edit(
                    dice.pick(&organisations),
                    json!({ "specialisms": [dice.sentence(3), dice.sentence(2)], "name": dice.sentence(4) }),
                )?,
                8 => edit(dice.pick(&signals), json!({ "summary": dice.sentence(20) }))?,
                _ => edit(
                    dice.pick(&observations),
                    json!({ "value": dice.below(100).to_string(), "status": "revised", "note": dice.sentence(12) }),
                )?,
            }]
        };
        let draft = Draft {
            true_on: Some(true_on),
            actor: "programme lead".to_owned(),
            reason: dice.sentence(12),
            changes,
            ..Draft::default()
        };
        let sealed = draft.seal(head, noon(recorded_on)?, recorded_on);
        head = sealed.head();
        entries.push(sealed);
    }
    Ok(entries)
}

/// What a delivery group reports: where the activity stands, in words and in marks.
fn edit_activity(dice: &mut Dice, activities: &[&Key]) -> Change {
    let mut fields = json!({
        "confidence": dice.pick(Confidence::ALL),
        "trend": dice.pick(Trend::ALL),
        "summary": dice.sentence(18),
    });
    if dice.below(5) == 0 {
        fields["end"] = json!(format!(
            "{}-{:02}",
            2026 + dice.below(4),
            1 + dice.below(12)
        ));
    }
    Change {
        key: dice.pick(activities).clone(),
        on: None,
        action: Action::Set(fields.as_object().cloned().into_iter().flatten().collect()),
    }
}

fn edit(key: &Key, fields: Value) -> anyhow::Result<Change> {
    Ok(Change {
        key: key.clone(),
        on: None,
        action: Action::Set(serde_json::from_value(fields)?),
    })
}

fn noon(day: Date) -> anyhow::Result<Timestamp> {
    Ok(day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC)?.timestamp())
}
