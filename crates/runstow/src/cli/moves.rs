//! What moves files, explains and steers that.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use runstow_engine::moves::verify::Sample;
use runstow_lifecycle::manifest::HashKind;
use runstow_lifecycle::{Category, JobAction, JobStatus};

use super::{Filter, parsed};

/// What all requests that take files from their place say
#[derive(Args, Debug)]
pub struct Wanted {
    /// Ids or names of reports; or options that say which
    #[arg(required_unless_present = "filter", conflicts_with = "filter")]
    pub reports: Vec<String>,
    /// Which reports
    #[command(flatten)]
    pub filter: Filter,
    /// Which category (may be repeated) [default: all four]
    #[arg(long, value_name = "CATEGORY", value_parser = parsed::<Category>)]
    pub category: Vec<Category>,
    /// Carry the plan out; without it the plan is only shown
    #[arg(long)]
    pub yes: bool,
    /// Only show the plan, whatever else is said
    #[arg(long)]
    pub dry_run: bool,
    /// List every file of the plan
    #[arg(long)]
    pub files: bool,
    /// Take files of runs of which nothing proves that they are finished
    #[arg(long)]
    pub unfinished: bool,
    /// What to note in the history
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub comment: String,
}

/// How much a request may remove
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Removal {
    /// Refuse the whole request when it would remove more files than this
    #[arg(long, value_name = "N")]
    pub max_delete: Option<u64>,
    /// Refuse the whole request when it would remove more MB (of 2^20 bytes) than this
    #[arg(long, value_name = "MB")]
    pub max_delete_size: Option<u64>,
}

/// `runstow archive`
#[derive(Args, Debug)]
pub struct Move {
    /// As an export
    #[command(flatten)]
    pub copying: Copying,
    /// How much it may remove
    #[command(flatten)]
    pub removal: Removal,
}

/// `runstow export`, and what an archive has of it
#[derive(Args, Debug)]
pub struct Copying {
    /// What is wanted
    #[command(flatten)]
    pub wanted: Wanted,
    /// Root of the archive, a mounted disk or share; or the name of a configured destination
    #[arg(long, value_name = "DIR|NAME")]
    pub to: String,
    /// Take kept categories too; they stay kept
    #[arg(long = "kept")]
    pub keep_confirmed: bool,
    /// How contents are hashed: blake3 (for b3sum) or sha256 (for sha256sum)
    #[arg(long, default_value = "blake3", value_name = "KIND", value_parser = parsed::<HashKind>)]
    pub checksums: HashKind,
    /// Take a destination where nothing is mounted
    #[arg(long)]
    pub not_mounted: bool,
    /// What is at the destination is a new archive, in the place of the one that was there before
    #[arg(long)]
    pub new_archive: bool,
}

/// `runstow delete`
#[derive(Args, Debug)]
pub struct Delete {
    /// What is wanted
    #[command(flatten)]
    pub wanted: Wanted,
    /// How much it may remove
    #[command(flatten)]
    pub removal: Removal,
    /// Delete basecalling input that other reports link to
    #[arg(long)]
    pub linked: bool,
    /// Delete archived copies too: of what is archived they are the only ones
    #[arg(long)]
    pub archived: bool,
    /// Do not keep the files in the trash: they are gone for good, and the room is free at once
    #[arg(long)]
    pub no_trash: bool,
}

/// `runstow restore`
#[derive(Args, Debug)]
pub struct Restore {
    /// Ids or names of reports; or options that say which; or --from
    #[arg(required_unless_present_any = ["from", "filter"], conflicts_with = "filter")]
    pub reports: Vec<String>,
    /// Which reports
    #[command(flatten)]
    pub filter: Filter,
    /// Which category (may be repeated) [default: all that are archived or deleted]
    #[arg(long, value_name = "CATEGORY", value_parser = parsed::<Category>)]
    pub category: Vec<Category>,
    /// Take what lies in this folder of an archive, or below it; the catalog need not know it. With one report: what Torrent Suite has
    /// exported or archived of it
    #[arg(long, value_name = "DIR", conflicts_with = "filter")]
    pub from: Option<PathBuf>,
    /// Put runs and reports below this directory instead of where they were; they are further reports in the catalog then
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// Carry the plan out; without it the plan is only shown
    #[arg(long)]
    pub yes: bool,
    /// Only show the plan, whatever else is said
    #[arg(long)]
    pub dry_run: bool,
    /// What to note in the history
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub comment: String,
}

/// `runstow trash …`
#[derive(Subcommand, Debug)]
pub enum Trash {
    /// Remove files from the trash for good
    Empty(TrashEmpty),
}

