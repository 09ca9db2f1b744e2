//! The rows of a document, ready to be written.

use std::collections::{BTreeMap, HashMap};

use runstow_lifecycle::Category;

use super::super::rows::{
    category_keep_row, experiment_row, hold_row, job_rows, result_rows, run_keep_row, user_rows,
};
use super::super::shape::{Document, NumbersEntry};
use super::super::{check, place};
use super::LoadSummary;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{self, Sequence};
use crate::passwords;
use crate::records::{
    self, ApiKeyRow, CategoryKeepRow, CategoryRow, EventRow, ExperimentRow, FileserverRow, GlobalconfigRow,
    HoldRow, JobBatchRow, JobMarkRow, JobRow, MessageRow, ResultRow, RunKeepRow, SettingRow, TrashRow,
    UserRow, VolumeRow,
};
use crate::times::now_us;

/// All rows of a document.
pub(super) struct Prepared {
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
    job_batches: Vec<JobBatchRow>,
    pub(super) jobs: Vec<JobRow>,
    job_marks: Vec<JobMarkRow>,
    pub(super) trash: Vec<TrashRow>,
    next_numbers: NumbersEntry,
}

impl Prepared {
    /// Reads and checks the document.
    pub(super) fn from_text(text: &[u8]) -> Result<Self> {
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
            jobs,
            trash,
            next_numbers,
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
        let dates: HashMap<i64, i64> =
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
        // Jobs of one request say the same about it.
        let mut job_batches = BTreeMap::new();
        let (mut job_list, mut job_marks) = (Vec::with_capacity(jobs.len()), Vec::new());
        for entry in jobs {
            let (batch, job, marks) = job_rows(entry)?;
            job_batches.insert(batch.id, batch);
            job_list.push(job);
            job_marks.extend(marks);
        }
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
            job_batches: job_batches.into_values().collect(),
            jobs: job_list,
            job_marks,
            trash: trash.into_iter().map(TrashRow::from).collect(),
            next_numbers,
        })
    }

    pub(super) fn summary(&self) -> LoadSummary {
        LoadSummary {
            users: self.users.len(),
            experiments: self.experiments.len(),
            results: self.results.len(),
            events: self.events.len(),
            fileservers: self.fileservers.len(),
            messages: self.messages.len(),
            volumes: self.volumes.len(),
            jobs: self.jobs.len(),
            trash: self.trash.len(),
        }
    }

    /// Writes everything into an empty catalog.
    pub(super) async fn write(&self, tx: &mut Tx) -> Result<()> {
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
        records::insert(tx, &self.job_batches).await?;
        records::insert(tx, &self.jobs).await?;
        records::insert(tx, &self.job_marks).await?;
        records::insert(tx, &self.trash).await?;
        let NumbersEntry { jobs: next_job, job_batches: next_batch } = &self.next_numbers;
        let numbers = self.jobs.iter().map(|row| row.id).chain(self.trash.iter().map(|row| row.job_id));
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
            (Sequence::Jobs, numbers.chain(next_job.map(|id| id.0 - 1)).max()),
            (
                Sequence::JobBatches,
                self.job_batches.iter().map(|row| row.id).chain(next_batch.map(|id| id.0 - 1)).max(),
            ),
        ] {
            if let Some(largest) = largest {
                ids::reserve(tx, sequence, largest).await?;
            }
        }
        Ok(())
    }
}
