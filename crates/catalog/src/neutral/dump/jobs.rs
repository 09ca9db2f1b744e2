//! The trash, the jobs that have not ended, and the numbers that no other job may have.

use std::collections::HashMap;

use sea_query::{Expr, ExprTrait, Order};

use super::super::line;
use super::super::rows::job_entry;
use super::super::scalars::Id;
use super::super::shape::{NumbersEntry, TrashEntry};
use super::{all, list};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{self, Sequence};
use crate::jobs::{self, Job};
use crate::records::{self, JobMarkRow, JobRow, TrashRow};
use crate::tables::{JobMarks, Jobs, Trash};

pub(super) async fn write(tx: &mut Tx, text: &mut Vec<u8>) -> Result<()> {
    let query = records::select::<JobRow>()
        .and_where(Expr::col(Jobs::Status).is_in(jobs::live()))
        .order_by(Jobs::Id, Order::Asc)
        .to_owned();
    let live: Vec<JobRow> = records::read_all(&tx.all(&query).await?)?;
    if !live.is_empty() {
        let mut marks: HashMap<i64, Vec<JobMarkRow>> = HashMap::new();
        for mark in all::<JobMarkRow>(tx, JobMarks::ResultId).await? {
            marks.entry(mark.job_id).or_default().push(mark);
        }
        let entries = live.into_iter().map(|row| {
            let marks = marks.remove(&row.id).unwrap_or_default();
            job_entry(Job::of(row, None)?, marks)
        });
        list(text, "jobs", entries.collect::<Result<Vec<_>>>()?)?;
    }
    let trash = all::<TrashRow>(tx, Trash::JobId).await?;
    if !trash.is_empty() {
        let entries = trash.into_iter().map(TrashEntry::try_from);
        list(text, "trash", entries.collect::<Result<Vec<_>>>()?)?;
    }
    numbers(tx, text).await
}

async fn numbers(tx: &mut Tx, text: &mut Vec<u8>) -> Result<()> {
    let jobs = ids::next(tx, Sequence::Jobs).await?;
    let batches = ids::next(tx, Sequence::JobBatches).await?;
    if jobs > 1 || batches > 1 {
        text.extend(b" \"next_numbers\": ");
        line::push(text, &NumbersEntry { jobs: Some(Id(jobs)), job_batches: Some(Id(batches)) })?;
        text.extend(b",\n");
    }
    Ok(())
}
