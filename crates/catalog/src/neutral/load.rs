//! Loading: the whole document or nothing, in one transaction.

use std::fmt;

use runstow_lifecycle::Category;
use sea_query::{Expr, ExprTrait, Iden, Query};

use super::rows::{category_keep_row, experiment_row, hold_row, result_rows, run_keep_row, user_rows};
use super::shape::Document;
use super::{check, place};
use crate::Catalog;
use crate::db::Tx;
use crate::error::{CatalogError, Result};
use crate::ids::{self, Sequence};
use crate::records::{
    self, ApiKeyRow, CategoryKeepRow, CategoryRow, EventRow, ExperimentRow, FileserverRow, GlobalconfigRow,
    HoldRow, MessageRow, ResultRow, RunKeepRow, SettingRow, UserRow, VolumeRow,
};
use crate::tables::{
    ApiKeys, CategoryKeeps, CategoryStates, Events, Experiments, Fileservers, Globalconfig, Holds,
    JobBatches, Jobs, Messages, RememberedAnswers, Results, RunKeeps, ScanWarnings, Scans, Sessions,
    Settings, Trash, Users, Volumes,
};
use crate::times::now_us;
use crate::{jobs, passwords, settings};

/// From this many reports on, the database gathers fresh statistics, or it would plan for the old size.
const WORTH_ANALYZING: usize = 1000;

/// What a load does with a catalog that holds records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// Refuses to load.
    No,
    /// Removes everything first: records, accounts, sessions, scans, jobs that have ended.
    Yes,
}

/// What was loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadSummary {
    /// Accounts.
    pub users: usize,
    /// Runs.
    pub experiments: usize,
    /// Reports.
    pub results: usize,
    /// Events.
    pub events: usize,
    /// File servers.
    pub fileservers: usize,
    /// Messages.
    pub messages: usize,
    /// Storage roots.
    pub volumes: usize,
}

impl fmt::Display for LoadSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { users, experiments, results, events, fileservers, messages, volumes: _ } = self;
        write!(
            f,
            "{experiments} runs, {results} reports, {events} events, {fileservers} file servers, \
             {messages} messages, {users} users"
        )
    }
}

/// All rows of a document, ready to be written.
struct Prepared {
    users: Vec<UserRow>,
    api_keys: Vec<ApiKeyRow>,
    experiments: Vec<ExperimentRow>,
    results: Vec<ResultRow>,
    categories: Vec<CategoryRow>,
    run_keeps: Vec<RunKeepRow>,
    category_keeps: Vec<CategoryKeepRow>,
    holds: Vec<HoldRow>,
    events: Vec<EventRow>,
    fileservers: Vec<FileserverRow>,
    messages: Vec<MessageRow>,
    globalconfig: Vec<GlobalconfigRow>,
    volumes: Vec<VolumeRow>,
    settings: Vec<SettingRow>,
}

impl Catalog {
    /// Loads a document in the neutral JSON. All ids stay as given, and the next id of each kind is the largest
    /// one plus one. Whatever goes wrong, the catalog is either as it was or holds the whole document.
    ///
    /// # Errors
    /// [`CatalogError::Invalid`] with the place of what is wrong in the document, [`CatalogError::Conflict`] when
    /// the catalog holds records and [`Replace::No`] is given, or when jobs have not ended.
    pub async fn load(&self, document: impl Into<Vec<u8>>, replace: Replace) -> Result<LoadSummary> {
        let text = document.into();
        // Parsing and hashing passwords take long; other requests must not wait for them.
        let prepared = tokio::task::spawn_blocking(move || Prepared::from_text(&text))
            .await
            .map_err(|error| CatalogError::Invalid(format!("the document could not be read: {error}")))??;
        let summary = prepared.summary();
        let mut tx = self.db.write().await?;
        jobs::require_none_alive(&mut tx).await?;
        if replace == Replace::No {
            require_empty(&mut tx).await?;
        }
        clear(&mut tx).await?;
        prepared.write(&mut tx).await?;
        tx.commit().await?;
        if summary.results >= WORTH_ANALYZING {
            self.db.analyze().await?;
        }
        Ok(summary)
    }
}

