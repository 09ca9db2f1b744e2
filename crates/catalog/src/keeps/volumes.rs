//! How much of each storage root is kept.

use std::collections::HashMap;

use runstow_lifecycle::{Category, State};
use sea_query::{Expr, ExprTrait, Query};

use crate::Catalog;
use crate::error::Result;
use crate::registry::KEEP;
use crate::tables::{CategoryStates, Experiments, Results};
use crate::volumes::VolumeKind;

/// What is kept on one storage root.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct KeptOnVolume {
    /// MB of 2^20 bytes, as far as measured. What reports of a run share counts once.
    pub mb: f64,
}

impl Catalog {
    /// The kept part of each storage root, by the root's id. A file lies on the root with the longest path that leads
    /// to it; what is archived or deleted counts nowhere.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn kept_by_volume(&self) -> Result<HashMap<i64, KeptOnVolume>> {
        let volumes = self.volumes().await?;
        let volume_of = |dir: &str| {
            let above = volumes.iter().filter(|volume| {
                volume.facts.kind != VolumeKind::Archive && is_below(dir, &volume.facts.path)
            });
            above.max_by_key(|volume| volume.facts.path.len()).map(|volume| volume.id)
        };
        let column = |column| Expr::col((CategoryStates::Table, column));
        let kept = column(CategoryStates::Category)
            .eq(Category::Sigproc.index() as i64)
            .and(
                Expr::col((Experiments::Table, Experiments::StorageOptions)).eq(KEEP).or(Expr::col((
                    Experiments::Table,
                    Experiments::KeepMarker,
                ))
                .eq(true)),
            )
            .or(column(CategoryStates::Category)
                .ne(Category::Sigproc.index() as i64)
                .and(column(CategoryStates::Keep).eq(true)));
        let gone = State::ALL.into_iter().filter(|state| matches!(state, State::Archived | State::Deleted));
        let query = Query::select()
            .columns(
                [CategoryStates::Category, CategoryStates::Diskspace].map(|c| (CategoryStates::Table, c)),
            )
            .columns([CategoryStates::ReportMb, CategoryStates::RunMb].map(|c| (CategoryStates::Table, c)))
            .columns([(Results::Table, Results::ExperimentId), (Results::Table, Results::ReportDir)])
            .column((Experiments::Table, Experiments::ExpDir))
            .from(CategoryStates::Table)
            .inner_join(
                Results::Table,
                Expr::col((Results::Table, Results::Id))
                    .equals((CategoryStates::Table, CategoryStates::ResultId)),
            )
            .inner_join(
                Experiments::Table,
                Expr::col((Experiments::Table, Experiments::Id))
                    .equals((Results::Table, Results::ExperimentId)),
            )
            .and_where(Expr::col((Experiments::Table, Experiments::ExpDir)).ne(""))
            .and_where(column(CategoryStates::State).is_not_in(gone.map(State::code)))
            .and_where(kept)
            .to_owned();
        let mut found: HashMap<i64, KeptOnVolume> = HashMap::new();
        let mut add = |volume: Option<i64>, mb: f64| {
            if let Some(volume) = volume {
                found.entry(volume).or_default().mb += mb;
            }
        };
        // What lies in the run directory is shared: the largest that any report has seen, once for each category.
        let mut shared: HashMap<(i64, i64), (String, f64)> = HashMap::new();
        for row in self.db.all(&query).await? {
            let category: i64 = row.get(0)?;
            let (whole, own, of_run): (Option<f64>, Option<f64>, Option<f64>) =
                (row.get(1)?, row.get(2)?, row.get(3)?);
            let (run, report_dir, run_dir): (i64, String, String) = (row.get(4)?, row.get(5)?, row.get(6)?);
            // A record that was loaded has only its sum: signal files belong to the run, the rest to the report.
            let (own, of_run) = match own {
                Some(own) => (own, of_run.unwrap_or_default()),
                None if category == Category::Sigproc.index() as i64 => (0.0, whole.unwrap_or_default()),
                None => (whole.unwrap_or_default(), 0.0),
            };
            add(volume_of(if report_dir.is_empty() { &run_dir } else { &report_dir }), own);
            let entry = shared.entry((run, category)).or_insert((run_dir, 0.0));
            entry.1 = entry.1.max(of_run);
        }
        for (dir, mb) in shared.into_values() {
            add(volume_of(&dir), mb);
        }
        Ok(found)
    }
}

fn is_below(dir: &str, root: &str) -> bool {
    let root = root.trim_end_matches('/');
    dir.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::is_below;

    #[test]
    fn a_root_holds_what_lies_below_it_and_not_what_begins_alike() {
        assert!(is_below("/results/run", "/results") && is_below("/results", "/results/"));
        assert!(!is_below("/results2/run", "/results") && is_below("/any", "/"));
    }
}
