//! `runstow jobs`

use std::process::ExitCode;

use anyhow::{Result, bail};
use jiff::Timestamp;
use runstow_engine::catalog::{Catalog, Edit, Job, JobFilter, times};
use runstow_lifecycle::{JobStatus, Megabytes};

use super::plans::bytes;
use super::{files, follow};
use crate::cli::{Jobs, JobsCommand};
use crate::context::Context;
use crate::terminal::{
    self,
    table::{size, table},
};

/// Shows jobs, or steers one.
///
/// # Errors
/// When there is no such job, or what is asked for can not be done with it.
pub async fn run(context: &Context, options: &Jobs) -> Result<ExitCode> {
    let (_, catalog) = context.existing().await?;
    match &options.command {
        None => list(&catalog, options).await?,
        Some(JobsCommand::Show { job, follow }) => {
            if *follow {
                follow::until_over(&catalog, *job).await?;
            }
            match catalog.job(*job).await? {
                Some(job) => show(&job),
                None => bail!("there is no job {job}; `runstow jobs` shows the newest"),
            }
        }
        Some(JobsCommand::Cancel { job }) => {
            steered(*job, catalog.cancel_job(*job, &who(), times::now_us()).await?)?;
        }
        Some(JobsCommand::Retry { job }) => steered(*job, catalog.retry_job(*job, &who()).await?)?,
    }
    catalog.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn list(catalog: &Catalog, options: &Jobs) -> Result<()> {
    let report = match &options.report {
        Some(name) => Some(files::named(catalog, name).await?.report.id),
        None => None,
    };
    let limit = if options.limit == 0 { u64::from(u32::MAX) } else { options.limit };
    let filter = JobFilter {
        statuses: options.status.clone(),
        actions: options.action.clone(),
        report,
        user: options.user.clone(),
        // One more than is shown, to know whether there are more.
        limit: limit.saturating_add(1),
        ..JobFilter::default()
    };
    let mut found = catalog.jobs(&filter).await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > shown;
    found.truncate(shown);
    if found.is_empty() {
        let all = JobFilter { limit: filter.limit, ..JobFilter::default() } == filter;
        terminal::line(if all { "There are no jobs." } else { "There are no such jobs." });
        return Ok(());
    }
    let head = ["job", "action", "report", "category", "status", "done", "reason"];
    terminal::line(&table(&head, &[0, 5], found.iter().map(row).collect()));
    if more {
        terminal::line(&format!("The newest {shown} are shown; -n 0 shows all."));
    }
    Ok(())
}

fn steered(id: i64, outcome: Edit<Job>) -> Result<()> {
    match outcome {
        Edit::Done(job) => {
            show(&job);
            Ok(())
        }
        Edit::NotThere => bail!("there is no job {id}; `runstow jobs` shows the newest"),
        Edit::Changed => bail!("job {id} has changed meanwhile; look at it again"),
        Edit::Refused(why) => bail!("{why}"),
    }
}

/// Who gives commands here, for the history.
pub fn who() -> String {
    let user =
        std::env::var("SUDO_USER").or_else(|_| std::env::var("USER")).unwrap_or_else(|_| "root".into());
    format!("{user} (command line)")
}

fn row(job: &Job) -> Vec<String> {
    vec![
        job.id.to_string(),
        job.action.to_string(),
        job.report_name.clone().unwrap_or_else(|| job.report_id.to_string()),
        job.category.to_string(),
        match silent(job) {
            Some(_) => "no worker".to_owned(),
            None => job.status.to_string(),
        },
        progress(job),
        job.reason.as_ref().map(|told| told.text.clone()).unwrap_or_default(),
    ]
}

fn progress(job: &Job) -> String {
    let megabytes =
        |bytes: i64| size(Some(Megabytes::from_bytes(u64::try_from(bytes).unwrap_or_default()).0));
    let progress = &job.progress;
    match (job.status.ended(), progress.bytes_total) {
        (true, _) => String::new(),
        (false, Some(total)) => {
            format!("{}: {} of {}", progress.phase, megabytes(progress.bytes_done), megabytes(total))
        }
        (false, None) => progress.phase.to_string(),
    }
}

/// A value of a result, as people read it; a list has a line for each.
fn lines_of(key: &str, value: &serde_json::Value) -> Vec<String> {
    use serde_json::Value;
    match value {
        Value::Null => Vec::new(),
        Value::Bool(yes) => vec![if *yes { "yes" } else { "no" }.to_owned()],
        Value::String(text) => vec![text.clone()],
        Value::Array(all) => all.iter().flat_map(|one| lines_of(key, one)).collect(),
        Value::Number(number) => match number.as_u64() {
            Some(size) if key.ends_with("bytes") => vec![bytes(size)],
            _ => vec![number.to_string()],
        },
        Value::Object(_) => vec![value.to_string()],
    }
}

fn time(us: i64) -> String {
    Timestamp::from_microsecond(us)
        .map(|time| time.strftime("%F %H:%M:%S UTC").to_string())
        .unwrap_or_default()
}

/// Its worker has not been heard of for so long that another may take the job.
pub fn silent(job: &Job) -> Option<String> {
    let now = times::now_us();
    let lease = job.lease_until_us.filter(|_| job.is_abandoned(now))?;
    let worker = job.worker.as_deref().unwrap_or("the worker");
    let goes_on = "the job goes on when `runstow worker` or `runstow serve` runs";
    Some(if lease < now {
        format!("{worker} was to be heard of by {} and was not; {goes_on}", time(lease))
    } else {
        format!("{worker} has it until {}, by a clock that is wrong; {goes_on}", time(lease))
    })
}

/// Who has a job that runs, and until when at most if nothing more is heard of it.
fn held(job: &Job) -> Option<String> {
    let lease = job.lease_until_us.filter(|_| job.status == JobStatus::Running)?;
    let worker = job.worker.as_deref().unwrap_or("a worker");
    Some(format!("{worker}; another takes the job if it is not heard of by {}", time(lease)))
}

/// When a job that waits is tried again without anybody's doing.
fn again(job: &Job) -> Option<String> {
    let at = job.not_before_us.filter(|_| matches!(job.status, JobStatus::Queued | JobStatus::Waiting))?;
    let soon = if at <= times::now_us() {
        "as soon as a worker is free".to_owned()
    } else {
        format!("at {}; `runstow jobs retry {}` does not wait", time(at), job.id)
    };
    Some(soon)
}

/// Has it left files where they were, that were to go?
pub fn has_kept(job: &Job) -> bool {
    let result = job.result.as_deref().and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    let kept = result.as_ref().and_then(|result| result.get("kept")?.as_array());
    kept.is_some_and(|kept| !kept.is_empty())
}

/// One job in full.
pub fn show(job: &Job) {
    let name = job.report_name.as_deref().unwrap_or("?");
    terminal::line(&format!(
        "job {}: {} {} of report {} {}: {}",
        job.id,
        job.action,
        job.category.ts_name(),
        job.report_id,
        terminal::harmless(name),
        job.status
    ));
    let told = job.reason.as_ref().map(|told| told.text.clone());
    let target = job.target.as_ref().map(|target| target.text().into_owned());
    let shown = |label: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            terminal::line(&format!("  {label}: {}", terminal::harmless(&value)));
        }
    };
    shown("reason", told);
    shown(
        "cancelled by",
        job.cancel_by.clone().filter(|_| !job.status.ended()).map(|by| {
            format!("{by}; it stops at the next safe point of its worker, or when a worker takes it up")
        }),
    );
    shown("worker", silent(job).or_else(|| held(job)));
    shown("destination", target);
    shown("asked for by", Some(job.user.clone()));
    shown("comment", Some(job.comment.clone()));
    shown("asked for", Some(time(job.created_us)));
    shown("begun", job.begun_us.map(time));
    shown("ended", job.ended_us.map(time));
    shown("tried again", again(job));
    shown("progress", Some(progress(job)));
    if let Some(result) =
        job.result.as_ref().and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok())
    {
        for (key, value) in result.as_object().into_iter().flatten() {
            for text in lines_of(key, value) {
                shown(&key.replace('_', " "), Some(text));
            }
        }
    }
    for choice in &job.choices {
        terminal::line(&format!("  choice {}: {}", choice.id, choice.label));
    }
}