impl Prepared {
    fn from_text(text: &[u8]) -> Result<Self> {
        let document = place::parse(text)?;
        check::check(&document)?;
        let Document {
            users,
            experiments,
            results,
            events,
            fileservers,
            messages,
            globalconfig,
            volumes,
            settings,
            holds,
        } = document;
        let passwords: Vec<String> = users.iter().filter_map(|user| user.password.clone()).collect();
        let mut hashes = passwords::hash_all(&passwords).into_iter();
        let (now_us, mut next_key) = (now_us(), 1);
        let mut user_list = Vec::with_capacity(users.len());
        let mut api_keys = Vec::new();
        for (user, id) in users.into_iter().zip(1..) {
            let hash = user.password.as_ref().and_then(|_| hashes.next());
            let (user, keys) = user_rows(user, id, hash, now_us, &mut next_key);
            user_list.push(user);
            api_keys.extend(keys);
        }
        let mut run_keeps = Vec::new();
        let mut experiment_list = Vec::with_capacity(experiments.len());
        for mut entry in experiments {
            run_keeps.extend(entry.kept.take().map(|kept| run_keep_row(entry.id.0, kept)));
            experiment_list.push(experiment_row(entry));
        }
        let experiments = experiment_list;
        let dates: std::collections::HashMap<i64, i64> =
            experiments.iter().map(|experiment| (experiment.id, experiment.date_us)).collect();
        let mut result_list = Vec::with_capacity(results.len());
        let mut categories = Vec::with_capacity(results.len() * 4);
        let mut category_keeps = Vec::new();
        for mut result in results {
            for category in Category::ALL {
                let kept = result.categories.get_mut(category).and_then(|entry| entry.kept.take());
                category_keeps.extend(kept.map(|kept| category_keep_row(result.id.0, category, kept)));
            }
            let run_us = dates.get(&result.experiment.0).copied().unwrap_or_default();
            let (result, states) = result_rows(result, run_us);
            result_list.push(result);
            categories.extend(states);
        }
        let settings = settings.into_iter().map(|(name, value)| SettingRow { name, value }).collect();
        Ok(Self {
            users: user_list,
            api_keys,
            experiments,
            results: result_list,
            categories,
            run_keeps,
            category_keeps,
            holds: holds.into_iter().map(hold_row).collect(),
            events: events.into_iter().map(EventRow::from).collect(),
            fileservers: fileservers.into_iter().map(FileserverRow::from).collect(),
            messages: messages.into_iter().map(MessageRow::from).collect(),
            globalconfig,
            volumes: volumes.into_iter().map(VolumeRow::from).collect(),
            settings,
        })
    }

    fn summary(&self) -> LoadSummary {
        LoadSummary {
            users: self.users.len(),
            experiments: self.experiments.len(),
            results: self.results.len(),
            events: self.events.len(),
            fileservers: self.fileservers.len(),
            messages: self.messages.len(),
            volumes: self.volumes.len(),
        }
    }

