//! Dumping: the catalog at one instant, one record a line.

mod describe;
mod jobs;

use std::collections::HashMap;

use runstow_lifecycle::Category;
use sea_query::{Expr, ExprTrait, IntoColumnRef, Order};
use serde::Serialize;

use super::line;
use super::rows::{
    category_entry, experiment_entry, hold_entry, keep_entry, key_entry, result_entry, run_keep_entry,
    user_entry,
};
use super::shape::{
    ApiKeyEntry, CategoryEntry, EventEntry, ExperimentEntry, FileserverEntry, MessageEntry, ResultEntry,
    VolumeEntry,
};
use crate::Catalog;
use crate::db::Tx;
use crate::error::{CatalogError, Result};
use crate::records::{
    self, ApiKeyRow, CategoryKeepRow, CategoryRow, EventRow, ExperimentRow, FileserverRow, GlobalconfigRow,
    HoldRow, MessageRow, Record, ResultRow, RunKeepRow, SettingRow, UserRow, VolumeRow,
};
use crate::settings;
use crate::tables::{
    ApiKeys, CategoryKeeps, CategoryStates, Events, Experiments, Fileservers, Globalconfig, Holds, Messages,
    Results, RunKeeps, Settings, Users, Volumes,
};
use crate::users::User;

pub use describe::Described;

/// Reports read at once.
const PAGE: u64 = 5000;

/// What a report's entry needs of its run.
struct RunFacts {
    date_us: i64,
    storage_options: String,
}

impl Catalog {
    /// The whole catalog in the neutral JSON, as it is at one instant. Loading it and dumping again gives the same
    /// text, on either database. Passwords and keys are in it as hashes only. What lies in the trash is in it, and each job
    /// that has not ended, as one that no worker has: one that runs is written as queued. Jobs that have ended, sessions,
    /// secret settings, verifications, maintenance and the history of scans are not.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn dump(&self) -> Result<String> {
        let mut tx = self.db.snapshot().await?;
        let mut text = Vec::from(b"{\n");
        users(&mut tx, &mut text).await?;
        let runs = experiments(&mut tx, &mut text).await?;
        results(&mut tx, &runs, &mut text).await?;
        let events = all::<EventRow>(&mut tx, Events::Id).await?;
        list(&mut text, "events", events.into_iter().map(EventEntry::from))?;
        let fileservers = all::<FileserverRow>(&mut tx, Fileservers::Id).await?;
        list(&mut text, "fileservers", fileservers.into_iter().map(FileserverEntry::from))?;
        let messages = all::<MessageRow>(&mut tx, Messages::Id).await?;
        list(&mut text, "messages", messages.into_iter().map(MessageEntry::from))?;
        list(&mut text, "globalconfig", all::<GlobalconfigRow>(&mut tx, Globalconfig::Id).await?)?;
        let volumes = all::<VolumeRow>(&mut tx, Volumes::Id).await?;
        if !volumes.is_empty() {
            list(&mut text, "volumes", volumes.into_iter().map(VolumeEntry::from))?;
        }
        let holds = all::<HoldRow>(&mut tx, Holds::Id).await?;
        if !holds.is_empty() {
            list(&mut text, "holds", holds.into_iter().map(hold_entry))?;
        }
        jobs::write(&mut tx, &mut text).await?;
        open_settings(&mut tx, &mut text).await?;
        // Every list ends with a comma; the last one must not.
        text.truncate(text.len() - b",\n".len());
        text.extend(b"\n}\n");
        String::from_utf8(text).map_err(|error| CatalogError::Invalid(error.to_string()))
    }
}

/// All rows of a small table, in the order of the column.
async fn all<R: Record>(tx: &mut Tx, by: impl IntoColumnRef) -> Result<Vec<R>> {
    let rows = tx.all(&records::select::<R>().order_by(by, Order::Asc).to_owned()).await?;
    records::read_all(&rows)
}

/// Writes one list, one entry a line.
fn list<T: Serialize>(text: &mut Vec<u8>, key: &str, entries: impl IntoIterator<Item = T>) -> Result<()> {
    let mut lines = Lines::start(text, key);
    for entry in entries {
        lines.add(text, &entry)?;
    }
    lines.end(text);
    Ok(())
}

/// A list that is being written.
struct Lines {
    any: bool,
}

impl Lines {
    fn start(text: &mut Vec<u8>, key: &str) -> Self {
        text.extend(format!(" \"{key}\": [").as_bytes());
        Self { any: false }
    }

    fn add(&mut self, text: &mut Vec<u8>, entry: &impl Serialize) -> Result<()> {
        text.extend(if self.any { ",\n  ".as_bytes() } else { "\n  ".as_bytes() });
        self.any = true;
        line::push(text, entry)
    }

    fn end(self, text: &mut Vec<u8>) {
        text.extend(if self.any { "\n ],\n".as_bytes() } else { "],\n".as_bytes() });
    }
}

