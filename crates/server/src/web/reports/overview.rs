//! Sums over the catalog, found once per version.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use runstow_catalog::query::Counts;
use runstow_catalog::{CatalogError, CategoryTotal};
use runstow_lifecycle::Category;

use super::listing::Listing;
use super::row::category_name;
use super::state_group::StateGroup;
use crate::app::App;
use crate::web::figures;

/// The catalog in few figures.
pub(crate) struct Overview {
    /// As the catalog gives them, for the metrics.
    pub(crate) counts: Counts,
    /// As the catalog gives them, for the metrics.
    pub(crate) totals: Vec<CategoryTotal>,
    pub(super) reports: String,
    pub(super) runs: String,
    pub(super) categories: Vec<Total>,
}

/// One category of all reports.
pub(super) struct Total {
    pub(super) category: &'static str,
    /// Size of what is where it was made.
    pub(super) in_place: String,
    /// How many reports are in another state than Local.
    pub(super) groups: Vec<Group>,
}

/// Reports of one category in a group of states.
pub(super) struct Group {
    pub(super) reports: String,
    pub(super) label: String,
    pub(super) class: &'static str,
    /// The list of them.
    pub(super) address: String,
}

/// Remembers the last one: summing up 100,000 reports takes more than a second.
#[derive(Default)]
pub(crate) struct Overviews {
    last: Mutex<Option<Last>>,
    one_at_a_time: tokio::sync::Mutex<()>,
}

/// An overview, and what it cost.
struct Last {
    version: i64,
    overview: Arc<Overview>,
    found: Instant,
    took: Duration,
}

/// While a scan changes the catalog every second, summing up takes at most one part in so many of the time.
const AT_MOST_ONE_IN: u32 = 20;

impl Overviews {
    /// The overview at a version of the catalog, or one that is a little older if it was costly.
    pub(crate) async fn at(&self, app: &App, version: i64) -> Result<Arc<Overview>, CatalogError> {
        if let Some(known) = self.known(version) {
            return Ok(known);
        }
        let _turn = self.one_at_a_time.lock().await;
        if let Some(known) = self.known(version) {
            return Ok(known);
        }
        let started = Instant::now();
        let (counts, totals) = (app.catalog().counts().await?, app.catalog().totals().await?);
        let overview = Arc::new(Overview::of(counts, totals));
        let (found, took) = (Instant::now(), started.elapsed());
        let last = Last { version, overview: overview.clone(), found, took };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
        Ok(overview)
    }

    fn known(&self, version: i64) -> Option<Arc<Overview>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let good =
            |last: &&Last| last.version >= version || last.found.elapsed() < last.took * AT_MOST_ONE_IN;
        last.as_ref().filter(good).map(|last| last.overview.clone())
    }
}

impl Overview {
    fn of(counts: Counts, totals: Vec<CategoryTotal>) -> Self {
        Self {
            reports: figures::count(counts.reports),
            runs: figures::count(counts.runs),
            categories: Category::ALL.map(|category| Total::of(category, &totals)).into(),
            counts,
            totals,
        }
    }

    /// Nothing is known yet.
    pub(super) fn is_empty(&self) -> bool {
        self.counts.reports == 0
    }
}

impl Total {
    fn of(category: Category, totals: &[CategoryTotal]) -> Self {
        let group = |wanted| {
            totals
                .iter()
                .filter(move |total| total.category == category && StateGroup::of(total.state) == wanted)
        };
        let in_place = StateGroup::ALL.into_iter().filter(|group| group.in_place());
        let groups = StateGroup::ALL
            .into_iter()
            .filter(|wanted| *wanted != StateGroup::Local)
            .map(|wanted| (wanted, group(wanted).map(|total| total.reports.unsigned_abs()).sum::<u64>()))
            .filter(|(_, reports)| *reports > 0)
            .map(|(wanted, reports)| Group {
                reports: figures::count(reports),
                label: wanted.label().to_lowercase(),
                class: wanted.name(),
                address: Listing::of(category, wanted).address(),
            })
            .collect();
        Self {
            category: category_name(category),
            in_place: figures::size(in_place.flat_map(group).map(|total| total.mb).sum()),
            groups,
        }
    }
}
