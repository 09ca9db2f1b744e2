//! The end of a verification.

use runstow_lifecycle::Wholeness;
use sea_query::{Expr, ExprTrait};

use super::finish::{self, Done, Outcome};
use super::job::{self, Ticket};
use super::marks;
use super::trash::TrashChange;
use crate::Catalog;
use crate::error::Result;
use crate::jobs::ArchivePlace;
use crate::records::{self, VerificationRow};
use crate::stored_path::StoredPath;
use crate::tables::Verifications;
use crate::verifications::outcome_of;

/// What a verification has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The archive folder.
    pub folder: StoredPath,
    /// What the archive is.
    pub outcome: Wholeness,
    /// All contents were read, not only a sample.
    pub complete: bool,
    /// How many things are wrong.
    pub findings: i64,
    /// Files that were read.
    pub files: i64,
    /// Bytes of them.
    pub bytes: i64,
}

impl Catalog {
    /// Ends a verification that is still this worker's: as [`Catalog::finish_job`] with [`Outcome::Done`], and notes what
    /// was found on all reports that share the category, in the same transaction.
    ///
    /// # Errors
    /// As [`Catalog::finish_job`].
    pub async fn finish_verification(
        &self,
        ticket: Ticket,
        found: Found,
        result: String,
        summary: String,
        now_us: i64,
    ) -> Result<bool> {
        let mut tx = self.db.write().await?;
        let Some(row) = job::lock_held(&mut tx, ticket).await? else {
            tx.abandon().await?;
            return Ok(false);
        };
        let (folder, folder_bytes) = found.folder.to_columns();
        let column = |column| Expr::col((Verifications::Table, column));
        let mut rows = Vec::new();
        for mark in marks::of_job(&mut tx, &row).await? {
            let query = records::select::<VerificationRow>()
                .and_where(column(Verifications::ResultId).eq(mark.report))
                .and_where(column(Verifications::Category).eq(row.category))
                .and_where(column(Verifications::Folder).eq(folder.as_str()))
                .to_owned();
            let before = records::read_all::<VerificationRow>(&tx.all(&query).await?)?.pop();
            let mut outcome = found.outcome;
            let mut findings = found.findings;
            if let Some(before) = &before {
                let known = outcome_of(before)?;
                outcome = known.then(found.outcome, found.complete);
                if outcome != found.outcome {
                    findings = before.findings;
                }
            }
            rows.push(VerificationRow {
                result_id: mark.report,
                category: row.category,
                folder: folder.clone(),
                folder_bytes: folder_bytes.clone(),
                job_id: row.id,
                verified_us: now_us,
                complete_us: if found.complete {
                    Some(now_us)
                } else {
                    before.and_then(|before| before.complete_us)
                },
                outcome: outcome.name().to_owned(),
                findings,
                files: found.files,
                bytes: found.bytes,
            });
        }
        records::upsert(&mut tx, &rows).await?;
        let done = Done {
            archive: ArchivePlace::Unchanged,
            trash: TrashChange::Unchanged,
            measures: Vec::new(),
            result: Some(result),
            summary,
        };
        finish::end(&mut tx, &row, Outcome::Done(done), now_us).await?;
        tx.commit().await?;
        Ok(true)
    }
}