async fn users(tx: &mut Tx, text: &mut Vec<u8>) -> Result<()> {
    let mut keys: HashMap<i64, Vec<ApiKeyEntry>> = HashMap::new();
    for row in all::<ApiKeyRow>(tx, ApiKeys::Id).await? {
        keys.entry(row.user_id).or_default().push(key_entry(row));
    }
    let query = records::select::<UserRow>().order_by(Users::Id, Order::Asc).to_owned();
    let mut lines = Lines::start(text, "users");
    for row in tx.all(&query).await? {
        let user = User::read(&row)?;
        let keys = keys.remove(&user.id).unwrap_or_default();
        lines.add(text, &user_entry(user, keys))?;
    }
    lines.end(text);
    Ok(())
}

async fn experiments(tx: &mut Tx, text: &mut Vec<u8>) -> Result<HashMap<i64, RunFacts>> {
    let mut runs = HashMap::new();
    let keeps = all::<RunKeepRow>(tx, RunKeeps::ExperimentId).await?;
    let mut keeps: HashMap<i64, RunKeepRow> = keeps.into_iter().map(|row| (row.experiment_id, row)).collect();
    let mut lines = Lines::start(text, "experiments");
    for row in all::<ExperimentRow>(tx, Experiments::Id).await? {
        let facts = RunFacts { date_us: row.date_us, storage_options: row.storage_options.clone() };
        runs.insert(row.id, facts);
        let kept = keeps.remove(&row.id).map(run_keep_entry);
        lines.add(text, &ExperimentEntry { kept, ..experiment_entry(row) })?;
    }
    lines.end(text);
    Ok(runs)
}

async fn results(tx: &mut Tx, runs: &HashMap<i64, RunFacts>, text: &mut Vec<u8>) -> Result<()> {
    let mut lines = Lines::start(text, "results");
    let keeps = all::<CategoryKeepRow>(tx, CategoryKeeps::ResultId).await?;
    let mut keeps: HashMap<(i64, i64), CategoryKeepRow> =
        keeps.into_iter().map(|row| ((row.result_id, row.category), row)).collect();
    let mut after = 0;
    loop {
        let query = records::select::<ResultRow>()
            .and_where(Expr::col(Results::Id).gt(after))
            .order_by(Results::Id, Order::Asc)
            .limit(PAGE)
            .to_owned();
        let page: Vec<ResultRow> = records::read_all(&tx.all(&query).await?)?;
        let Some(last) = page.last().map(|row| row.id) else { break };
        let query = records::select::<CategoryRow>()
            .and_where(Expr::col(CategoryStates::ResultId).gt(after))
            .and_where(Expr::col(CategoryStates::ResultId).lte(last))
            .to_owned();
        let mut states: HashMap<i64, Vec<CategoryRow>> = HashMap::new();
        for state in records::read_all::<CategoryRow>(&tx.all(&query).await?)? {
            states.entry(state.result_id).or_default().push(state);
        }
        for row in page {
            let Some(run) = runs.get(&row.experiment_id) else { continue };
            let states = states.remove(&row.id).unwrap_or_default();
            lines.add(text, &report_entry(row, states, &mut keeps, run)?)?;
        }
        after = last;
    }
    lines.end(text);
    Ok(())
}

/// One report with its categories. What is known of their Keep is taken out of `keeps`, by report and category.
fn report_entry(
    row: ResultRow,
    states: Vec<CategoryRow>,
    keeps: &mut HashMap<(i64, i64), CategoryKeepRow>,
    run: &RunFacts,
) -> Result<ResultEntry> {
    let mut categories: [Option<CategoryEntry>; 4] = [const { None }; 4];
    for state in states {
        let category = usize::try_from(state.category).ok().and_then(|at| Category::ALL.get(at));
        let Some(category) = category.copied() else { continue };
        let kept = keeps.remove(&(row.id, state.category)).map(keep_entry);
        let entry = category_entry(state, category, run.date_us, row.time_stamp_us)?;
        categories[category.index()] = Some(CategoryEntry { kept, ..entry });
    }
    Ok(result_entry(row, categories, &run.storage_options))
}

async fn open_settings(tx: &mut Tx, text: &mut Vec<u8>) -> Result<()> {
    let query = records::select::<SettingRow>()
        .and_where(settings::is_secret().not())
        .order_by(Settings::Name, Order::Asc)
        .to_owned();
    let rows: Vec<SettingRow> = records::read_all(&tx.all(&query).await?)?;
    if !rows.is_empty() {
        let map: serde_json::Map<_, _> = rows.into_iter().map(|row| (row.name, row.value.into())).collect();
        text.extend(b" \"settings\": ");
        line::push(text, &map)?;
        text.extend(b",\n");
    }
    Ok(())
}
