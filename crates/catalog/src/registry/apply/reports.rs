//! Registering reports.

mod categories;

use std::collections::{HashMap, HashSet};

use super::super::facts::{Registered, ReportFacts, RunRef};
use super::{Numbered, Slot, number, rows_where, texts, update_text, write};
use crate::db::Tx;
use crate::error::{CatalogError, Result};
use crate::ids::Sequence;
use crate::records::{ExperimentRow, ResultRow};
use crate::stored_path::StoredPath;
use crate::tables::{Experiments, Results};
use crate::times::original_text;

pub(crate) use categories::{of_new_report, of_untracked_report};

impl Numbered for ResultRow {
    fn id(&self) -> i64 {
        self.id
    }

    fn set_id(&mut self, id: i64) {
        self.id = id;
    }
}

pub(super) async fn register(tx: &mut Tx, facts: &[&ReportFacts], now_us: i64) -> Result<Vec<Registered>> {
    if facts.is_empty() {
        return Ok(Vec::new());
    }
    let runs = Runs::of(tx, facts).await?;
    let (mut slots, index) = Index::of(tx, facts, &runs).await?;
    let mut index = index;
    let mut places = Vec::with_capacity(facts.len());
    for report in facts {
        let run = runs.of_report(report)?;
        let at = index.find(&slots, report, run.id).unwrap_or_else(|| {
            slots.push(Slot { before: None, wanted_id: report.wanted_id, now: new_row(run.id) });
            slots.len() - 1
        });
        index.by_dir.insert(report.report_dir.clone(), at);
        update(&mut slots[at].now, report, run.id);
        places.push(at);
    }
    number(tx, &mut slots, Sequence::Results, Results::Id).await?;
    link_parents(tx, facts, &places, &mut slots, &index).await?;
    for slot in &mut slots {
        if slot.before.as_ref() != Some(&slot.now) {
            slot.now.seen_us = Some(now_us);
        }
    }
    write(tx, &slots).await?;
    categories::write(tx, &slots, &runs.by_id).await?;
    Ok(places
        .into_iter()
        .map(|at| Registered { id: slots[at].now.id, outcome: slots[at].outcome() })
        .collect())
}

fn update(row: &mut ResultRow, report: &ReportFacts, run_id: i64) {
    // A name or time that a client has set through the API stays until the files change.
    let news = row.fingerprint.is_none() || row.fingerprint != report.fingerprint;
    if news {
        update_text(&mut row.results_name, &report.results_name);
        row.time_stamp_us = report.time_stamp_us;
        row.time_stamp_text = original_text(report.time_stamp_us);
        row.fingerprint.clone_from(&report.fingerprint);
    }
    (row.report_dir, row.report_dir_bytes) = report.report_dir.to_columns();
    row.experiment_id = run_id;
    row.thumbnail = report.thumbnail;
    if let Some(version) = &report.ts_version {
        update_text(row.ts_version.get_or_insert_default(), version);
    }
    (row.absent_scans, row.absent_since_us) = (0, None);
}

/// A report of which nothing is known.
pub(crate) fn new_row(experiment_id: i64) -> ResultRow {
    ResultRow {
        id: 0,
        experiment_id,
        results_name: String::new(),
        time_stamp_us: 0,
        time_stamp_text: String::new(),
        diskusage: None,
        thumbnail: false,
        report_dir: String::new(),
        report_dir_bytes: None,
        parent_id: None,
        ts_version: None,
        absent_scans: 0,
        absent_since_us: None,
        seen_us: None,
        fingerprint: None,
    }
}

/// The runs that the reports belong to.
struct Runs {
    by_id: HashMap<i64, ExperimentRow>,
    by_dir: HashMap<StoredPath, i64>,
}

impl Runs {
    async fn of(tx: &mut Tx, facts: &[&ReportFacts]) -> Result<Self> {
        let dirs = texts(facts.iter().filter_map(|report| match &report.run {
            RunRef::Dir(dir) => Some(dir),
            RunRef::Id(_) => None,
        }));
        let ids: HashSet<i64> = facts
            .iter()
            .filter_map(|report| if let RunRef::Id(id) = report.run { Some(id) } else { None })
            .collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let mut rows: Vec<ExperimentRow> = rows_where(tx, Experiments::ExpDir, &dirs).await?;
        rows.extend(rows_where::<ExperimentRow, i64>(tx, Experiments::Id, &ids).await?);
        rows.sort_by_key(|row| row.id);
        let mut by_dir = HashMap::new();
        for row in &rows {
            let dir = StoredPath::from_columns(row.exp_dir.clone(), row.exp_dir_bytes.clone());
            by_dir.entry(dir).or_insert(row.id);
        }
        Ok(Self { by_id: rows.into_iter().map(|row| (row.id, row)).collect(), by_dir })
    }

