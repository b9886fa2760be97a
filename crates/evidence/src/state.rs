//! The evidence as the site shows it: one value in memory, made anew when something changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use dfg_plan::{
    Plan, Slug,
    evidence::{Closed, Look, Raised, Register, SignalRules, fire, overdue, settle},
    record::Dataset,
};
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{
    boundary::{self, Boundaries},
    fetch::Allowed,
    figures::{self, Figures, Tables, compute},
    hash,
    index::{self, IndexStanding},
    job::{Answer, Job, Limits, Query, QueryJob, SqlFault, Table},
    postcode::{self, Postcodes},
    refresh::Refresher,
    register::{self, Neighbours},
    runner::{Engine, EngineError},
    shelf::{Shelf, ShelfError},
    standing::{Areas, Standing, stand},
    vintage::Journal,
};

/// The file of the signals.
const SIGNALS: &str = "signals.json";
/// Closed signals that are kept.
const MOST_CLOSED: usize = 500;

/// The largest file that is fetched, in bytes.
const LARGEST: u64 = 8 << 30;

/// The evidence of a region: what is kept, what reads it, and what the site shows of it.
#[derive(Debug)]
pub struct Evidence {
    shelf: Shelf,
    engine: Engine,
    state: RwLock<Arc<State>>,
    /// Held while an open query runs: they take turns, so that they cannot fill the machine.
    asking: Mutex<()>,
}

/// What is known at one time.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The copies of each dataset.
    pub journals: BTreeMap<Slug, Journal>,
    /// How each indicator stands that has figures.
    pub standings: BTreeMap<Slug, Standing>,
    /// How each index stands.
    pub indices: BTreeMap<Slug, Arc<IndexStanding>>,
    /// The signals that evidence raised.
    pub signals: Signals,
    /// The boundaries of the region's areas, where a dataset has them.
    pub boundaries: Boundaries,
    /// The areas that are known, where a dataset has them.
    pub register: Register,
    /// The areas most alike to the region's own.
    pub neighbours: Neighbours,
    /// Where postcodes lie.
    pub postcodes: Postcodes,
    /// The hash of all of it, for pages that are kept.
    pub key: String,
}

/// The signals that evidence raised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signals {
    /// Those that hold, in order of key.
    pub open: Vec<Raised>,
    /// Those that ended, the latest first.
    pub closed: Vec<Closed>,
}

/// What the SQL of an indicator gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The indicator.
    pub indicator: Slug,
    /// Its SQL.
    pub sql: String,
    /// How many readings, or what is wrong.
    pub outcome: Result<usize, String>,
    /// What is to be said of the boundaries on which they stand.
    pub warnings: Vec<String>,
}

/// Why the evidence cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The folder.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Why an open query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// What is wrong with it.
    #[error("{0}")]
    Sql(SqlFault),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Too many ask at once.
    #[error("somebody else’s query is running: try again in a few seconds")]
    Busy,
}

impl Evidence {
    /// The evidence in a folder, read by an engine.
    pub fn open(shelf: Shelf, engine: Engine) -> Self {
        Self {
            shelf,
            engine,
            state: RwLock::default(),
            asking: Mutex::new(()),
        }
    }

    /// The folder.
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What is shown.
    pub fn state(&self) -> Arc<State> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Computes what has changed and shows it from now on. Says how many indicators were computed.
    ///
    /// Where the engine is missing, what was computed before is shown.
    pub fn bring_up_to_date(&self, plan: &Plan, now: Timestamp) -> Result<usize, EvidenceError> {
        self.make_state(plan, now, true)
    }

    /// Shows what was computed before, and computes nothing: for a server that begins.
    pub fn show_kept(&self, plan: &Plan, now: Timestamp) -> Result<(), EvidenceError> {
        self.make_state(plan, now, false).map(drop)
    }

