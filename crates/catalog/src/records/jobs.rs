//! Rows of jobs.

use super::record;
use crate::tables::{JobBatches, JobMarks, JobTurns, Jobs, Trash};

record! {
    /// A request that made jobs.
    #[derive(Debug)]
    JobBatchRow in JobBatches key [Id] {
        id: i64 = Id,
        action: String = Action,
        comment: String = Comment,
        username: String = Username,
        created_us: i64 = CreatedUs,
    }
}

record! {
    /// A job.
    #[derive(Debug)]
    JobRow in Jobs key [Id] {
        id: i64 = Id,
        batch_id: i64 = BatchId,
        action: String = Action,
        result_id: i64 = ResultId,
        experiment_id: i64 = ExperimentId,
        category: i64 = Category,
        lock_key: String = LockKey,
        volume_id: Option<i64> = VolumeId,
        target: Option<String> = Target,
        target_bytes: Option<Vec<u8>> = TargetBytes,
        options: String = Options,
        plan: Option<String> = Plan,
        kept_confirmed: bool = KeptConfirmed,
        comment: String = Comment,
        username: String = Username,
        priority: i64 = Priority,
        previous_state: String = PreviousState,
        status: String = Status,
        reason_kind: Option<String> = ReasonKind,
        reason: Option<String> = Reason,
        not_before_us: Option<i64> = NotBeforeUs,
        attempts: i64 = Attempts,
        fence: i64 = Fence,
        lease_until_us: Option<i64> = LeaseUntilUs,
        worker: Option<String> = Worker,
        cancel_by: Option<String> = CancelBy,
        phase: String = Phase,
        bytes_done: i64 = BytesDone,
        bytes_total: Option<i64> = BytesTotal,
        files_done: i64 = FilesDone,
        files_total: Option<i64> = FilesTotal,
        progress_us: Option<i64> = ProgressUs,
        created_us: i64 = CreatedUs,
        started_us: Option<i64> = StartedUs,
        begun_us: Option<i64> = BegunUs,
        ended_us: Option<i64> = EndedUs,
        result: Option<String> = Result,
        choices: Option<String> = Choices,
        decision: Option<String> = Decision,
        target_volume_id: Option<i64> = TargetVolumeId,
        unfinished_confirmed: bool = UnfinishedConfirmed,
        published_us: Option<i64> = PublishedUs,
        bytes_copied: i64 = BytesCopied,
        files_copied: i64 = FilesCopied,
    }
}

record! {
    /// When a user's jobs were last taken.
    #[derive(Debug)]
    JobTurnRow in JobTurns key [Username] {
        username: String = Username,
        turn: i64 = Turn,
    }
}

record! {
    /// A category that a job holds, and what it was before.
    #[derive(Debug)]
    JobMarkRow in JobMarks key [ResultId, Category] {
        result_id: i64 = ResultId,
        category: i64 = Category,
        job_id: i64 = JobId,
        previous_state: String = PreviousState,
    }
}

record! {
    /// What a delete has put into the trash.
    #[derive(Debug)]
    TrashRow in Trash key [JobId] {
        job_id: i64 = JobId,
        result_id: i64 = ResultId,
        experiment_id: i64 = ExperimentId,
        category: i64 = Category,
        report_name: String = ReportName,
        volume_id: Option<i64> = VolumeId,
        folder: String = Folder,
        folder_bytes: Option<Vec<u8>> = FolderBytes,
        options: String = Options,
        files: i64 = Files,
        bytes: i64 = Bytes,
        deleted_us: i64 = DeletedUs,
        due_us: Option<i64> = DueUs,
        username: String = Username,
    }
}
