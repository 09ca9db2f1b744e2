//! The end of a job.

use runstow_lifecycle::{JobAction, JobStatus};

use super::job::{self, Ticket, Told, category_of, course_of};
use super::marks::{self, Mark};
use super::trash::{self, TrashChange};
use crate::Catalog;
use crate::db::Tx;
use crate::error::{CatalogError, Result};
use crate::events::without_nul;
use crate::records::{self, JobRow};
use crate::registry::{Measure, sum_up};
use crate::stored_path::StoredPath;
use crate::tables::Jobs;

/// How a job ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// All was done.
    Done(Done),
    /// It was stopped as a user wanted, and the files are as they were before it.
    Cancelled {
        /// JSON of the engine.
        result: Option<String>,
    },
    /// It was refused: the world has changed since it was asked for. The files are as they were before it.
    Failed {
        /// Why.
        reason: Told,
        /// JSON of the engine.
        result: Option<String>,
    },
}

/// What was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// What becomes of the archive path of the category, on all reports that share it.
    pub archive: ArchivePlace,
    /// What becomes of the trash.
    pub trash: TrashChange,
    /// New sizes of the category, for the reports that it is known for.
    pub measures: Vec<Measure>,
    /// JSON of the engine.
    pub result: Option<String>,
    /// For people, such as `412 files, 3.5 GB`; may be empty.
    pub summary: String,
}

/// What becomes of an archive path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ArchivePlace {
    /// Nothing.
    #[default]
    Unchanged,
    /// The files were archived to here. An archive must tell it.
    At(StoredPath),
    /// Nothing is there any more.
    Forgotten,
}

impl Catalog {
    /// Ends a job if it is still this worker's: its status, the state of its category on all reports that share it,
    /// archive path, sizes and an event for each report, in one transaction. `false`: it is not, and nothing was
    /// written; stop and report nothing.
    ///
    /// # Errors
    /// When the catalog can not be written; then nothing was, and the same call can be tried again. A job that has
    /// published its archive can only be done.
    pub async fn finish_job(&self, ticket: Ticket, outcome: Outcome, now_us: i64) -> Result<bool> {
        let mut tx = self.db.write().await?;
        let Some(row) = job::lock_held(&mut tx, ticket).await? else {
            tx.abandon().await?;
            return Ok(false);
        };
        end(&mut tx, &row, outcome, now_us).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Ends a job that may not be carried out any more; as [`Catalog::finish_job`] with [`Outcome::Failed`].
    ///
    /// # Errors
    /// As [`Catalog::finish_job`].
    pub async fn fail_job(&self, ticket: Ticket, reason: Told, now_us: i64) -> Result<bool> {
        self.finish_job(ticket, Outcome::Failed { reason, result: None }, now_us).await
    }
}

/// Ends a job whose row the transaction has locked.
pub(super) async fn end(tx: &mut Tx, row: &JobRow, outcome: Outcome, now_us: i64) -> Result<()> {
    let marks = marks::of_job(tx, row).await?;
    // What was in error goes back to where the files are, as what has begun does.
    let begun = row.begun_us.is_some() || row.status == JobStatus::NeedsDecision.name();
    let title = marks::title(row)?;
    if row.published_us.is_some() && !matches!(outcome, Outcome::Done(_)) {
        return Err(CatalogError::Invalid(format!(
            "job {} can not end so: its sources may be removed already; this is a bug of Runstow",
            row.id
        )));
    }
    let (status, result, reason, text, by) = match outcome {
        Outcome::Done(done) => {
            let text = told(row, &done)?;
            finished(tx, row, &marks, &done, now_us).await?;
            (JobStatus::Done, done.result, None, text, &row.username)
        }
        Outcome::Cancelled { result } => {
            let by = row.cancel_by.as_ref().unwrap_or(&row.username);
            (JobStatus::Cancelled, result, None, format!("{title} cancelled"), by)
        }
        Outcome::Failed { reason, result } => {
            let text = format!("{title} refused: {}", reason.text);
            (JobStatus::Failed, result, Some(reason), text, &row.username)
        }
    };
    marks::show(tx, row, &marks, status, begun).await?;
    if status == JobStatus::Done && course_of(row)?.action().moves() {
        sum_up(tx, &marks.iter().map(|mark| mark.report).collect::<Vec<_>>()).await?;
    }
    marks::tell(tx, &marks, &text, by).await?;
    marks::release(tx, row.id).await?;
    let (kind, sentence) = match reason {
        Some(Told { kind, text }) => (Some(without_nul(&kind)), Some(without_nul(&text))),
        None => (None, None),
    };
    let end = job::update(row.id)
        .value(Jobs::Status, status.name())
        .value(Jobs::EndedUs, now_us)
        .value(Jobs::Result, result.as_deref().map(without_nul))
        .value(Jobs::ReasonKind, kind)
        .value(Jobs::Reason, sentence)
        .value(Jobs::NotBeforeUs, None::<i64>)
        .value(Jobs::LeaseUntilUs, None::<i64>)
        .to_owned();
    tx.run(&end).await.map(drop)
}

/// Writes what the records of the category say besides the state.
async fn finished(tx: &mut Tx, row: &JobRow, marks: &[Mark], done: &Done, now_us: i64) -> Result<()> {
    let action = course_of(row)?.action();
    if action == JobAction::Archive && !matches!(done.archive, ArchivePlace::At(_)) {
        return Err(CatalogError::Invalid(format!(
            "job {} can not end: an archive must tell where it is; this is a bug of Runstow",
            row.id
        )));
    }
    trash::change(tx, row, &done.trash, now_us).await?;
    let category = category_of(row)?;
    let mut rows = super::begin::categories(tx, row, marks).await?;
    rows.retain_mut(|record| {
        let before = record.clone();
        match &done.archive {
            ArchivePlace::Unchanged => {}
            ArchivePlace::At(path) => {
                (record.archive_path, record.archive_path_bytes) = StoredPath::columns_of(Some(path));
            }
            ArchivePlace::Forgotten => (record.archive_path, record.archive_path_bytes) = (None, None),
        }
        let mut measures = done.measures.iter();
        let own = measures.find(|m| m.report_id == record.result_id && m.category == category);
        if let Some(measure) = own {
            measure.write(record);
            record.measured_us = Some(now_us);
        }
        *record != before
    });
    records::upsert(tx, &rows).await
}

fn told(row: &JobRow, done: &Done) -> Result<String> {
    let (action, category) = (course_of(row)?.action(), category_of(row)?);
    let copies = matches!(action, JobAction::Archive | JobAction::Export);
    let place = match &done.archive {
        ArchivePlace::At(path) if copies => Some(path.clone()),
        _ if copies => StoredPath::of_columns(row.target.clone(), row.target_bytes.clone()),
        _ => None,
    };
    let mut text = format!("{} {}", category.ts_name(), action.participle());
    if let Some(place) = place {
        text += &format!(" to {place}");
    }
    if !done.summary.is_empty() {
        text += &format!(": {}", done.summary);
    }
    Ok(text)
}
