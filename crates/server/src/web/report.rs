//! `/reports/{id}`: everything about one report. Read-only.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use runstow_catalog::query::{CategoryDetail, ReportDetail};
use runstow_catalog::{CatalogError, ReportRow};
use runstow_lifecycle::Category;

use super::failure;
use super::figures;
use super::frame::{self, Frame};
use super::reports::{self, Cell};
use super::visitor::Visitor;
use crate::app::App;

/// Events shown.
const EVENTS: u64 = 100;

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    frame: Frame,
    report: ReportRow,
    detail: ReportDetail,
    name: String,
    date: String,
    size: Option<String>,
    run_size: Option<String>,
    run_date: String,
    categories: Vec<CategoryLine>,
    events: Vec<Event>,
}

/// One category with all that is known of it.
struct CategoryLine {
    name: &'static str,
    cell: Cell,
    files: Option<String>,
    measured: Option<String>,
    archive_path: Option<String>,
    in_use: Option<String>,
}

/// Something that happened.
struct Event {
    when: String,
    instant: String,
    who: String,
    what: String,
}

/// `/reports/{id}`
pub(super) async fn show(visitor: Visitor, State(app): State<App>, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse() else { return failure::not_found() };
    match page(&app, &visitor, id).await {
        Ok(Some(page)) => frame::page(StatusCode::OK, &page),
        Ok(None) => failure::failure(
            StatusCode::NOT_FOUND,
            "There is no such report",
            "It may have been removed from the catalog. The list shows what is known.",
        ),
        Err(error) => failure::of_catalog(&error),
    }
}

async fn page(app: &App, visitor: &Visitor, id: i64) -> Result<Option<Page>, CatalogError> {
    let Some(report) = app.catalog().report(id).await? else { return Ok(None) };
    let Some(detail) = app.catalog().report_detail(id, EVENTS).await? else { return Ok(None) };
    Ok(Some(Page {
        frame: Frame::of(visitor),
        name: reports::named(report.results_name.clone(), report.id),
        date: figures::minute(report.time_stamp_us),
        size: report.diskusage.map(reports::megabytes),
        run_size: report.exp_diskusage.map(reports::megabytes),
        run_date: figures::minute(detail.run_date_us),
        categories: Category::ALL.map(|category| CategoryLine::of(category, &report, &detail)).into(),
        events: detail.events.iter().map(event).collect(),
        report,
        detail,
    }))
}

impl CategoryLine {
    fn of(category: Category, report: &ReportRow, detail: &ReportDetail) -> Self {
        let place = category.index();
        let kept = report.kept(place) == Some(true);
        let cell = Cell::of(category, report.categories[place].as_ref(), kept);
        let more = detail.categories[place].as_ref();
        Self {
            name: category.ts_name(),
            cell,
            files: more.and_then(|more| more.files).map(|files| figures::count(files.unsigned_abs())),
            measured: more.and_then(|more| more.measured_us).map(figures::minute),
            archive_path: more.and_then(archive_path),
            in_use: more.and_then(|more| more.in_use.clone()).filter(|text| !text.is_empty()),
        }
    }
}

fn archive_path(more: &CategoryDetail) -> Option<String> {
    more.archive_path.clone().filter(|path| !path.is_empty())
}

fn event(entry: &runstow_catalog::query::HistoryEntry) -> Event {
    Event {
        when: figures::minute(entry.created_us),
        instant: figures::instant(entry.created_us),
        who: entry.username.clone(),
        what: entry.text.clone(),
    }
}