    fn make_state(
        &self,
        plan: &Plan,
        now: Timestamp,
        computes: bool,
    ) -> Result<usize, EvidenceError> {
        let journals = figures::journals(plan, &self.shelf)?;
        let tables = Tables {
            plan,
            journals: &journals,
            shelf: &self.shelf,
        };
        let mut all: BTreeMap<Slug, Figures> = BTreeMap::new();
        let mut stale = Vec::new();
        let mut unread = BTreeSet::new();
        for (slug, indicator) in &plan.indicators {
            let Some(wanted) = tables.wanted(slug, indicator) else {
                continue;
            };
            match self.shelf.figures(slug)? {
                Some(kept) if kept.input == wanted.input && !kept.may_be_tried_again(now) => {
                    all.insert(slug.clone(), kept);
                }
                _ if !wanted.missing.is_empty() => {
                    unread.insert(slug.clone());
                }
                kept => {
                    stale.push(wanted);
                    if let Some(kept) = kept {
                        all.insert(slug.clone(), kept);
                    }
                }
            }
        }
        let computed = if stale.is_empty() || !computes {
            Vec::new()
        } else {
            match compute(&tables, &self.engine, &stale, now) {
                Ok(computed) => computed,
                Err(EngineError::Missing(_)) => Vec::new(),
                Err(cause) => return Err(cause.into()),
            }
        };
        let count = computed.len();
        for (slug, figures) in computed {
            if figures.fault.is_some() {
                unread.insert(slug.clone());
            }
            self.shelf.keep_figures(&slug, &figures)?;
            all.insert(slug, figures);
        }
        let mut areas = Areas::of(plan);
        let register = register::find(&tables, &self.engine)?;
        let own: Vec<&str> = areas.codes().collect();
        let neighbours = register::find_neighbours(&tables, &self.engine, own)?;
        let boundaries = boundary::find(&tables, &self.engine, &areas)?;
        let postcodes = postcode::find(&tables, &self.engine, &areas)?;
        let made_of = [
            register.input,
            neighbours.input,
            boundaries.input,
            postcodes.input,
        ];
        areas.register = register.value;
        areas.neighbours = neighbours.value;
        let standings: BTreeMap<Slug, Standing> = plan
            .indicators
            .keys()
            .filter_map(|slug| Some((slug.clone(), stand(plan, &areas, slug, all.get(slug))?)))
            .collect();
        let of = index::Inputs {
            plan,
            areas: &areas,
            figures: &all,
            standings: &standings,
        };
        let indices = index::stand(&of, &self.state().indices);
        let signals = self.settle(plan, &standings, &journals, &unread, now)?;
        let inputs: Vec<(&Slug, &String)> =
            all.iter().map(|(slug, one)| (slug, &one.input)).collect();
        let key = hash::of_value(&(inputs, &journals, &signals, made_of));
        let state = Arc::new(State {
            journals,
            standings,
            indices,
            signals,
            boundaries: boundaries.value,
            postcodes: postcodes.value,
            register: areas.register,
            neighbours: areas.neighbours,
            key,
        });
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
        Ok(count)
    }

    /// Raises and closes signals.
    fn settle(
        &self,
        plan: &Plan,
        standings: &BTreeMap<Slug, Standing>,
        journals: &BTreeMap<Slug, Journal>,
        unread: &BTreeSet<Slug>,
        now: Timestamp,
    ) -> Result<Signals, ShelfError> {
        let today = now.to_zoned(TimeZone::UTC).date();
        let rules = plan.region().and_then(|region| region.signal_rules.clone());
        let rules: SignalRules = rules.unwrap_or_default();
        // Targets and gaps are the region's own; of its parts only what changed there is told.
        let for_parts = SignalRules {
            off_trajectory: false,
            gap_widening: None,
            met_early: false,
            revision: false,
            ..rules.clone()
        };
        let mut firing = Vec::new();
        for (slug, standing) in standings {
            let (Some(indicator), Some(lineage)) =
                (plan.indicators.get(slug), standing.figures.as_ref())
            else {
                continue;
            };
            let whole = standing.region.iter().map(|place| (place, &rules));
            let parts = standing.parts.iter().map(|place| (place, &for_parts));
            for (place, rules) in whole.chain(parts) {
                firing.extend(fire(
                    rules,
                    Look {
                        slug,
                        indicator,
                        area: &place.code,
                        area_name: &place.spoken,
                        assessment: &place.assessment,
                        revisions: &standing.revisions,
                        lineage: &lineage.hashes,
                    },
                ));
            }
            for input in &lineage.inputs {
                let dataset = plan.datasets.get(&input.dataset);
                let due = dataset.and_then(|dataset| Some((dataset, dataset.next_release?)));
                let Some((dataset, due)) = due else { continue };
                let since = journals.get(&input.dataset).and_then(Journal::current);
                let arrived = since.is_some_and(|vintage| {
                    vintage.retrieved.to_zoned(TimeZone::UTC).date() >= due.first()
                });
                if !arrived {
                    let source = (&input.dataset, dataset.title.as_str());
                    firing.extend(overdue(&rules, slug, source, due, today, &lineage.hashes));
                }
            }
        }
        let kept: Signals = self.shelf.value(SIGNALS)?.unwrap_or_default();
        let turn = settle(&kept.open, &firing, unread, today);
        let mut open: Vec<Raised> = turn.going_on.into_iter().chain(turn.new).collect();
        open.sort_by(|one, other| one.key.cmp(&other.key));
        let mut closed = turn.closed;
        closed.extend(kept.closed.iter().cloned());
        closed.truncate(MOST_CLOSED);
        let signals = Signals { open, closed };
        if signals != kept {
            self.shelf.keep_value(SIGNALS, &signals)?;
        }
        Ok(signals)
    }

