//! Reports on the wire.

use runstow_catalog::registry::CategoryState;
use runstow_catalog::{self as catalog, Hold, ReportEntry};
use runstow_lifecycle::Category as Which;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::codes::StateCode;
use super::super::instant::Instant;

/// A report as lists show it.
#[derive(Serialize, ToSchema)]
pub(super) struct ReportSummary {
    /// Its number.
    id: i64,
    /// Its name.
    name: String,
    /// When the analysis was made.
    date: Instant,
    /// MB of 2^20 bytes of its own: basecall, output and misc. Null while not measured.
    size_mb: Option<i64>,
    /// Does it analyse the thumbnail of the chip only?
    thumbnail: bool,
    /// Its run.
    run: RunSummary,
    /// Its categories.
    categories: CategorySummaries,
}

/// A run as lists show it.
#[derive(Serialize, ToSchema)]
pub(super) struct RunSummary {
    /// Its number.
    id: i64,
    /// Its name.
    name: String,
    /// When it started.
    date: Instant,
    /// MB of signal files; null while not measured.
    size_mb: Option<i64>,
}

/// Declares the four categories of a report. Not a generic: the document would not say that they may be null.
macro_rules! four {
    ($(#[$meta:meta])* $name:ident of $each:ident) => {
        $(#[$meta])*
        #[derive(Serialize, ToSchema)]
        pub(super) struct $name {
            /// Signal Processing Input: belongs to the run, all its reports share it.
            sigproc: Option<$each>,
            /// Basecalling Input.
            basecall: Option<$each>,
            /// Output Files.
            output: Option<$each>,
            /// Intermediate Files.
            misc: Option<$each>,
        }

        impl $name {
            fn of(each: impl Fn(Which) -> Option<$each>) -> Self {
                Self {
                    sigproc: each(Which::Sigproc),
                    basecall: each(Which::Basecall),
                    output: each(Which::Output),
                    misc: each(Which::Misc),
                }
            }
        }
    };
}

four! {
    /// The four categories in lists; null where a report has no such record.
    CategorySummaries of CategorySummary
}
four! {
    /// The four categories; null where a report has no such record.
    Categories of Category
}

/// A category as lists show it.
#[derive(Serialize, ToSchema)]
pub(super) struct CategorySummary {
    /// Its state.
    state: StateCode,
    /// MB, everywhere; null while not measured.
    size_mb: Option<f64>,
    /// Is Keep set?
    kept: bool,
    /// Does anybody use it?
    in_use: bool,
}

/// Everything about a report.
#[derive(Serialize, ToSchema)]
pub(super) struct Report {
    /// Its number.
    id: i64,
    /// Its name.
    name: String,
    /// When the analysis was made.
    date: Instant,
    /// MB of 2^20 bytes of its own: basecall, output and misc. Null while not measured.
    size_mb: Option<i64>,
    /// Does it analyse the thumbnail of the chip only?
    thumbnail: bool,
    /// Its folder; null when unknown.
    directory: Option<String>,
    /// The report that it was re-analysed from, and whose basecalling input it links to.
    parent: Option<i64>,
    /// Version of the software that made it.
    software_version: Option<String>,
    /// Since when scans do not find it; null: it is there.
    absent_since: Option<Instant>,
    /// Its run.
    run: Run,
    /// Its categories.
    categories: Categories,
}

/// Everything about a run.
#[derive(Serialize, ToSchema)]
pub(super) struct Run {
    /// Its number.
    id: i64,
    /// Its name.
    name: String,
    /// When it started.
    date: Instant,
    /// MB of signal files; null while not measured.
    size_mb: Option<i64>,
    /// Its folder.
    directory: String,
    /// The chip, such as `540`.
    chip: String,
    /// `PGM`, `Proton` or `S5`; empty when unknown.
    platform: String,
    /// The instrument's name; empty when unknown.
    instrument: String,
    /// Has the instrument finished writing?
    finished: bool,
    /// How that is known, or what is still missing.
    finished_reason: String,
    /// Since when scans do not find it; null: it is there.
    absent_since: Option<Instant>,
}

/// Everything about a category of a report.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct Category {
    /// Its state.
    state: StateCode,
    /// The state in words.
    state_label: &'static str,
    /// Is an action queued or running?
    in_process: bool,
    /// How large it is.
    size: Size,
    /// How many files; null while not measured.
    files: Option<i64>,
    /// When it was measured.
    measured: Option<Instant>,
    /// When its age starts.
    created: Instant,
    /// Where its files were archived to.
    archive_path: Option<String>,
    /// Whether it is kept, and why.
    keep: Keep,
    /// Who uses it just now.
    in_use: Vec<Use>,
}

/// MB of 2^20 bytes. The parts are null when only the sum is known.
#[derive(Serialize, ToSchema)]
struct Size {
    /// All of it.
    total_mb: Option<f64>,
    /// Below the report's folder.
    report_mb: Option<f64>,
    /// Below the run's folder, which the run's reports share.
    run_mb: Option<f64>,
    /// Behind the link to the parent report, which counts it too.
    linked_mb: Option<f64>,
}

/// Somebody uses the files.
#[derive(Serialize, ToSchema)]
struct Use {
    /// The hold, for `/api/v1/holds/{id}`; null for a use that came with old records.
    hold: Option<i64>,
    /// Who.
    who: Option<String>,
    /// What for.
    reason: String,
    /// Since when.
    since: Option<Instant>,
    /// When it ends by itself.
    expires: Option<Instant>,
}

/// Keep of a category. That of signal files belongs to the run and shows on all its reports.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct Keep {
    /// Are the files kept, by the flag or by the marker?
    kept: bool,
    /// Is a file `.runstow-keep` in the run's folder? It keeps signal files whatever is said here.
    marker: bool,
    /// Whom to ask; null when the flag came with old records.
    owner: Option<String>,
    /// Why.
    reason: Option<String>,
    /// Since when.
    since: Option<Instant>,
    /// When it ends by itself; null: never.
    expires: Option<Instant>,
}

