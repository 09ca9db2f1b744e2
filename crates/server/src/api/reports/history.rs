//! `/api/v1/reports/{id}/history`: what happened to a report and its run, newest first.

use axum::Json;
use axum::extract::State;
use runstow_catalog::{Direction, EventFilter};

use super::super::cursor;
use super::super::events::{Event, EventPage};
use super::super::params::{FromQuery, Params, Query};
use super::super::path::Id;
use super::super::problem::Problem;
use crate::app::App;

/// The list's name in cursors.
const LIST: &str = "history";

/// Which part of the history.
pub(in super::super) struct Part {
    after: Option<i64>,
    limit: u64,
}

impl FromQuery for Part {
    fn read(params: &mut Params) -> Self {
        Self { after: cursor::read(params, &LIST), limit: params.limit(50, 500) }
    }
}

/// A report's history
///
/// Newest first.
#[utoipa::path(get, path = "/api/v1/reports/{id}/history", operation_id = "listReportHistory", tag = "reports",
    params(("id" = i64, Path, description = "The report's number.", minimum = 1),
        ("limit" = Option<i64>, Query, description = "How many on a page.", minimum = 1, maximum = 500),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.")),
    responses((status = 200, description = "One page.", body = EventPage)))]
pub(in super::super) async fn list(
    State(app): State<App>,
    Id(id): Id,
    Query(part): Query<Part>,
) -> Result<Json<EventPage>, Problem> {
    let entry = app.catalog().report_entry(id).await?.ok_or_else(|| Problem::no_such("report", id))?;
    let filter = EventFilter {
        report: Some((id, entry.run.id)),
        accounts: false,
        direction: Direction::Descending,
        after: part.after,
        limit: part.limit + 1,
    };
    let found = app.catalog().logged_events(&filter).await?;
    Ok(Json(EventPage::of(found.into_iter().map(Event::of).collect(), part.limit, |last| {
        cursor::make(&LIST, last)
    })))
}
