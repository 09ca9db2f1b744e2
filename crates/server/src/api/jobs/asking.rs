//! `POST /api/v1/jobs`: from the question what would be done to the jobs that do it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use runstow_engine::moves::{
    Batch, Confirmation, Destination, Plan, PlannedEntry, Terms, Wish, ask as enqueue,
};
use runstow_lifecycle::{Category, Right};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::body::Json;
use super::super::caller::Caller;
use super::super::codes::JobActionName;
use super::super::gate;
use super::super::problem::{Kind, Problem};
use super::super::rights::Access;
use super::meant;
use super::planned::{Planned, Planning};
use super::wanted::AskBody;
use crate::app::App;

/// What would be done, and what was asked for.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct Asked {
    /// What to do.
    action: JobActionName,
    /// Nothing was written.
    dry_run: bool,
    /// The root that copies go to; null where none are made.
    destination: Option<String>,
    /// The number of the request; null when no job was queued.
    batch: Option<i64>,
    /// How many moves are possible.
    possible: usize,
    /// How many are not, and are left out.
    left_out: usize,
    /// Files of the possible ones.
    files: u64,
    /// Bytes of the possible ones.
    bytes: u64,
    /// All files were looked at. If not, some sums are those of the last scan.
    exact: bool,
    /// Why the request as a whole would be refused: it would remove more than it may.
    too_much: Option<String>,
    /// Reports that are not there.
    missing: Vec<i64>,
    /// Each category of each report.
    items: Vec<AskedItem>,
}

/// One category of one report.
#[derive(Serialize, ToSchema)]
pub(super) struct AskedItem {
    /// What would be done.
    plan: Planned,
    /// The job that was queued for it.
    job: Option<i64>,
    /// Why no job was queued though it seemed possible: somebody was quicker.
    refusal: Option<String>,
}

/// Ask for moves
///
/// Plans each category of each report, and queues a job for each one that nothing speaks against; the others are listed with the
/// reasons and left out. With `dry_run` the answer is the plan and nothing is written. Takes the right to ask for the action.
#[utoipa::path(post, path = "/api/v1/jobs", operation_id = "askForJobs", tag = "jobs",
    request_body(content = AskBody,
        example = json!({"action": "export", "reports": [1, 2], "destination": "tape", "dry_run": true})),
    responses((status = 200, description = "The plan. No job was queued.", body = Asked),
        (status = 201, description = "Jobs were queued.", body = Asked,
            headers(("Location" = String, description = "The list of these jobs.")))))]
pub(in super::super) async fn ask(
    caller: Caller,
    State(app): State<App>,
    Json(body): Json<AskBody>,
) -> Result<Response, Problem> {
    gate::allowed(&app, Access::Needs(body.action.0.right()), &caller)?;
    let agreed = body.check()?;
    let planning = Planning::new(&app, &caller);
    let action = body.action.0;
    planning.able(action)?;
    let limits = planning.limits(body.max_delete, body.max_delete_size_mb)?;
    let confirmed = |what| body.confirm.iter().flatten().any(|given| given.0 == what);
    body.fits()?;
    let destination = match &body.destination {
        Some(destination) => {
            Some(planning.destination(destination, confirmed(Confirmation::NotMounted)).await?)
        }
        None => None,
    };
    if confirmed(Confirmation::NewArchive) {
        gate::allowed(&app, Access::Needs(Right::Storage), &caller)
            .map_err(|problem| problem.about("confirm"))?;
    }
    let reports = meant::reports(app.catalog(), body.reports, body.filter).await?;
    let categories = match body.categories {
        Some(named) => named.into_iter().map(|category| category.0).collect(),
        None => BTreeSet::from(Category::ALL),
    };
    let terms = Terms {
        action,
        destination: destination.clone(),
        confirmed: body.confirm.iter().flatten().map(|given| given.0).collect(),
        stays_in_trash: body.trash.unwrap_or(true),
        agreed,
    };
    // What was agreed to is compared before anything is queued.
    let files = body.files || body.plan.is_some() || limits.concern(action);
    let (plans, missing) = draw_up(&app, terms, &reports, &categories, files).await?;
    let mut asked = Asked::of(&body.action, destination.as_ref(), &plans, missing);
    asked.too_much = limits.check(&plans).err().map(|error| super::sentence(&error.to_string()));
    if body.dry_run {
        return Ok(axum::Json(asked).into_response());
    }
    asked.dry_run = false;
    let wish = Wish {
        comment: body.comment.as_deref().unwrap_or_default(),
        user: &caller.account()?.username,
        hash: body.checksums.map(|kind| kind.0).unwrap_or_default(),
        limits,
    };
    let queued = enqueue(app.catalog(), &plans, action, wish).await?;
    let possible = asked.items.iter_mut().zip(&plans).filter(|(_, plan)| plan.is_possible());
    for ((item, _), outcome) in possible.zip(queued.jobs) {
        match outcome {
            Ok(job) => item.job = Some(job),
            Err(refusal) => item.refusal = Some(super::sentence(&refusal.to_string())),
        }
    }
    asked.batch = queued.batch_id;
    Ok(meant::answer(queued.batch_id, asked))
}

