//! Ids of new records: one sequence for each kind, so that ids given by a load stay and the next one is the
//! largest ever present plus one.

use sea_query::{Expr, ExprTrait, Query};

use crate::db::Tx;
use crate::error::{CatalogError, Result};
use crate::tables::IdSequences;

/// A kind of record that has ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sequence {
    Users,
    ApiKeys,
    Experiments,
    Results,
    Events,
    Fileservers,
    Messages,
    Globalconfig,
    Volumes,
    Scans,
    Holds,
    JobBatches,
    Jobs,
}

impl Sequence {
    const fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::ApiKeys => "api_keys",
            Self::Experiments => "experiments",
            Self::Results => "results",
            Self::Events => "events",
            Self::Fileservers => "fileservers",
            Self::Messages => "messages",
            Self::Globalconfig => "globalconfig",
            Self::Volumes => "volumes",
            Self::Scans => "scans",
            Self::Holds => "holds",
            Self::JobBatches => "job_batches",
            Self::Jobs => "jobs",
        }
    }
}

/// Takes `count` ids in a row and gives the first. A transaction that is not committed gives them back.
pub(crate) async fn take(tx: &mut Tx, sequence: Sequence, count: usize) -> Result<i64> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let query = Query::update()
        .table(IdSequences::Table)
        .value(IdSequences::NextId, Expr::col(IdSequences::NextId).add(count))
        .and_where(Expr::col(IdSequences::Name).eq(sequence.name()))
        .returning_col(IdSequences::NextId)
        .to_owned();
    match tx.first(&query).await? {
        Some(row) => Ok(row.get::<i64>(0)? - count),
        None => Err(lost(sequence)),
    }
}

/// The id that the next record will have.
pub(crate) async fn next(tx: &mut Tx, sequence: Sequence) -> Result<i64> {
    let query = Query::select()
        .column(IdSequences::NextId)
        .from(IdSequences::Table)
        .and_where(Expr::col(IdSequences::Name).eq(sequence.name()))
        .to_owned();
    match tx.first(&query).await? {
        Some(row) => row.get(0),
        None => Err(lost(sequence)),
    }
}

fn lost(sequence: Sequence) -> CatalogError {
    CatalogError::Invalid(format!(
        "the catalog has lost the sequence of {}: restore a backup",
        sequence.name()
    ))
}

/// Sees to it that the sequence never gives out `id`, which came from elsewhere.
pub(crate) async fn reserve(tx: &mut Tx, sequence: Sequence, id: i64) -> Result<()> {
    let query = Query::update()
        .table(IdSequences::Table)
        .value(IdSequences::NextId, id.saturating_add(1))
        .and_where(Expr::col(IdSequences::Name).eq(sequence.name()))
        .and_where(Expr::col(IdSequences::NextId).lte(id))
        .to_owned();
    tx.run(&query).await?;
    Ok(())
}

/// Starts every sequence afresh at 1, but for those of jobs: a worker that was stopped for long must never find the
/// job that it had in another one of the same number.
pub(crate) async fn reset(tx: &mut Tx) -> Result<()> {
    let query = Query::update()
        .table(IdSequences::Table)
        .value(IdSequences::NextId, 1_i64)
        .and_where(
            Expr::col(IdSequences::Name)
                .is_not_in([Sequence::Jobs, Sequence::JobBatches].map(Sequence::name)),
        )
        .to_owned();
    tx.run(&query).await?;
    Ok(())
}
