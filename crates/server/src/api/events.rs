//! `/api/v1/events`: who did what to which record, when; as a list, and as it happens.

pub(super) mod feed;
pub(super) mod stream;

use axum::Json;
use axum::extract::State;
use runstow_catalog::{Direction, EventFilter, LoggedEvent};
use runstow_lifecycle::Right;
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Caller;
use super::cursor;
use super::instant::Instant;
use super::params::{FromQuery, Params, Query};
use super::problem::Problem;
use crate::app::App;

/// An event.
#[derive(Serialize, ToSchema)]
pub(super) struct Event {
    /// Its number. Later events have larger ones.
    pub(super) id: i64,
    /// What kind of record it is about: `result` a report, `experiment` a run, `user` an account.
    #[schema(pattern = "^(result|experiment|user)$")]
    about: &'static str,
    /// The record's number; the record may be gone.
    object: i64,
    /// What happened.
    text: String,
    /// Who did it; `runstow` for what happened by itself.
    user: String,
    /// When.
    created: Instant,
}

/// One page of events.
#[derive(Serialize, ToSchema)]
pub(super) struct EventPage {
    /// The events.
    items: Vec<Event>,
    /// For the parameter `cursor` of the next page; null on the last one.
    next_cursor: Option<String>,
}

/// Which events.
pub(super) struct Wanted {
    report: Option<i64>,
    direction: Direction,
    after: Option<i64>,
    limit: u64,
}

const DIRECTIONS: [(&str, Direction); 2] = [("id", Direction::Ascending), ("-id", Direction::Descending)];

impl FromQuery for Wanted {
    fn read(params: &mut Params) -> Self {
        let report = params.number("report", 1..=i64::MAX);
        let direction = params.choice("sort", &DIRECTIONS).unwrap_or(Direction::Descending);
        let after = cursor::read(params, &list_of(report, direction));
        Self { report, direction, after, limit: params.limit(100, 1000) }
    }
}

fn list_of(report: Option<i64>, direction: Direction) -> (&'static str, Option<i64>, bool) {
    ("events", report, direction == Direction::Ascending)
}

impl Event {
    /// As the catalog knows it.
    pub(super) fn of(event: LoggedEvent) -> Self {
        let LoggedEvent { id, about, object_id, text, username, created_us } = event;
        Self {
            id,
            about: about.name(),
            object: object_id,
            text,
            user: username,
            created: Instant(created_us),
        }
    }
}

impl EventPage {
    /// A page from one event more than it shows, if there is one.
    pub(super) fn of(mut items: Vec<Event>, limit: u64, cursor: impl FnOnce(i64) -> String) -> Self {
        let more = items.len() as u64 > limit;
        items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next_cursor = items.last().filter(|_| more).map(|last| cursor(last.id));
        Self { items, next_cursor }
    }
}

/// List events
///
/// Newest first, unless sorted by `id`. Events about accounts are shown to those who manage accounts.
#[utoipa::path(get, path = "/api/v1/events", operation_id = "listEvents", tag = "events",
    params(("report" = Option<i64>, Query, description = "Only those about this report and its run.", minimum = 1),
        ("sort" = Option<String>, Query, description = "`-id` newest first, `id` oldest first.", pattern = "^-?id$"),
        ("limit" = Option<i64>, Query, description = "How many on a page.", minimum = 1, maximum = 1000),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before.")),
    responses((status = 200, description = "One page.", body = EventPage)))]
pub(super) async fn list(
    caller: Caller,
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<EventPage>, Problem> {
    let report = match wanted.report {
        Some(id) => {
            let entry =
                app.catalog().report_entry(id).await?.ok_or_else(|| Problem::no_such("report", id))?;
            Some((id, entry.run.id))
        }
        None => None,
    };
    let filter = EventFilter {
        report,
        accounts: caller.may(Right::Users),
        direction: wanted.direction,
        after: wanted.after,
        limit: wanted.limit + 1,
    };
    let found = app.catalog().logged_events(&filter).await?;
    let list = list_of(wanted.report, wanted.direction);
    let items = found.into_iter().map(Event::of).collect();
    Ok(Json(EventPage::of(items, wanted.limit, |last| cursor::make(&list, last))))
}
