//! What the server holds: the ledger folded in memory, views of it, and rendered pages.

use std::sync::{Arc, RwLock, atomic::AtomicU64};

use dfg_evidence::{Evidence, State};
use dfg_plan::{Edition, Hash, History, review::results::Results, story::Point};
use dfg_store::{Followed, Store, StoreError};
use jiff::Timestamp;
use quick_cache::sync::Cache;

use crate::{access::Access, cache::PageCache, edition::PreviewCache, view::View};

/// How many different points in time are kept ready to render.
const VIEWS: usize = 24;

/// What the operator sets.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The site's public address without a final slash, for feeds; the region's own where none is
    /// given.
    pub address: Option<String>,
    /// The version that is shown in the API's description.
    pub version: String,
    /// What published sources say; none where the site has no evidence.
    pub evidence: Option<Arc<Evidence>>,
}

/// The site; cheap to clone.
#[derive(Clone)]
pub struct Site(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub settings: Settings,
    pub pages: PageCache,
    pub counters: Counters,
    pub access: Option<Access>,
    pub preview: PreviewCache,
    /// Held while an entry is made: those who make entries here wait for each other instead of
    /// making theirs again and again.
    pub making: tokio::sync::Mutex<()>,
    /// Held while a file that somebody handed over is read: they take turns, so that they cannot fill
    /// the machine.
    pub reading: tokio::sync::Mutex<()>,
    /// Results of reviews, by what they were computed from.
    pub results: Cache<Hash, Arc<Results>>,
    snapshot: RwLock<Arc<Snapshot>>,
    views: Cache<Point, Arc<View>>,
}

/// Numbers for `/metrics`.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub requests: AtomicU64,
    pub cache_hits: AtomicU64,
    pub faults: AtomicU64,
}

/// One state of the ledger, and the edition that the public sees of it.
pub(crate) struct Snapshot {
    pub history: Arc<History>,
    /// Whether the last edition is one that is not published yet.
    pub is_preview: bool,
    pub edition: Option<Published>,
}

/// The edition that is shown, and when it came out.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    pub edition: Edition,
    pub recorded_at: Timestamp,
}

impl Published {
    pub fn point(&self) -> Point {
        Point {
            through: self.edition.through,
            as_of: self.edition.as_of,
        }
    }
}

impl Site {
    /// A site over a ledger, for the public alone: nobody can sign in.
    pub fn new(history: History, settings: Settings) -> Self {
        Self::build(history, settings, None)
    }

    /// A site where people can sign in.
    pub fn with_access(history: History, settings: Settings, access: Access) -> Self {
        Self::build(history, settings, Some(access))
    }

    fn build(history: History, settings: Settings, access: Option<Access>) -> Self {
        Self(Arc::new(Inner {
            access,
            preview: PreviewCache::default(),
            making: tokio::sync::Mutex::new(()),
            reading: tokio::sync::Mutex::new(()),
            settings,
            pages: PageCache::new(),
            counters: Counters::default(),
            snapshot: RwLock::new(Arc::new(Snapshot::of(history))),
            results: Cache::new(VIEWS),
            views: Cache::new(VIEWS),
        }))
    }

    /// Shows a newer state of the ledger from now on.
    ///
    /// Pages of the old state are forgotten only where the edition that the public sees has
    /// changed: anything else in the ledger is invisible to it.
    pub fn replace(&self, history: History) {
        self.show(history, false);
    }

    /// Shows a state of the ledger that this server has just written, unless it shows a later one
    /// already. Whoever wrote it finds it on the next page.
    pub fn advance(&self, history: History) {
        self.show(history, true);
    }

    /// Shows evidence that has changed: pages are made anew.
    pub fn show_new_evidence(&self) {
        self.0.pages.clear();
    }

    /// What published sources say now.
    pub(crate) fn evidence(&self) -> Arc<State> {
        let evidence = self.0.settings.evidence.as_ref();
        evidence.map_or_else(Arc::default, |evidence| evidence.state())
    }

    /// Takes in what others have appended.
    pub(crate) async fn catch_up(&self, store: &Store) -> Result<(), StoreError> {
        let mut history = History::clone(&self.history());
        match store.follow(&mut history).await? {
            Followed::Same => {}
            Followed::Advanced(_) => self.advance(history),
            Followed::Replaced(history) => self.replace(history),
        }
        Ok(())
    }

    fn show(&self, history: History, only_later: bool) {
        let next = Arc::new(Snapshot::of(history));
        let mut current = self
            .0
            .snapshot
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if only_later && next.history.head().seq <= current.history.head().seq {
            return;
        }
        let same_ledger = next
            .history
            .note(current.history.head().seq)
            .map(|note| note.hash)
            == current
                .history
                .note(current.history.head().seq)
                .map(|note| note.hash);
        let edition =
            |snapshot: &Snapshot| snapshot.edition.as_ref().map(|shown| shown.recorded_at);
        let same_editions = next.history.editions().count() == current.history.editions().count();
        if !same_ledger || !same_editions || edition(&next) != edition(&current) {
            self.0.pages.clear();
            self.0.views.clear();
        }
        *current = next;
    }

    /// The end of the ledger that is shown.
    pub fn history(&self) -> Arc<History> {
        Arc::clone(&self.snapshot().history)
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        let current = self
            .0
            .snapshot
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        Arc::clone(&current)
    }

    /// The plan at a point, ready to render.
    pub(crate) fn view(&self, snapshot: &Snapshot, point: Point) -> Arc<View> {
        if let Some(view) = self.0.views.get(&point) {
            return view;
        }
        let plan = snapshot.history.plan_at(point.through, point.as_of);
        let view = Arc::new(View::new(plan, point));
        self.0.views.insert(point, Arc::clone(&view));
        view
    }
}

impl Snapshot {
    /// Whether the public may see an edition: one published here, or one that is reconstructed
    /// from entries which the latest edition includes.
    pub fn shows(&self, edition: &Edition) -> bool {
        self.edition.as_ref().is_some_and(|latest| {
            !edition.id.is_reconstructed() || edition.through <= latest.edition.through
        })
    }

    /// The state as it would be with an entry that is in no ledger yet, which publishes an edition.
    pub fn preview(history: History) -> Self {
        Self {
            is_preview: true,
            ..Self::of(history)
        }
    }

    fn of(history: History) -> Self {
        let edition = history
            .latest_edition(None)
            .map(|(edition, note)| Published {
                edition: edition.clone(),
                recorded_at: note.recorded_at,
            });
        Self {
            history: Arc::new(history),
            is_preview: false,
            edition,
        }
    }
}