    /// Runs the SQL of every indicator, and keeps nothing: for each what it gives, or what is wrong.
    pub fn check(&self, plan: &Plan, now: Timestamp) -> Result<Vec<Checked>, EvidenceError> {
        let journals = figures::journals(plan, &self.shelf)?;
        let tables = Tables {
            plan,
            journals: &journals,
            shelf: &self.shelf,
        };
        let with_sql = plan.indicators.iter();
        let wanted = with_sql.filter_map(|(slug, indicator)| tables.wanted(slug, indicator));
        let (ready, lacking): (Vec<_>, Vec<_>) = wanted.partition(|one| one.missing.is_empty());
        let computed = compute(&tables, &self.engine, &ready, now)?;
        let register = register::find(&tables, &self.engine)?.value;
        let mut checked: Vec<Checked> = computed
            .into_iter()
            .map(|(indicator, figures)| Checked::of(plan, &register, indicator, figures))
            .collect();
        checked.extend(lacking.into_iter().map(|one| {
            let names: Vec<&str> = one.missing.iter().map(Slug::as_str).collect();
            Checked {
                indicator: one.slug,
                sql: one.sql,
                outcome: Err(format!("no vintage yet of {}", names.join(", "))),
                warnings: Vec::new(),
            }
        }));
        checked.sort_by(|one, other| one.indicator.cmp(&other.indicator));
        Ok(checked)
    }

    /// The areas that are known now; empty where no dataset has them.
    pub fn register(&self, plan: &Plan) -> Result<Register, EvidenceError> {
        let journals = figures::journals(plan, &self.shelf)?;
        let tables = Tables {
            plan,
            journals: &journals,
            shelf: &self.shelf,
        };
        Ok(register::find(&tables, &self.engine)?.value)
    }

    /// Refreshes datasets as the plan's region allows.
    pub fn refresher(&self, plan: &Plan, now: Timestamp) -> Result<Refresher<'_>, EvidenceError> {
        let region = plan.region();
        Ok(Refresher {
            shelf: &self.shelf,
            engine: &self.engine,
            allowed: Allowed {
                hosts: region.map_or_else(Vec::new, |region| region.fetch_from.clone()),
                private: false,
                largest: LARGEST,
            },
            areas: self.register(plan)?.codes(),
            now,
        })
    }

    /// What is wrong with the codes of areas that the plan itself names.
    pub fn unknown_areas(&self, plan: &Plan) -> Result<Vec<String>, EvidenceError> {
        Ok(register::unknown_in(plan, &self.register(plan)?))
    }

    /// Answers a query that somebody asks over the tables; waits for its end.
    pub fn ask(&self, plan: &Plan, sql: &str, limits: Limits) -> Result<Table, AskError> {
        let Ok(_turn) = self.asking.try_lock() else {
            return Err(AskError::Busy);
        };
        let journals = self.state().journals.clone();
        let tables = Tables {
            plan,
            journals: &journals,
            shelf: &self.shelf,
        };
        let slugs: Vec<&Slug> = plan.datasets.keys().collect();
        let job = Job::Query(QueryJob {
            tables: tables.files(&slugs),
            queries: vec![Query {
                name: "query".to_owned(),
                sql: sql.to_owned(),
            }],
            limits,
        });
        match self.engine.run(&job)? {
            Answer::Query { answers, .. } => match answers.into_iter().next() {
                Some(answer) => answer.outcome.map_err(AskError::Sql),
                None => Err(EngineError::Failed("the engine gave no answer".to_owned()).into()),
            },
            _ => Err(EngineError::Failed("the engine answered another job".to_owned()).into()),
        }
    }
}

impl Checked {
    fn of(plan: &Plan, register: &Register, indicator: Slug, figures: Figures) -> Self {
        let codes: BTreeSet<&str> = figures.readings.iter().map(|(area, ..)| area).collect();
        let unknown: Vec<&str> = codes
            .iter()
            .copied()
            .filter(|code| register.lacks(code))
            .collect();
        let warnings = register::warnings(plan, register, &figures.inputs, &codes);
        let outcome = match (figures.fault, unknown.as_slice()) {
            (Some(fault), _) => Err(fault),
            (None, []) => Ok(figures.readings.readings().count()),
            (None, [first, rest @ ..]) => Err(match rest.len() {
                0 => format!("“{first}” is the code of no area that is known"),
                more => format!("“{first}” and {more} more are codes of no area that is known"),
            }),
        };
        Self {
            indicator,
            sql: figures.sql,
            outcome,
            warnings,
        }
    }
}

impl State {
    /// The datasets from which an indicator was computed, with their records.
    pub fn inputs<'a>(&self, plan: &'a Plan, slug: &Slug) -> Vec<(Slug, &'a Dataset)> {
        let lineage = self
            .standings
            .get(slug)
            .and_then(|one| one.figures.as_ref());
        let inputs = lineage.map_or(&[][..], |lineage| lineage.inputs.as_slice());
        inputs
            .iter()
            .filter_map(|input| {
                let dataset = plan.datasets.get(&input.dataset)?;
                Some((input.dataset.clone(), dataset.as_ref()))
            })
            .collect()
    }

    /// The open signals on an indicator.
    pub fn signals_on<'a>(&'a self, slug: &'a Slug) -> impl Iterator<Item = &'a Raised> {
        self.signals
            .open
            .iter()
            .filter(move |raised| raised.indicator == *slug)
    }
}
