//! Tables of jobs.

use sea_query::Iden;

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "job_batches"]
pub(crate) enum JobBatches {
    Table,
    Id,
    Action,
    Comment,
    Username,
    CreatedUs,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "jobs"]
pub(crate) enum Jobs {
    Table,
    Id,
    BatchId,
    Action,
    ResultId,
    ExperimentId,
    Category,
    LockKey,
    VolumeId,
    Target,
    TargetBytes,
    Options,
    Plan,
    KeptConfirmed,
    Comment,
    Username,
    Priority,
    PreviousState,
    Status,
    ReasonKind,
    Reason,
    NotBeforeUs,
    Attempts,
    Fence,
    LeaseUntilUs,
    Worker,
    CancelBy,
    Phase,
    BytesDone,
    BytesTotal,
    FilesDone,
    FilesTotal,
    ProgressUs,
    CreatedUs,
    StartedUs,
    BegunUs,
    EndedUs,
    Result,
    Choices,
    Decision,
    TargetVolumeId,
    UnfinishedConfirmed,
    PublishedUs,
    BytesCopied,
    FilesCopied,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "job_turns"]
pub(crate) enum JobTurns {
    Table,
    Username,
    Turn,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "job_marks"]
pub(crate) enum JobMarks {
    Table,
    ResultId,
    Category,
    JobId,
    PreviousState,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "job_control"]
pub(crate) enum JobControl {
    Table,
    Maintenance,
    Reason,
    Username,
    SinceUs,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "trash"]
pub(crate) enum Trash {
    Table,
    JobId,
    ResultId,
    ExperimentId,
    Category,
    ReportName,
    VolumeId,
    Folder,
    FolderBytes,
    Options,
    Files,
    Bytes,
    DeletedUs,
    DueUs,
    Username,
}