    fn of_report(&self, report: &ReportFacts) -> Result<&ExperimentRow> {
        let id = match &report.run {
            RunRef::Id(id) => Some(id),
            RunRef::Dir(dir) => self.by_dir.get(dir),
        };
        id.and_then(|id| self.by_id.get(id)).ok_or_else(|| {
            let run = match &report.run {
                RunRef::Id(id) => format!("run {id}"),
                RunRef::Dir(dir) => format!("the run in {dir}"),
            };
            CatalogError::Invalid(format!(
                "{}: {run} is not in the catalog, register it first",
                report.report_dir
            ))
        })
    }
}

/// Where the reports that may be meant are among the slots.
struct Index {
    by_dir: HashMap<StoredPath, usize>,
    by_id: HashMap<i64, usize>,
    /// Reports that were loaded without a directory, by run and name.
    without_dir: HashMap<(i64, String), Vec<usize>>,
}

impl Index {
    /// Reads the reports in these directories and all reports of these runs.
    async fn of(tx: &mut Tx, facts: &[&ReportFacts], runs: &Runs) -> Result<(Vec<Slot<ResultRow>>, Self)> {
        let dirs = texts(facts.iter().map(|report| &report.report_dir));
        let mut rows: Vec<ResultRow> = rows_where(tx, Results::ReportDir, &dirs).await?;
        let moved: Vec<i64> = facts.iter().filter_map(|report| report.moved_from).collect();
        rows.extend(rows_where::<ResultRow, i64>(tx, Results::Id, &moved).await?);
        let runs: Vec<i64> = runs.by_id.keys().copied().collect();
        rows.extend(rows_where::<ResultRow, i64>(tx, Results::ExperimentId, &runs).await?);
        rows.sort_by_key(|row| row.id);
        rows.dedup_by_key(|row| row.id);

        let mut index = Self { by_dir: HashMap::new(), by_id: HashMap::new(), without_dir: HashMap::new() };
        for (at, row) in rows.iter().enumerate() {
            index.by_id.insert(row.id, at);
            let dir = StoredPath::from_columns(row.report_dir.clone(), row.report_dir_bytes.clone());
            if dir.is_empty() {
                let key = (row.experiment_id, row.results_name.clone());
                index.without_dir.entry(key).or_default().push(at);
            } else {
                index.by_dir.entry(dir).or_insert(at);
            }
        }
        let slots = rows
            .into_iter()
            .map(|row| Slot { before: Some(row.clone()), wanted_id: None, now: row })
            .collect();
        Ok((slots, index))
    }

    /// The report that is meant: the one in this directory, the one that has moved here, or one that was loaded
    /// without a directory and has this run and name. If several are, the one that has the wanted id.
    fn find(&self, slots: &[Slot<ResultRow>], report: &ReportFacts, run_id: i64) -> Option<usize> {
        if let Some(at) = self.by_dir.get(&report.report_dir) {
            return Some(*at);
        }
        if let Some(at) = report.moved_from.and_then(|id| self.by_id.get(&id)) {
            return Some(*at);
        }
        let same_name = self.without_dir.get(&(run_id, report.results_name.clone()))?;
        let mut free = same_name.iter().copied().filter(|at| slots[*at].now.report_dir.is_empty());
        match (free.next()?, free.next()) {
            (only, None) => Some(only),
            _ => same_name.iter().copied().find(|at| {
                slots[*at].now.report_dir.is_empty() && Some(slots[*at].now.id) == report.wanted_id
            }),
        }
    }
}

/// Sets the parents, now that all reports have their ids.
async fn link_parents(
    tx: &mut Tx,
    facts: &[&ReportFacts],
    places: &[usize],
    slots: &mut [Slot<ResultRow>],
    index: &Index,
) -> Result<()> {
    let elsewhere: Vec<&StoredPath> = facts
        .iter()
        .filter_map(|report| report.parent_dir.as_ref())
        .filter(|dir| !index.by_dir.contains_key(*dir))
        .collect();
    let mut ids: HashMap<StoredPath, i64> = HashMap::new();
    for row in rows_where::<ResultRow, String>(tx, Results::ReportDir, &texts(elsewhere.into_iter())).await? {
        ids.insert(StoredPath::from_columns(row.report_dir, row.report_dir_bytes), row.id);
    }
    for (report, at) in facts.iter().zip(places) {
        let Some(dir) = &report.parent_dir else { continue };
        let parent = index.by_dir.get(dir).map(|at| slots[*at].now.id).or_else(|| ids.get(dir).copied());
        let own = slots[*at].now.id;
        if let Some(parent) = parent.filter(|parent| *parent != own) {
            slots[*at].now.parent_id = Some(parent);
        }
    }
    Ok(())
}
