//! `/api/v1/jobs`: what was asked for, how far it is, and what people do about it.

pub(super) mod asking;
mod entry;
mod listing;
pub(super) mod meant;
pub(super) mod planned;
mod wanted;

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use runstow_catalog::{self as catalog, Edit, times};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{Faults, Json};
use super::caller::Caller;
use super::gate;
use super::params::Query;
use super::path::Id;
use super::problem::{Kind, Problem};
use super::rights::Access;
use super::tagged::{IfMatch, changed, tag, tagged, with_tag};
use crate::app::App;
use entry::{Job, JobPage};
use listing::{Documented, Listing};

/// A decision.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionBody {
    /// The `id` of one of the job's `choices`.
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        examples("overwrite")
    )]
    choice: String,
}

/// List jobs
///
/// Newest first, also those that have ended.
#[utoipa::path(get, path = "/api/v1/jobs", operation_id = "listJobs", tag = "jobs", params(Documented),
    responses((status = 200, description = "One page.", body = JobPage)))]
pub(super) async fn list(
    State(app): State<App>,
    Query(wanted): Query<Listing>,
) -> Result<axum::Json<JobPage>, Problem> {
    let found = app.catalog().jobs(&wanted.filter).await?;
    Ok(axum::Json(JobPage::of(found, &wanted)))
}

/// One job
#[utoipa::path(get, path = "/api/v1/jobs/{id}", operation_id = "getJob", tag = "jobs",
    params(("id" = i64, Path, description = "The job's number.", minimum = 1)),
    responses((status = 200, description = "The job.", body = Job)))]
pub(super) async fn show(
    State(app): State<App>,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let job = app.catalog().job(id).await?.ok_or_else(|| Problem::no_such("job", id))?;
    Ok(tagged(&headers, Job::of(job)))
}

/// Cancel a job
///
/// What has not begun is cancelled at once. What has begun stops at the next safe point: until then the answer has its
/// former status, and `cancel_by` tells who wants it cancelled.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/cancel", operation_id = "cancelJob", tag = "jobs",
    params(("id" = i64, Path, description = "The job's number.", minimum = 1)),
    responses((status = 200, description = "Cancelled, or about to stop.", body = Job)))]
pub(super) async fn cancel(caller: Caller, State(app): State<App>, Id(id): Id) -> Result<Response, Problem> {
    let by = &caller.account()?.username;
    steered(id, app.catalog().cancel_job(id, by, times::now_us()).await?)
}

/// Try a job again
///
/// Now, and not when its time has come; also one that needs a decision. Takes the right to ask for its action.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/retry", operation_id = "retryJob", tag = "jobs",
    params(("id" = i64, Path, description = "The job's number.", minimum = 1)),
    responses((status = 200, description = "Queued.", body = Job)))]
pub(super) async fn retry(caller: Caller, State(app): State<App>, Id(id): Id) -> Result<Response, Problem> {
    let by = may_ask_for(&app, &caller, id).await?;
    steered(id, app.catalog().retry_job(id, &by).await?)
}

/// Decide how a job goes on
///
/// One that needs a decision names the `choices`. Takes the right to ask for its action.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/decision", operation_id = "decideJob", tag = "jobs",
    params(("id" = i64, Path, description = "The job's number.", minimum = 1)),
    request_body = DecisionBody,
    responses((status = 200, description = "Queued.", body = Job)))]
pub(super) async fn decide(
    caller: Caller,
    State(app): State<App>,
    Id(id): Id,
    seen: IfMatch,
    Json(body): Json<DecisionBody>,
) -> Result<Response, Problem> {
    let by = may_ask_for(&app, &caller, id).await?;
    let mut faults = Faults::default();
    faults.text("choice", &body.choice);
    faults.none()?;
    let unchanged = |job: &catalog::Job| seen.holds(&Job::of(job.clone()));
    steered(id, app.catalog().decide_job(id, &body.choice, &by, unchanged).await?)
}

/// Who has a job go on asks for its action: what loses files stays with those who may ask for that.
async fn may_ask_for(app: &App, caller: &Caller, id: i64) -> Result<String, Problem> {
    let job = app.catalog().job(id).await?.ok_or_else(|| Problem::no_such("job", id))?;
    gate::allowed(app, Access::Needs(job.action.right()), caller)?;
    Ok(caller.account()?.username.clone())
}

fn steered(id: i64, edit: Edit<catalog::Job>) -> Result<Response, Problem> {
    match edit {
        Edit::Done(job) => {
            let job = Job::of(job);
            Ok(with_tag(&tag(&job), axum::Json(job)))
        }
        Edit::NotThere => Err(Problem::no_such("job", id)),
        Edit::Changed => Err(changed()),
        Edit::Refused(text) => Err(Problem::new(Kind::Conflict, sentence(&text))),
    }
}

/// As problem documents write it.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}
