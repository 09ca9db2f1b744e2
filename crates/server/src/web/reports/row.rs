//! One report in the list.

use runstow_catalog::{CategoryRow, ReportRow};
use runstow_lifecycle::{Category, State};

use super::StateGroup;
use crate::web::figures;

/// A report as the list shows it.
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) run: String,
    pub(super) thumbnail: bool,
    /// In UTC, to the minute.
    pub(super) date: String,
    /// The same for programs.
    pub(super) instant: String,
    /// The report's own files: basecalling, output, intermediate. Signal data is the run's.
    pub(super) size: Option<String>,
    pub(super) cells: Vec<Cell>,
}

/// One category of a report.
pub(in crate::web) struct Cell {
    /// The category's short name.
    pub(in crate::web) category: &'static str,
    /// The state in words, or `Unknown` without a record.
    pub(in crate::web) label: String,
    /// The style of the state.
    pub(in crate::web) class: &'static str,
    /// Its size, once measured.
    pub(in crate::web) size: Option<String>,
    /// Whether it is kept from deletion.
    pub(in crate::web) kept: bool,
}

impl Row {
    /// For a report.
    pub(super) fn of(report: ReportRow) -> Self {
        let cells = Category::ALL.map(|category| {
            let kept = report.kept(category.index()) == Some(true);
            Cell::of(category, report.categories[category.index()].as_ref(), kept)
        });
        Self {
            id: report.id,
            date: figures::minute(report.time_stamp_us),
            instant: figures::instant(report.time_stamp_us),
            size: report.diskusage.map(megabytes),
            cells: cells.into(),
            name: named(report.results_name, report.id),
            run: report.exp_name,
            thumbnail: report.thumbnail,
        }
    }
}

impl Cell {
    /// For a category, whose record may be missing.
    pub(in crate::web) fn of(category: Category, row: Option<&CategoryRow>, kept: bool) -> Self {
        let state = row.and_then(|row| row.state.parse::<State>().ok());
        Self {
            category: category_name(category),
            // A code outside the list is shown as it is (api.md rule 6).
            label: match (row, state) {
                (_, Some(state)) => state.label().to_owned(),
                (Some(row), None) => row.state.clone(),
                (None, None) => "Unknown".to_owned(),
            },
            class: state.map_or("unknown", |state| StateGroup::of(state).name()),
            size: row.and_then(|row| row.diskspace).map(figures::size),
            kept,
        }
    }
}

/// What people call a category where room is short; the official names are in the report's page.
pub(in crate::web) fn category_name(category: Category) -> &'static str {
    match category {
        Category::Sigproc => "Signal",
        Category::Basecall => "Basecalling",
        Category::Output => "Output",
        Category::Misc => "Intermediate",
    }
}

/// A name that can be clicked, even if the report has none.
pub(in crate::web) fn named(name: String, id: i64) -> String {
    if name.trim().is_empty() { format!("Report {id} (no name)") } else { name }
}

/// A size in whole MB, as the compatible API has it.
#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 MB three digits are shown all the same")]
pub(in crate::web) fn megabytes(mb: i64) -> String {
    figures::size(mb as f64)
}
