//! `/api/v1/reports/{id}/categories/{category}/files`: what an action would handle, and what it would keep back.
//! Nothing is touched: the list comes from looking at the disk.

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use runstow_lifecycle::{Action, Megabytes};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::caller::Caller;
use super::super::codes::CategoryName;
use super::super::cursor;
use super::super::params::{FromQuery, Params, Query};
use super::super::path::OfReport;
use super::super::problem::{Kind, Problem};
use super::category::missing;
use crate::app::App;

const ACTIONS: [(&str, Action); 6] = [
    ("archive", Action::Archive),
    ("export", Action::Export),
    ("delete", Action::Delete),
    ("test", Action::Test),
    ("list", Action::List),
    ("measure", Action::Measure),
];

/// Things that could not be looked at are shown up to this number.
const MOST_SKIPPED: usize = 100;

/// Which files, and which part of them.
pub(in super::super) struct Wanted {
    action: Action,
    after: Option<String>,
    limit: u64,
}

impl FromQuery for Wanted {
    fn read(params: &mut Params) -> Self {
        let action = params.choice("action", &ACTIONS).unwrap_or(Action::List);
        let after = cursor::read(params, &("files", action));
        Self { action, after, limit: params.limit(1000, 10_000) }
    }
}

/// One page of files, by path.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct FilePage {
    /// The files.
    items: Vec<File>,
    /// For the parameter `cursor` of the next page; null on the last one.
    next_cursor: Option<String>,
    /// How many the action would handle altogether.
    total: u64,
    /// How many of them it would keep back.
    kept_back: u64,
    /// MB of 2^20 bytes altogether.
    total_mb: f64,
    /// Folders and files that could not be looked at, at most 100 of them. The list is complete only when there are none.
    skipped: Vec<Skipped>,
}

/// A file.
#[derive(Serialize, ToSchema)]
struct File {
    /// Its path; bytes that are not UTF-8 show as U+FFFD.
    path: String,
    /// Its path in base64, when it is not UTF-8.
    path_base64: Option<String>,
    /// Would the action keep it back, because another category that stays needs it?
    kept_back: bool,
}

/// Something that could not be looked at.
#[derive(Serialize, ToSchema)]
struct Skipped {
    /// Its path.
    path: String,
    /// Why not.
    reason: String,
}

/// Files of a category for an action
///
/// Looks at the disk; a list serves the pages that follow for two minutes.
#[utoipa::path(get, path = "/api/v1/reports/{id}/categories/{category}/files", operation_id = "listFiles",
    tag = "reports",
    params(("id" = i64, Path, description = "The report's number.", minimum = 1),
        ("category" = inline(CategoryName), Path, description = "The category."),
        ("action" = Option<ActionName>, Query, description = "What would be done with them; `list` by default."),
        ("limit" = Option<i64>, Query, description = "How many on a page.", minimum = 1, maximum = 10000),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.")),
    responses((status = 200, description = "One page.", body = FilePage)))]
pub(in super::super) async fn list(
    caller: Caller,
    State(app): State<App>,
    place: OfReport,
    Query(wanted): Query<Wanted>,
) -> Result<Json<FilePage>, Problem> {
    let entry = app.catalog().report_entry(place.report).await?.ok_or_else(|| missing(&place))?;
    if entry.report.category(place.category).is_none() {
        return Err(missing(&place));
    }
    let listing = app.api.listing(&app, place.report, wanted.action, caller.version).await?;
    let line =
        listing.lines.iter().find(|line| line.category == place.category).ok_or_else(|| missing(&place))?;
    let files = line
        .files
        .as_ref()
        .map_err(|refused| Problem::new(Kind::ActionRefused, sentence(&refused.to_string())))?;
    let first = match &wanted.after {
        Some(after) => {
            let after = BASE64.decode(after).unwrap_or_default();
            files.process.partition_point(|path| *path <= after)
        }
        None => 0,
    };
    let count = usize::try_from(wanted.limit).unwrap_or(usize::MAX);
    let shown = &files.process[first..first.saturating_add(count).min(files.process.len())];
    let more = first + shown.len() < files.process.len();
    let next_cursor = shown
        .last()
        .filter(|_| more)
        .map(|last| cursor::make(&("files", wanted.action), BASE64.encode(last)));
    let kept_back = |path: &Vec<u8>| files.keep.binary_search(path).is_ok();
    let skipped = listing
        .skipped
        .iter()
        .take(MOST_SKIPPED)
        .map(|(path, reason)| Skipped { path: path.to_string_lossy().into_owned(), reason: reason.clone() });
    Ok(Json(FilePage {
        items: shown.iter().map(|path| File::of(path, kept_back(path))).collect(),
        next_cursor,
        total: files.process.len() as u64,
        kept_back: files.process.iter().filter(|path| kept_back(path)).count() as u64,
        total_mb: Megabytes::from_bytes(files.bytes).0,
        skipped: skipped.collect(),
    }))
}

/// The actions, for the document.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "the document is made from these names; `ACTIONS` reads them")]
pub(in super::super) enum ActionName {
    Archive,
    Export,
    Delete,
    Test,
    List,
    Measure,
}

impl File {
    fn of(path: &[u8], kept_back: bool) -> Self {
        let path_base64 = std::str::from_utf8(path).is_err().then(|| BASE64.encode(path));
        Self { path: String::from_utf8_lossy(path).into_owned(), path_base64, kept_back }
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).chain(['.']).collect()).unwrap_or_default()
}
