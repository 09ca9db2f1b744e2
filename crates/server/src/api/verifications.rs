//! `/api/v1/verifications`: archives are to be read again.

use axum::extract::State;
use axum::response::Response;
use runstow_engine::moves::verify::{Sample, UnknownSample, VerifyWish, Wanted, archived_of, ask_verify};
use runstow_lifecycle::{Category, Priority};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{self, Faults, Json};
use super::caller::Caller;
use super::codes::CategoryName;
use super::jobs::{meant, sentence};
use super::problem::Problem;
use super::reports::filter::ReportFilter;
use crate::app::App;

/// Which archives are to be read again, and how much of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VerifyBody {
    /// Numbers of reports. Either these or `filter` must be given; with both, all of them are meant.
    #[serde(default, deserialize_with = "body::wholes")]
    #[schema(value_type = Option<Vec<i64>>, min_items = 1)]
    reports: Option<Vec<i64>>,
    /// Reports by what they are like. One that narrows nothing is refused.
    filter: Option<ReportFilter>,
    /// Which categories; all that have an archive by default.
    #[schema(min_items = 1)]
    categories: Option<Vec<CategoryName>>,
    /// Read only a random part of each archive: a share such as `5%`, or a size such as `20GB`.
    #[schema(
        examples("5%"),
        pattern = r"^((0\.[0-9]{0,3}[1-9]|[1-9][0-9]?(\.[0-9]{1,3})?|100)%|[1-9][0-9]{0,8}(\.[0-9]{1,3})?[KMGT]?B)$"
    )]
    sample: Option<String>,
    /// What to note in the history.
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    comment: Option<String>,
}

/// One archive that is read again.
#[derive(Serialize, ToSchema)]
struct AskedVerification {
    /// The report.
    report: i64,
    /// The category.
    category: CategoryName,
    /// The job that was queued for it.
    job: Option<i64>,
    /// Why no job was queued.
    refusal: Option<String>,
}

/// What was asked for.
#[derive(Serialize, ToSchema)]
pub(super) struct AskedVerifications {
    /// The number of the request; null when no job was queued.
    batch: Option<i64>,
    /// Each archive that is meant.
    items: Vec<AskedVerification>,
}

impl VerifyBody {
    fn sample(&self) -> Result<Option<Sample>, Problem> {
        let mut faults = Faults::default();
        meant::check(&mut faults, self.reports.as_deref(), self.filter.as_ref(), self.categories.as_deref());
        if let Some(comment) = &self.comment {
            faults.text("comment", comment);
        }
        let sample = self.sample.as_deref().map(str::parse::<Sample>).transpose();
        if let Err(UnknownSample { .. }) = &sample {
            faults.add("sample", "give a share such as 5%, or a size such as 20GB");
        }
        faults.none()?;
        Ok(sample.ok().flatten())
    }
}

/// Verify archives
///
/// Queues a job for each archive: its files are read again and compared with its list. What is found is told by the job's
/// `result` and by `/api/v1/reports/{id}/verifications`. Until it has ended no other job gets these files; all archives, one after the
/// other, are read by the schedule.
#[utoipa::path(post, path = "/api/v1/verifications", operation_id = "askForVerifications", tag = "jobs",
    request_body(content = VerifyBody, example = json!({"reports": [1, 2], "sample": "5%"})),
    responses((status = 200, description = "Nothing of it has an archive. No job was queued.", body = AskedVerifications),
        (status = 201, description = "Jobs were queued.", body = AskedVerifications,
            headers(("Location" = String, description = "The list of these jobs.")))))]
pub(super) async fn ask(
    caller: Caller,
    State(app): State<App>,
    Json(body): Json<VerifyBody>,
) -> Result<Response, Problem> {
    let sample = body.sample()?;
    let categories: Option<Vec<Category>> =
        body.categories.map(|named| named.into_iter().map(|category| category.0).collect());
    let reports = meant::reports(app.catalog(), body.reports, body.filter).await?;
    let archives = of_reports(&app, &reports, categories.as_deref()).await?;
    let comment = body.comment.as_deref().unwrap_or_default();
    let wish = VerifyWish { sample, comment, user: &caller.account()?.username, priority: Priority::Manual };
    let asked = ask_verify(app.catalog(), &archives, wish).await?;
    let first = asked.iter().find_map(|wanted| wanted.job.as_ref().ok().copied());
    let batch = match first {
        Some(job) => app.catalog().job(job).await?.map(|job| job.batch_id),
        None => None,
    };
    let items = asked.into_iter().map(AskedVerification::of).collect();
    Ok(meant::answer(batch, AskedVerifications { batch, items }))
}

/// The archives of reports. What was named and has none is told.
async fn of_reports(
    app: &App,
    reports: &[i64],
    categories: Option<&[Category]>,
) -> Result<Vec<(i64, Category)>, Problem> {
    let mut archives = Vec::new();
    for report in reports {
        let meant = match (categories, app.catalog().report_with_run(*report).await?) {
            (Some(named), _) => named.to_vec(),
            (None, Some(found)) => archived_of(&found.report),
            (None, None) => Vec::new(),
        };
        // It may have been exported; what has neither is told.
        let meant = if meant.is_empty() { Category::ALL.to_vec() } else { meant };
        archives.extend(meant.into_iter().map(|category| (*report, category)));
    }
    Ok(archives)
}

impl AskedVerification {
    fn of(wanted: Wanted) -> Self {
        let Wanted { report, category, job } = wanted;
        let (job, refusal) = match job {
            Ok(job) => (Some(job), None),
            Err(why) => (None, Some(sentence(&why))),
        };
        Self { report, category: CategoryName(category), job, refusal }
    }
}
