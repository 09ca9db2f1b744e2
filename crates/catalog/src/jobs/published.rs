//! The point of return: all copies of an archive are proven and in their place, and sources are removed from now on.

use super::begin::{categories, in_use, kept};
use super::job::{self, Ticket, Told};
use super::marks::{self, Mark};
use crate::Catalog;
use crate::db::Tx;
use crate::error::Result;
use crate::records::{self, JobRow};
use crate::stored_path::StoredPath;
use crate::tables::Jobs;

/// What the journal of an archive says of its sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sources {
    /// None was removed.
    Untouched,
    /// Some may be gone, so there is no way back.
    MayBeGone,
}

/// Whether an archive is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// It is, and its sources may be removed.
    Recorded,
    /// A user wants it cancelled; see [`super::Lease::CancelAsked`].
    CancelAsked,
    /// The files have come to be in use; to be told to [`Catalog::wait_job`].
    Wait(Told),
    /// They have come to be kept; to be told to [`Catalog::fail_job`], after undoing what was done.
    Refused(Told),
    /// It is not this worker's job any more.
    Lost,
}

impl Catalog {
    /// Records where an archive is, on all reports that share its files, before any source is removed (lifecycle.md §4).
    /// From then on the job can neither fail nor be cancelled: it is done, waits, or needs a decision. Copying may have taken
    /// hours, so it is asked once more, in the same transaction, whether somebody has cancelled it, holds the files or keeps them
    /// (unless the archive of kept files was confirmed), and then nothing is recorded. It may be told again by each worker that
    /// goes on with the job; once it is recorded, or sources may be gone, nothing is asked any more.
    ///
    /// # Errors
    /// When the catalog can not be written; then no source may be removed.
    pub async fn publish_job(
        &self,
        ticket: Ticket,
        archive: &StoredPath,
        sources: Sources,
        now_us: i64,
    ) -> Result<Published> {
        let mut tx = self.db.write().await?;
        let Some(row) = job::lock_held(&mut tx, ticket).await? else {
            tx.abandon().await?;
            return Ok(Published::Lost);
        };
        let marks = marks::of_job(&mut tx, &row).await?;
        if row.published_us.is_none() {
            if sources == Sources::Untouched
                && let Some(objection) = objection(&mut tx, &row, &marks).await?
            {
                tx.abandon().await?;
                return Ok(objection);
            }
            tx.run(job::update(row.id).value(Jobs::PublishedUs, now_us)).await?;
        }
        let (text, bytes) = StoredPath::columns_of(Some(archive));
        let mut rows = categories(&mut tx, &row, &marks).await?;
        rows.retain(|record| record.archive_path != text || record.archive_path_bytes != bytes);
        for record in &mut rows {
            (record.archive_path, record.archive_path_bytes) = (text.clone(), bytes.clone());
        }
        records::upsert(&mut tx, &rows).await?;
        tx.commit().await?;
        Ok(Published::Recorded)
    }
}

/// What has come to speak against it since it began.
async fn objection(tx: &mut Tx, row: &JobRow, marks: &[Mark]) -> Result<Option<Published>> {
    if row.cancel_by.is_some() {
        return Ok(Some(Published::CancelAsked));
    }
    if let Some(told) = in_use(tx, row, marks).await? {
        return Ok(Some(Published::Wait(told)));
    }
    let told = if row.kept_confirmed { None } else { kept(tx, row, marks).await? };
    Ok(told.map(Published::Refused))
}
