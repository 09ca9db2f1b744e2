//! Rows of verifications.

use super::record;
use crate::tables::Verifications;

record! {
    /// The last verification of a category in an archive folder.
    #[derive(Debug)]
    VerificationRow in Verifications key [ResultId, Category, Folder] {
        result_id: i64 = ResultId,
        category: i64 = Category,
        folder: String = Folder,
        folder_bytes: Option<Vec<u8>> = FolderBytes,
        job_id: i64 = JobId,
        verified_us: i64 = VerifiedUs,
        complete_us: Option<i64> = CompleteUs,
        outcome: String = Outcome,
        findings: i64 = Findings,
        files: i64 = Files,
        bytes: i64 = Bytes,
    }
}
