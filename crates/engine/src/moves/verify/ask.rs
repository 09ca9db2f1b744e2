//! Verifications become jobs.

use std::collections::HashSet;

use runstow_catalog::registry::Report;
use runstow_catalog::{Catalog, NewBatch, NewJob, times};
use runstow_lifecycle::{Category, JobAction, Priority};
use runstow_storage::verify::Choice;
use uuid::Uuid;

use super::{Sample, VerifyOrder};
use crate::EngineError;
use crate::moves::subject::Subject;

/// What a person, or the schedule, says with a request.
#[derive(Clone, Copy, Debug)]
pub struct VerifyWish<'a> {
    /// How much is read; none: everything.
    pub sample: Option<Sample>,
    /// For the history.
    pub comment: &'a str,
    /// Who asks.
    pub user: &'a str,
    /// Which jobs go first.
    pub priority: Priority,
}

/// Archives read from the catalog at once.
const PAGE: u64 = 500;

/// The archives of the catalog, each once, those first that were not read for the longest time.
///
/// # Errors
/// When the catalog does not answer.
pub async fn all_archives(catalog: &Catalog) -> Result<Vec<(i64, Category)>, EngineError> {
    let (mut all, mut seen, mut skip) = (Vec::new(), HashSet::new(), 0);
    loop {
        let page = catalog.archives_by_age(skip, PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        skip += page.len() as u64;
        for archive in page {
            if seen.insert((archive.category, archive.folder)) {
                all.push((archive.report_id, archive.category));
            }
        }
    }
}

/// The categories of a report that have an archive.
#[must_use]
pub fn archived_of(report: &Report) -> Vec<Category> {
    let has_archive = |category: &Category| {
        let path = report.category(*category).and_then(|known| known.archive_path.as_ref());
        path.is_some_and(|path| !path.is_empty())
    };
    Category::ALL.into_iter().filter(has_archive).collect()
}

/// What became of one wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The report.
    pub report: i64,
    /// The category.
    pub category: Category,
    /// The job, or why there is none.
    pub job: Result<i64, String>,
}

/// Asks for verifications of archived categories, all in one request. What has no archive is left out with the reason.
///
/// # Errors
/// When the catalog can not be read or written; then there are no jobs.
pub async fn ask_verify(
    catalog: &Catalog,
    wanted: &[(i64, Category)],
    wish: VerifyWish<'_>,
) -> Result<Vec<Wanted>, EngineError> {
    ask_at(catalog, wanted, wish, times::now_us()).await
}

/// The same at a time.
pub(super) async fn ask_at(
    catalog: &Catalog,
    wanted: &[(i64, Category)],
    wish: VerifyWish<'_>,
    now_us: i64,
) -> Result<Vec<Wanted>, EngineError> {
    let (mut outcomes, mut jobs, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for (report, category) in wanted {
        let job = match job(catalog, *report, *category, wish).await? {
            Ok(job) => {
                places.push(outcomes.len());
                jobs.push(job);
                Ok(0)
            }
            Err(why) => Err(why),
        };
        outcomes.push(Wanted { report: *report, category: *category, job });
    }
    let batch = NewBatch {
        action: JobAction::Verify,
        comment: wish.comment.to_owned(),
        user: wish.user.to_owned(),
        priority: wish.priority,
    };
    let asked = catalog.enqueue_jobs(batch, jobs, now_us).await?;
    for (place, job) in places.into_iter().zip(asked.jobs) {
        outcomes[place].job = job.map_err(|refusal| refusal.to_string());
    }
    Ok(outcomes)
}

async fn job(
    catalog: &Catalog,
    report: i64,
    category: Category,
    wish: VerifyWish<'_>,
) -> Result<Result<NewJob, String>, EngineError> {
    let Some(subject) = Subject::find(catalog, report, category).await? else {
        return Ok(Err(format!("there is no report {report}")));
    };
    let owner = subject.found.report.id;
    let known = subject.found.report.category(category);
    let folder = known.and_then(|known| known.archive_path.clone()).filter(|path| !path.is_empty());
    let choice = wish.sample.map_or(Choice::All, |sample| sample.choice(Uuid::new_v4().as_u64_pair().0));
    let Some(order) = VerifyOrder::of(catalog, owner, category, folder, choice).await? else {
        let text = format!(
            "report {owner} has no archive or export of {} that Runstow knows of; `runstow verify --dir DIR` reads a \
             folder without the catalog",
            category.ts_name()
        );
        return Ok(Err(text));
    };
    let mut job = NewJob::new(owner, category);
    job.options = serde_json::to_string(&order).map_err(|error| EngineError::Broken(error.to_string()))?;
    job.also_marks = subject.also;
    Ok(Ok(job))
}
