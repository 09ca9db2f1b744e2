//! `/api/v1/events/stream`: events as they happen, as Server-Sent Events. A client that lost its connection goes on
//! where it was, by `Last-Event-ID`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use http::header::{CACHE_CONTROL, HeaderName};
use http::{HeaderMap, HeaderValue};
use runstow_catalog::{Direction, EventFilter, LoggedEvent};
use runstow_lifecycle::Right;
use tokio::sync::watch;

use super::super::caller::Caller;
use super::super::gate;
use super::super::params::{FromQuery, Params, Query};
use super::super::problem::Problem;
use super::super::rights::Access;
use super::Event;
use crate::app::App;
use crate::request::Client;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Proxies close connections on which nothing comes for long.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);
/// Events read at once.
const PART: u64 = 500;

/// Where to begin.
pub(in super::super) struct From {
    after: Option<i64>,
}

impl FromQuery for From {
    fn read(params: &mut Params) -> Self {
        Self { after: params.number("after", 0..=i64::MAX) }
    }
}

/// Follow events
///
/// Server-Sent Events: `id` is the event's number, `data` the event as JSON. Begins with the next event, or after
/// `Last-Event-ID` (or the parameter `after`), so that nothing is missed between two connections.
#[utoipa::path(get, path = "/api/v1/events/stream", operation_id = "followEvents", tag = "events",
    params(("after" = Option<i64>, Query, description = "Begin after this event.", minimum = 0),
        ("Last-Event-ID" = Option<i64>, Header, description = "The same, as browsers send it.", minimum = 0)),
    responses((status = 200, description = "Events, without end.", body = String, content_type = "text/event-stream")))]
pub(in super::super) async fn follow(
    caller: Caller,
    client: Client,
    State(app): State<App>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let news = app.api.feed.follow(&app);
    let last = match last_event_id(&headers)?.or(from.after) {
        Some(last) => last,
        None => app.catalog().last_event().await?,
    };
    let accounts = caller.may(Right::Users);
    let follower =
        Follower { app, client, headers, news, last, accounts, waiting: VecDeque::new(), first: true };
    let events = stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE)).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would hold events back until it has some kilobytes.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.trim().parse().ok()).filter(|number| *number >= 0);
    number.map(Some).ok_or_else(|| Problem::field("Last-Event-ID", "it is not the number of an event"))
}

/// Somebody who follows.
struct Follower {
    app: App,
    client: Client,
    /// To ask again who this is: the account may be switched off meanwhile.
    headers: HeaderMap,
    news: watch::Receiver<i64>,
    last: i64,
    accounts: bool,
    waiting: VecDeque<LoggedEvent>,
    first: bool,
}

impl Follower {
    /// The next event; none ends the stream.
    async fn next(&mut self) -> Option<sse::Event> {
        if self.first {
            self.first = false;
            self.read().await?;
        }
        loop {
            if let Some(event) = self.waiting.pop_front() {
                self.last = event.id;
                let id = event.id.to_string();
                return sse::Event::default().id(id).json_data(Event::of(event)).ok();
            }
            // Also without news: sessions end by time.
            let patience = tokio::time::timeout(SIGN_OF_LIFE, self.news.changed());
            if let Ok(Err(_)) = patience.await {
                return None;
            }
            self.still_welcome().await?;
            self.read().await?;
        }
    }

    async fn read(&mut self) -> Option<()> {
        let filter = EventFilter {
            report: None,
            accounts: self.accounts,
            direction: Direction::Ascending,
            after: Some(self.last),
            limit: PART,
        };
        match self.app.catalog().logged_events(&filter).await {
            Ok(found) => {
                if found.len() as u64 == PART {
                    // There may be more: look again once these are sent.
                    self.news.mark_changed();
                }
                self.waiting.extend(found);
                Some(())
            }
            Err(error) => {
                tracing::warn!(%error, "a stream of events ends; the client will come again");
                None
            }
        }
    }

    async fn still_welcome(&self) -> Option<()> {
        let caller = gate::identify(&self.app, self.client, &self.headers).await.ok()?;
        gate::allowed(&self.app, Access::Needs(Right::Read), &caller).ok()?;
        (caller.may(Right::Users) == self.accounts).then_some(())
    }
}
