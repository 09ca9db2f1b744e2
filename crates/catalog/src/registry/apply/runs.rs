//! Registering runs.

use std::collections::HashMap;

use sea_query::{Expr, ExprTrait, Order, Query};

use super::super::facts::{Registered, RunFacts};
use super::{Numbered, Slot, number, rows_where, texts, update_text, write};
use crate::db::Tx;
use crate::error::{CatalogError, Result};
use crate::ids::Sequence;
use crate::records::ExperimentRow;
use crate::stored_path::StoredPath;
use crate::tables::{Experiments, Globalconfig};

impl Numbered for ExperimentRow {
    fn id(&self) -> i64 {
        self.id
    }

    fn set_id(&mut self, id: i64) {
        self.id = id;
    }
}

pub(super) async fn register(tx: &mut Tx, facts: &[&RunFacts], now_us: i64) -> Result<Vec<Registered>> {
    if facts.is_empty() {
        return Ok(Vec::new());
    }
    let dirs = texts(facts.iter().map(|run| &run.exp_dir));
    let mut known: Vec<ExperimentRow> = rows_where(tx, Experiments::ExpDir, &dirs).await?;
    let moved: Vec<i64> = facts.iter().filter_map(|run| run.moved_from).collect();
    known.extend(rows_where::<ExperimentRow, i64>(tx, Experiments::Id, &moved).await?);
    // The first one registered counts where several have one directory.
    known.sort_by_key(|row| row.id);
    known.dedup_by_key(|row| row.id);

    let mut slots: Vec<Slot<ExperimentRow>> = Vec::new();
    let mut by_dir: HashMap<StoredPath, usize> = HashMap::new();
    let mut by_id: HashMap<i64, usize> = HashMap::new();
    for row in known {
        let dir = StoredPath::from_columns(row.exp_dir.clone(), row.exp_dir_bytes.clone());
        by_id.insert(row.id, slots.len());
        by_dir.entry(dir).or_insert(slots.len());
        slots.push(Slot { before: Some(row.clone()), wanted_id: None, now: row });
    }
    let storage_options = default_storage_options(tx).await?;
    let mut places = Vec::with_capacity(facts.len());
    for run in facts {
        let known = by_dir.get(&run.exp_dir).or_else(|| by_id.get(&run.moved_from?)).copied();
        let at = known.unwrap_or_else(|| {
            slots.push(Slot { before: None, wanted_id: run.wanted_id, now: new_row(&storage_options) });
            slots.len() - 1
        });
        by_dir.insert(run.exp_dir.clone(), at);
        update(&mut slots[at].now, run);
        places.push(at);
    }
    for slot in &mut slots {
        if slot.before.as_ref() != Some(&slot.now) {
            slot.now.seen_us = Some(now_us);
        }
    }
    number(tx, &mut slots, Sequence::Experiments, Experiments::Id).await?;
    write(tx, &slots).await?;
    Ok(places
        .into_iter()
        .map(|at| Registered { id: slots[at].now.id, outcome: slots[at].outcome() })
        .collect())
}

/// The run in this directory, the first one registered if there are several; added as these facts say where there
/// is none.
pub(crate) async fn in_dir_or_new(tx: &mut Tx, facts: &RunFacts, now_us: i64) -> Result<ExperimentRow> {
    let (text, bytes) = facts.exp_dir.to_columns();
    for _ in 0..2 {
        let mut known: Vec<ExperimentRow> =
            rows_where(tx, Experiments::ExpDir, std::slice::from_ref(&text)).await?;
        known.retain(|row| row.exp_dir_bytes == bytes);
        if let Some(run) = known.into_iter().min_by_key(|row| row.id) {
            return Ok(run);
        }
        register(tx, &[facts], now_us).await?;
    }
    Err(CatalogError::Invalid(format!("the run in {} could not be registered", facts.exp_dir)))
}

fn update(row: &mut ExperimentRow, run: &RunFacts) {
    (row.exp_dir, row.exp_dir_bytes) = run.exp_dir.to_columns();
    update_text(&mut row.exp_name, &run.exp_name);
    update_text(&mut row.chip_type, &run.chip_type);
    update_text(&mut row.platform, &run.platform);
    update_text(&mut row.instrument, &run.instrument);
    row.date_us = run.date_us;
    if !(row.finished && run.quiet) {
        update_text(&mut row.finished_reason, &run.finished_reason);
        row.finished = run.finished;
    }
    row.keep_marker = run.keep_marker;
    row.fingerprint.clone_from(&run.fingerprint);
    (row.absent_scans, row.absent_since_us) = (0, None);
}

fn new_row(storage_options: &str) -> ExperimentRow {
    ExperimentRow {
        id: 0,
        exp_name: String::new(),
        exp_dir: String::new(),
        exp_dir_bytes: None,
        date_us: 0,
        chip_type: String::new(),
        platform: String::new(),
        instrument: String::new(),
        storage_options: storage_options.to_owned(),
        diskusage: None,
        finished: false,
        finished_reason: String::new(),
        absent_scans: 0,
        absent_since_us: None,
        seen_us: None,
        fingerprint: None,
        keep_marker: false,
    }
}

/// What the configuration record says for new runs; clients can store any text there.
async fn default_storage_options(tx: &mut Tx) -> Result<String> {
    let query = Query::select()
        .column(Globalconfig::DefaultStorageOptions)
        .from(Globalconfig::Table)
        .and_where(Expr::col(Globalconfig::DefaultStorageOptions).is_in(["KI", "A", "D"]))
        .order_by(Globalconfig::Id, Order::Asc)
        .limit(1)
        .to_owned();
    tx.first(&query).await?.map_or_else(|| Ok("A".to_owned()), |row| row.get(0))
}