impl Asked {
    /// A dry run's answer.
    fn of(
        action: &JobActionName,
        destination: Option<&Destination>,
        plans: &[Plan],
        missing: Vec<i64>,
    ) -> Self {
        let possible = || plans.iter().filter(|plan| plan.is_possible());
        let sum = |each: fn(&Plan) -> u64| possible().map(each).fold(0, u64::saturating_add);
        Self {
            action: *action,
            dry_run: true,
            destination: destination.map(|destination| destination.root.to_string_lossy().into_owned()),
            batch: None,
            possible: possible().count(),
            left_out: plans.len() - possible().count(),
            files: sum(|plan| plan.totals.files),
            bytes: sum(|plan| plan.totals.bytes),
            exact: plans.iter().all(|plan| plan.exact),
            too_much: None,
            missing,
            items: plans
                .iter()
                .map(|plan| AskedItem { plan: Planned::of(plan), job: None, refusal: None })
                .collect(),
        }
    }
}

/// Plans everything within the time that a request may take. Files are looked at for half of it; what is left then is planned
/// without.
async fn draw_up(
    app: &App,
    terms: Terms,
    reports: &[i64],
    categories: &BTreeSet<Category>,
    files: bool,
) -> Result<(Vec<Plan>, Vec<i64>), Problem> {
    let (begun, allowed) = (Instant::now(), app.config().request_timeout);
    let left = |share: u32| (allowed * share / 6).saturating_sub(begun.elapsed());
    let mut batch = Batch::begin(app.catalog(), &app.api.classifiers()?, terms).await?;
    let mut missing = Vec::new();
    for (done, report) in reports.iter().enumerate() {
        for category in categories {
            let looked = files && look(app, &mut batch, *report, *category, left(3)).await?;
            if looked {
                continue;
            }
            let outlined = tokio::time::timeout(left(5), batch.outline(*report, *category)).await;
            match outlined {
                Ok(plan) => {
                    if plan?.is_none() {
                        missing.push(*report);
                        break;
                    }
                }
                Err(_) => {
                    let text = format!(
                        "{} reports are too many for one request: {done} could be planned in {} s. Nothing was \
                         done; ask for fewer at once.",
                        reports.len(),
                        begun.elapsed().as_secs()
                    );
                    return Err(Problem::new(Kind::ActionRefused, text));
                }
            }
        }
    }
    Ok((batch.into_plans(), missing))
}

/// Plans one move by a look at its files; false when there was no time for that, or nothing to look at.
async fn look(
    app: &App,
    batch: &mut Batch,
    report: i64,
    category: Category,
    left: Duration,
) -> Result<bool, Problem> {
    let looking = async {
        let turn = app.api.turn().await;
        let hold = move |_: &PlannedEntry| {
            let _ = &turn;
        };
        batch.plan(report, category, hold).await.map(|plan| plan.is_some())
    };
    match tokio::time::timeout(left, looking).await {
        Ok(looked) => Ok(looked?),
        Err(_) => Ok(false),
    }
}
