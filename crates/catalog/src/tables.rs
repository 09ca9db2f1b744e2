//! Names of tables and columns, as the migrations make them.
#![expect(clippy::enum_variant_names, reason = "columns are named as the compatible API names its fields")]

mod jobs;
mod verifications;

use sea_query::Iden;

pub(crate) use jobs::{JobBatches, JobControl, JobMarks, JobTurns, Jobs, Trash};
pub(crate) use verifications::Verifications;

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "catalog_version"]
pub(crate) enum CatalogVersion {
    Table,
    Version,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "id_sequences"]
pub(crate) enum IdSequences {
    Table,
    Name,
    NextId,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "settings"]
pub(crate) enum Settings {
    Table,
    Name,
    Value,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "users"]
pub(crate) enum Users {
    Table,
    Id,
    Username,
    PasswordHash,
    Role,
    ApiWrite,
    Active,
    CreatedUs,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "api_keys"]
pub(crate) enum ApiKeys {
    Table,
    Id,
    UserId,
    Name,
    KeyHash,
    CreatedUs,
    LastUsedUs,
    RevokedUs,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "sessions"]
pub(crate) enum Sessions {
    Table,
    TokenHash,
    UserId,
    CsrfToken,
    CreatedUs,
    ExpiresUs,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "experiments"]
pub(crate) enum Experiments {
    Table,
    Id,
    ExpName,
    ExpDir,
    ExpDirBytes,
    DateUs,
    ChipType,
    Platform,
    Instrument,
    StorageOptions,
    Diskusage,
    Finished,
    FinishedReason,
    AbsentScans,
    AbsentSinceUs,
    SeenUs,
    Fingerprint,
    KeepMarker,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "results"]
pub(crate) enum Results {
    Table,
    Id,
    ExperimentId,
    ResultsName,
    TimeStampUs,
    TimeStampText,
    Diskusage,
    Thumbnail,
    ReportDir,
    ReportDirBytes,
    ParentId,
    TsVersion,
    AbsentScans,
    AbsentSinceUs,
    SeenUs,
    Fingerprint,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "category_states"]
pub(crate) enum CategoryStates {
    Table,
    ResultId,
    Category,
    State,
    Keep,
    Diskspace,
    ReportMb,
    RunMb,
    LinkedMb,
    Files,
    ArchivePath,
    ArchivePathBytes,
    InUse,
    CreatedUs,
    MeasuredUs,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "events"]
pub(crate) enum Events {
    Table,
    Id,
    About,
    ObjectPk,
    Text,
    Username,
    CreatedUs,
    CreatedText,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "fileservers"]
pub(crate) enum Fileservers {
    Table,
    Id,
    Name,
    Comments,
    FilesPrefix,
    Percentfull,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "messages"]
pub(crate) enum Messages {
    Table,
    Id,
    Body,
    Level,
    Route,
    Expires,
    Tags,
    Status,
    TimeUs,
    TimeText,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "globalconfig"]
pub(crate) enum Globalconfig {
    Table,
    Id,
    Name,
    Selected,
    RecordsToDisplay,
    DefaultTestFragmentKey,
    DefaultLibraryKey,
    DefaultFlowOrder,
    PluginOutputFolder,
    WebRoot,
    SiteName,
    DefaultStorageOptions,
    AutoArchiveAck,
    AutoArchiveEnable,
    EnableAutoPkgDl,
    EnableVersionLock,
    TsUpdateStatus,
    BaseRecalibrationMode,
    MarkDuplicates,
    Realign,
    CheckNewsPosts,
    EnableAutoSecurity,
    SecUpdateStatus,
    #[iden = "enable_compendia_OCP"]
    EnableCompendiaOCP,
    EnableSupportUpload,
    EnableNightlyEmail,
    ClusterAutoDisable,
    TelemetryEnabled,
    #[iden = "majorPlatform"]
    MajorPlatform,
    PasswordMaxAge,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "volumes"]
pub(crate) enum Volumes {
    Table,
    Id,
    Name,
    Kind,
    Path,
    Marker,
    Filesystem,
    TotalBytes,
    AvailableBytes,
    Status,
    StatusReason,
    CheckedUs,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "scans"]
pub(crate) enum Scans {
    Table,
    Id,
    StartedUs,
    FinishedUs,
    Outcome,
    Summary,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "scan_warnings"]
pub(crate) enum ScanWarnings {
    Table,
    ScanId,
    Position,
    Path,
    Message,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "run_keeps"]
pub(crate) enum RunKeeps {
    Table,
    ExperimentId,
    Owner,
    Reason,
    SinceUs,
    ExpiresUs,
    FormerOptions,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "category_keeps"]
pub(crate) enum CategoryKeeps {
    Table,
    ResultId,
    Category,
    Owner,
    Reason,
    SinceUs,
    ExpiresUs,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "holds"]
pub(crate) enum Holds {
    Table,
    Id,
    ResultId,
    ExperimentId,
    Who,
    Reason,
    SinceUs,
    ExpiresUs,
}

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "remembered_answers"]
pub(crate) enum RememberedAnswers {
    Table,
    UserId,
    KeyHash,
    RequestHash,
    CreatedUs,
    Status,
    Answer,
}