    async fn write(&self, tx: &mut Tx) -> Result<()> {
        records::insert(tx, &self.users).await?;
        records::insert(tx, &self.api_keys).await?;
        records::insert(tx, &self.experiments).await?;
        records::insert(tx, &self.results).await?;
        records::insert(tx, &self.categories).await?;
        records::insert(tx, &self.run_keeps).await?;
        records::insert(tx, &self.category_keeps).await?;
        records::insert(tx, &self.holds).await?;
        records::insert(tx, &self.events).await?;
        records::insert(tx, &self.fileservers).await?;
        records::insert(tx, &self.messages).await?;
        records::insert(tx, &self.globalconfig).await?;
        records::insert(tx, &self.volumes).await?;
        records::insert(tx, &self.settings).await?;
        for (sequence, largest) in [
            (Sequence::Users, self.users.iter().map(|row| row.id).max()),
            (Sequence::ApiKeys, self.api_keys.iter().map(|row| row.id).max()),
            (Sequence::Experiments, self.experiments.iter().map(|row| row.id).max()),
            (Sequence::Results, self.results.iter().map(|row| row.id).max()),
            (Sequence::Events, self.events.iter().map(|row| row.id).max()),
            (Sequence::Fileservers, self.fileservers.iter().map(|row| row.id).max()),
            (Sequence::Messages, self.messages.iter().map(|row| row.id).max()),
            (Sequence::Globalconfig, self.globalconfig.iter().map(|row| row.id).max()),
            (Sequence::Holds, self.holds.iter().map(|row| row.id).max()),
            (Sequence::Volumes, self.volumes.iter().map(|row| row.id).max()),
        ] {
            if let Some(largest) = largest {
                ids::reserve(tx, sequence, largest).await?;
            }
        }
        Ok(())
    }
}

/// Refuses a catalog that holds anything but the defaults that a fresh one is given.
async fn require_empty(tx: &mut Tx) -> Result<()> {
    let mut found = Vec::new();
    for (count, what) in [
        (count(tx, Experiments::Table).await?, "runs"),
        (count(tx, Results::Table).await?, "reports"),
        (count(tx, Users::Table).await?, "users"),
        (count(tx, Events::Table).await?, "events"),
        (count(tx, Fileservers::Table).await?, "file servers"),
        (count(tx, Messages::Table).await?, "messages"),
        (count(tx, Volumes::Table).await?, "volumes"),
    ] {
        if count > 0 {
            found.push(format!("{count} {what}"));
        }
    }
    let config: Vec<GlobalconfigRow> =
        records::read_all(&tx.all(&records::select::<GlobalconfigRow>()).await?)?;
    if config.iter().any(|row| *row != GlobalconfigRow::default()) {
        found.push("a changed configuration".into());
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(CatalogError::Conflict(format!(
        "the catalog holds {} already, and nothing was changed: load into an empty catalog, or use --replace to \
         remove all of that first",
        found.join(", ")
    )))
}

async fn count(tx: &mut Tx, table: impl Iden + 'static) -> Result<i64> {
    let query = Query::select().expr(Expr::col(sea_query::Asterisk).count()).from(table).to_owned();
    match tx.first(&query).await? {
        Some(row) => row.get(0),
        None => Ok(0),
    }
}

/// Empties the catalog, children before parents, and starts all ids at 1. Secret settings stay: no document
/// brings them back.
async fn clear(tx: &mut Tx) -> Result<()> {
    async fn empty(tx: &mut Tx, table: impl Iden + 'static) -> Result<u64> {
        tx.run(&Query::delete().from_table(table).to_owned()).await
    }
    empty(tx, RememberedAnswers::Table).await?;
    empty(tx, Trash::Table).await?;
    empty(tx, Jobs::Table).await?;
    empty(tx, JobBatches::Table).await?;
    empty(tx, Holds::Table).await?;
    empty(tx, RunKeeps::Table).await?;
    empty(tx, CategoryKeeps::Table).await?;
    empty(tx, Sessions::Table).await?;
    empty(tx, ApiKeys::Table).await?;
    empty(tx, Users::Table).await?;
    empty(tx, CategoryStates::Table).await?;
    empty(tx, Results::Table).await?;
    empty(tx, Experiments::Table).await?;
    empty(tx, Events::Table).await?;
    empty(tx, Fileservers::Table).await?;
    empty(tx, Messages::Table).await?;
    empty(tx, Globalconfig::Table).await?;
    empty(tx, Volumes::Table).await?;
    empty(tx, ScanWarnings::Table).await?;
    empty(tx, Scans::Table).await?;
    let open = Query::delete().from_table(Settings::Table).and_where(settings::is_secret().not()).to_owned();
    tx.run(&open).await?;
    ids::reset(tx).await
}
