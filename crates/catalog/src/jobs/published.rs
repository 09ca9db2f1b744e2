//! The point of return: all copies of an archive are proven and in their place, and sources are removed from now on.

use super::begin::categories;
use super::job::{self, Ticket};
use super::lease::Lease;
use super::marks;
use crate::Catalog;
use crate::error::Result;
use crate::records;
use crate::stored_path::StoredPath;
use crate::tables::Jobs;

impl Catalog {
    /// Records where an archive is, on all reports that share its files, before any source is removed (lifecycle.md §4).
    /// From then on the job can neither fail nor be cancelled: it is done, waits, or needs a decision. It may be told
    /// again by each worker that goes on with the job. [`Lease::Lost`]: it is not this worker's, and nothing was written.
    ///
    /// # Errors
    /// When the catalog can not be written; then no source may be removed.
    pub async fn publish_job(&self, ticket: Ticket, archive: &StoredPath, now_us: i64) -> Result<Lease> {
        let mut tx = self.db.write().await?;
        let Some(row) = job::lock_held(&mut tx, ticket).await? else {
            tx.abandon().await?;
            return Ok(Lease::Lost);
        };
        if row.published_us.is_none() {
            tx.run(job::update(row.id).value(Jobs::PublishedUs, now_us)).await?;
        }
        let marks = marks::of_job(&mut tx, &row).await?;
        let (text, bytes) = StoredPath::columns_of(Some(archive));
        let mut rows = categories(&mut tx, &row, &marks).await?;
        rows.retain(|record| record.archive_path != text || record.archive_path_bytes != bytes);
        for record in &mut rows {
            (record.archive_path, record.archive_path_bytes) = (text.clone(), bytes.clone());
        }
        records::upsert(&mut tx, &rows).await?;
        tx.commit().await?;
        Ok(Lease::of(row.cancel_by.is_some()))
    }
}
