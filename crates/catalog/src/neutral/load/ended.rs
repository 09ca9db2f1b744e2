//! Jobs of the document that this catalog has known before.

use sea_query::{Expr, ExprTrait};

use crate::db::Tx;
use crate::error::{CatalogError, Result};
use crate::ids::{self, Sequence};
use crate::records::{self, JobRow};
use crate::tables::Jobs;

/// Numbers in one statement.
const PART: usize = 4000;

/// More often than any job was ever taken.
const LEAP: i64 = 1 << 20;

/// Refuses a document with a job that has ended here since it was written: a delete that somebody has taken back would
/// begin again.
pub(super) async fn require_none(tx: &mut Tx, document: &[JobRow]) -> Result<()> {
    for part in document.chunks(PART) {
        let query = records::select::<JobRow>()
            .and_where(Expr::col(Jobs::Id).is_in(part.iter().map(|job| job.id)))
            .to_owned();
        let here: Vec<JobRow> = records::read_all(&tx.all(&query).await?)?;
        let same = |job: &JobRow, other: &JobRow| {
            let what = |job: &JobRow| (job.id, job.created_us, job.result_id, job.category);
            what(job) == what(other) && job.action == other.action
        };
        if let Some(job) = here.iter().find(|job| part.iter().any(|other| same(job, other))) {
            return Err(CatalogError::Conflict(format!(
                "job {} ({} of report {}) has not ended in the document, but is {} here: a load would begin it again; \
                 nothing was changed: dump anew, or load into an empty catalog if it is to begin again",
                job.id, job.action, job.result_id, job.status
            )));
        }
    }
    Ok(())
}

/// Numbers that this catalog has given out before: whoever had one of these jobs then, and was stopped for long, must not
/// take one of the document for it. A catalog that never had the number leaves the fence as it is.
pub(super) async fn outrun(tx: &mut Tx, document: &mut [JobRow]) -> Result<()> {
    let next = ids::next(tx, Sequence::Jobs).await?;
    for job in document.iter_mut().filter(|job| job.id < next) {
        job.fence = job.fence.saturating_add(LEAP);
    }
    Ok(())
}
