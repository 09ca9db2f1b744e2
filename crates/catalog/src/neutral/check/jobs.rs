//! What must hold of jobs and the trash: a worker or a list that meets such a job must not stumble.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use runstow_lifecycle::Course;

use super::super::shape::{Document, JobEntry};
use super::{unique, wrong};
use crate::error::Result;

pub(super) fn check(document: &Document) -> Result<()> {
    let ids = unique("jobs", "id", document.jobs.iter().map(|job| job.id.0))?;
    unique("trash", "job", document.trash.iter().map(|entry| entry.job.0))?;
    for (index, entry) in document.trash.iter().enumerate() {
        if let Some(job) = ids.get(&entry.job.0) {
            return wrong(format_args!(
                "trash[{index}].job: jobs[{job}] has this number and has not ended, so nothing of it lies in the trash"
            ));
        }
    }
    let mut requests = HashMap::new();
    let mut held = HashMap::new();
    for (index, job) in document.jobs.iter().enumerate() {
        whole(index, job)?;
        let first = requests.entry(job.batch.0).or_insert(index);
        if request(&document.jobs[*first]) != request(job) {
            return wrong(format_args!(
                "jobs[{index}].batch: jobs[{first}] of the same request has another action, comment, user or time"
            ));
        }
        for (at, mark) in job.marks.iter().enumerate() {
            match held.entry((mark.result.0, job.category)) {
                Entry::Vacant(place) => place.insert(index),
                Entry::Occupied(first) => {
                    let first = first.get();
                    return wrong(format_args!(
                        "jobs[{index}].marks[{at}]: jobs[{first}] holds these files already"
                    ));
                }
            };
        }
    }
    Ok(())
}

/// What all jobs of a request have in common.
fn request(job: &JobEntry) -> impl PartialEq {
    (job.action, job.comment.as_str(), job.username.as_str(), job.created)
}

fn whole(index: usize, job: &JobEntry) -> Result<()> {
    if job.status.ended() {
        let status = job.status;
        return wrong(format_args!(
            "jobs[{index}].status: {status}: only jobs that have not ended are loaded"
        ));
    }
    if let Err(unfit) = Course::new(job.action, job.previous_state) {
        return wrong(format_args!("jobs[{index}].previous_state: {unfit}"));
    }
    for (at, mark) in job.marks.iter().enumerate() {
        if let Err(unfit) = Course::new(job.action, mark.previous_state) {
            return wrong(format_args!("jobs[{index}].marks[{at}].previous_state: {unfit}"));
        }
    }
    if !job.marks.iter().any(|mark| mark.result == job.result) {
        let report = job.result.0;
        return wrong(format_args!("jobs[{index}].marks: its own report {report} is not among them"));
    }
    Ok(())
}