/// A Keep to be set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct KeepBody {
    /// Why.
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        examples("for the paper")
    )]
    pub(in super::super) reason: String,
    /// Whom to ask about it; you, when left out.
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub(in super::super) owner: Option<String>,
    /// When it ends by itself; never, when left out.
    #[serde(default)]
    pub(in super::super) expires: Option<Instant>,
}

impl ReportSummary {
    pub(super) fn of(entry: &ReportEntry) -> Self {
        let ReportEntry { report, run, .. } = entry;
        Self {
            id: report.id,
            name: report.results_name.clone(),
            date: Instant(report.time_stamp_us),
            size_mb: report.diskusage,
            thumbnail: report.thumbnail,
            run: RunSummary {
                id: run.id,
                name: run.exp_name.clone(),
                date: Instant(run.date_us),
                size_mb: run.diskusage,
            },
            categories: CategorySummaries::of(|category| {
                let state = report.category(category)?;
                Some(CategorySummary {
                    state: StateCode(state.state),
                    size_mb: state.diskspace,
                    kept: entry.keeps[category.index()].as_ref().is_some_and(catalog::Keep::kept),
                    in_use: !uses(entry, category, state).is_empty(),
                })
            }),
        }
    }
}

impl Report {
    pub(super) fn of(entry: &ReportEntry) -> Self {
        let ReportEntry { report, run, .. } = entry;
        Self {
            id: report.id,
            name: report.results_name.clone(),
            date: Instant(report.time_stamp_us),
            size_mb: report.diskusage,
            thumbnail: report.thumbnail,
            directory: (!report.report_dir.is_empty()).then(|| report.report_dir.text().into_owned()),
            parent: report.parent_id,
            software_version: report.ts_version.clone(),
            absent_since: report.absent_since_us.map(Instant),
            run: Run {
                id: run.id,
                name: run.exp_name.clone(),
                date: Instant(run.date_us),
                size_mb: run.diskusage,
                directory: run.exp_dir.text().into_owned(),
                chip: run.chip_type.clone(),
                platform: run.platform.clone(),
                instrument: run.instrument.clone(),
                finished: run.finished,
                finished_reason: run.finished_reason.clone(),
                absent_since: run.absent_since_us.map(Instant),
            },
            categories: Categories::of(|category| Category::of(entry, category)),
        }
    }
}

impl Category {
    /// A category of a report; none where the report has no such record.
    pub(in super::super) fn of(entry: &ReportEntry, category: Which) -> Option<Self> {
        let state = entry.report.category(category)?;
        Some(Self {
            state: StateCode(state.state),
            state_label: state.state.label(),
            in_process: state.state.in_process(),
            size: Size {
                total_mb: state.diskspace,
                report_mb: state.report_mb,
                run_mb: state.run_mb,
                linked_mb: state.linked_mb,
            },
            files: state.files,
            measured: state.measured_us.map(Instant),
            created: Instant(state.created_us),
            archive_path: state
                .archive_path
                .as_ref()
                .filter(|path| !path.is_empty())
                .map(|path| path.text().into_owned()),
            keep: Keep::of(entry.keeps[category.index()].as_ref()?),
            in_use: uses(entry, category, state),
        })
    }
}

fn uses(entry: &ReportEntry, category: Which, state: &CategoryState) -> Vec<Use> {
    let holds = entry.holds(category).map(|hold: &Hold| Use {
        hold: Some(hold.id),
        who: Some(hold.who.clone()),
        reason: hold.reason.clone(),
        since: Some(Instant(hold.since_us)),
        expires: hold.expires_us.map(Instant),
    });
    let noted = state.in_use.clone().filter(|text| !text.is_empty());
    let noted = noted.map(|reason| Use { hold: None, who: None, reason, since: None, expires: None });
    holds.chain(noted).collect()
}

impl Keep {
    /// As the catalog knows it.
    pub(in super::super) fn of(keep: &catalog::Keep) -> Self {
        let details = keep.details.as_ref();
        Self {
            kept: keep.kept(),
            marker: keep.marker,
            owner: details.map(|details| details.owner.clone()),
            reason: details.map(|details| details.reason.clone()),
            since: details.map(|details| Instant(details.since_us)),
            expires: details.and_then(|details| details.expires_us).map(Instant),
        }
    }
}