/// `runstow trash empty`
#[derive(Args, Debug)]
pub struct TrashEmpty {
    /// Only of these reports: ids or names
    pub reports: Vec<String>,
    /// Only what was deleted more than this many days ago
    #[arg(long, value_name = "DAYS")]
    pub older_than: Option<u32>,
    /// Only the oldest, as much as frees this many MB
    #[arg(long, value_name = "MB")]
    pub need: Option<u64>,
    /// Do it; without it the files are only shown
    #[arg(long)]
    pub yes: bool,
    /// What to note in the history
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub comment: String,
}

/// `runstow explain`
#[derive(Args, Debug)]
pub struct Explain {
    /// Id or name of a report
    pub report: String,
    /// Which category (may be repeated) [default: all four]
    #[arg(long, value_name = "CATEGORY", value_parser = parsed::<Category>)]
    pub category: Vec<Category>,
    /// What would be done
    #[arg(long, default_value = "archive", value_name = "ACTION", value_parser = parsed::<JobAction>)]
    pub action: JobAction,
    /// Where copies would go; without it the gates about that stay open
    #[arg(long, value_name = "DIR|NAME")]
    pub to: Option<String>,
    /// Look at the files too; without it sums are those of the last scan
    #[arg(long)]
    pub files: bool,
}

/// `runstow verify`
#[derive(Args, Debug)]
pub struct Verify {
    /// Ids or names of reports; or options that say which; or --all, or --dir
    #[arg(required_unless_present_any = ["all", "dir", "filter"], conflicts_with = "filter")]
    pub reports: Vec<String>,
    /// Which reports
    #[command(flatten)]
    pub filter: Filter,
    /// Every archive of the catalog
    #[arg(long, conflicts_with_all = ["reports", "filter"])]
    pub all: bool,
    /// An archive folder, or the root of an archive; no catalog is asked
    #[arg(long, value_name = "DIR", conflicts_with_all = ["reports", "all", "filter"])]
    pub dir: Option<PathBuf>,
    /// Which category (may be repeated) [default: all that are archived]
    #[arg(long, value_name = "CATEGORY", value_parser = parsed::<Category>)]
    pub category: Vec<Category>,
    /// Read only a random part of each archive: a share such as 5%, or a size such as 20GB
    #[arg(long, value_name = "PART", value_parser = parsed::<Sample>)]
    pub sample: Option<Sample>,
    /// What to note in the history
    #[arg(long, default_value = "", value_name = "TEXT", conflicts_with = "dir")]
    pub comment: String,
}

/// `runstow jobs`
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Jobs {
    /// What to do with one; without it the newest are listed
    #[command(subcommand)]
    pub command: Option<JobsCommand>,
    /// Only jobs in this status, e.g. waiting or running (may be repeated)
    #[arg(long, value_name = "STATUS", value_parser = parsed::<JobStatus>)]
    pub status: Vec<JobStatus>,
    /// Only jobs with this action (may be repeated)
    #[arg(long, value_name = "ACTION", value_parser = parsed::<JobAction>)]
    pub action: Vec<JobAction>,
    /// Only jobs on this report (id or name), and on signal files of its run
    #[arg(long, value_name = "REPORT")]
    pub report: Option<String>,
    /// Only jobs that this user asked for, as `jobs show` names them
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// How many at most, newest first; 0 for all
    #[arg(long, short = 'n', default_value_t = 100)]
    pub limit: u64,
}

/// `runstow jobs …`
#[derive(Subcommand, Debug)]
pub enum JobsCommand {
    /// One job in full
    Show {
        /// Number of the job
        job: i64,
        /// Show its progress until it has ended or needs a decision; Ctrl-C only stops looking
        #[arg(long)]
        follow: bool,
    },
    /// Take a job back; what it has copied is removed, what it was to remove stays
    Cancel {
        /// Number of the job
        job: i64,
    },
    /// Do not wait any longer: try again now
    Retry {
        /// Number of the job
        job: i64,
    },
}

/// `runstow maintenance …`
#[derive(Subcommand, Debug)]
pub enum MaintenanceCommand {
    /// Begin no more jobs; those that run come to their end
    On {
        /// Why, for everybody who waits
        #[arg(long, default_value = "", value_name = "TEXT")]
        reason: String,
    },
    /// Let jobs begin again
    Off,
    /// Say whether it is on
    Show,
}

/// `runstow missing`
#[derive(Args, Debug)]
pub struct Missing {
    /// It is right that they are missing on this volume (name or path): files may be removed there again
    #[arg(long, value_name = "VOLUME")]
    pub acknowledge: Option<String>,
}
