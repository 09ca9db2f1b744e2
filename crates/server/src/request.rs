//! One request, from its head to its answer: bounded, counted, logged, and never the end of the process.

mod body;
mod client;
mod host;
mod hosts;
mod id;
mod log;
mod origins;
mod protection;
mod proxies;
mod rates;

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use http::header::RETRY_AFTER;
use http::{HeaderValue, Request, StatusCode};
use hyper::body::Incoming;
use tower::ServiceExt as _;
use tracing::Instrument as _;

use crate::api;
use crate::app::App;
use crate::operations::{self, InFlight, RouteClass};
use crate::{rundb_api, web};
pub(crate) use body::{BodyError, read_body};
pub(crate) use client::{Client, Peer};
pub use hosts::{AllowedHosts, BadHost};
pub(crate) use id::RequestId;
pub use origins::{BadOrigin, CorsOrigins};
pub use proxies::{BadProxy, TrustedProxies};
pub(crate) use rates::Rates;

/// Answers a request. Whatever goes wrong, there is an answer.
pub(crate) async fn answer(app: App, routes: Router, peer: Peer, request: Request<Incoming>) -> Response {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    let client = Client::find(peer, request.headers(), &app.config().trusted_proxies);
    let seen = log::Seen::of(&request, client);
    let asking = app.config().cors_origins.asking(&seen.path, request.headers());
    let in_flight = InFlight::begin();
    let span = tracing::info_span!("request", %id);
    let mut response = work(app.clone(), routes, client, request, id.clone()).instrument(span.clone()).await;
    response = in_the_faces_words(&seen.path, response);
    app.config().cors_origins.share(&seen.path, asking, response.headers_mut());
    protection::add(response.headers_mut(), app.config());
    if let Some(value) = id.header() {
        response.headers_mut().insert(id::HEADER, value);
    }
    drop(in_flight);
    let took = started.elapsed();
    operations::count_request(&seen.path, &seen.method, response.status(), took);
    span.in_scope(|| seen.log(&response, took));
    response
}

async fn work(
    app: App,
    routes: Router,
    client: Client,
    request: Request<Incoming>,
    id: RequestId,
) -> Response {
    let config = app.config();
    let (limit, patience) = (config.max_body_bytes, config.body_timeout);
    let (mut head, incoming) = request.into_parts();
    // What restarts a server that does not answer must not be told to wait.
    if head.uri.path() != "/healthz"
        && let Err(wait) = app.rates().take(client)
    {
        let seconds = wait.as_secs() + 1;
        return too_many(seconds, "more requests came from your address than this server takes");
    }
    if let Err(refused) = host::settle(&mut head, client.by_proxy, &config.allowed_hosts) {
        return *refused;
    }
    if let Some(preflight) = config.cors_origins.preflight(&head) {
        return preflight;
    }
    let body = match body::Bounded::new(incoming, &head.headers, limit, patience) {
        Ok(body) => Body::new(body),
        Err(error) => return error.into_response(),
    };
    head.extensions.insert(client);
    head.extensions.insert(id);
    let request = Request::from_parts(head, body);
    let patience = app.config().request_timeout;
    guarded(dispatch(app, routes, request), patience).await
}

/// An answer in any case: a panic becomes a 500, taking too long a 503.
async fn guarded(answering: impl Future<Output = Response>, patience: Duration) -> Response {
    match tokio::time::timeout(patience, AssertUnwindSafe(answering).catch_unwind()).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            tracing::error!(
                panic = panic_text(panic.as_ref()),
                "a request panicked; this is a bug of Runstow"
            );
            error(StatusCode::INTERNAL_SERVER_ERROR, "an error inside Runstow; its log says more")
        }
        Err(_) => {
            tracing::warn!(seconds = patience.as_secs(), "a request took too long and was given up");
            error(StatusCode::SERVICE_UNAVAILABLE, "the answer took too long: try again, or ask for less")
        }
    }
}

/// The compatible API sees paths as they were sent (`//`, `;`), which a router would not show; everything
/// else is routed.
async fn dispatch(app: App, routes: Router, request: Request<Body>) -> Response {
    if request.uri().path().starts_with("/rundb/") {
        return rundb_api::handle(State(app), request).await;
    }
    match routes.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// An error answer for programs: JSON with one sentence.
pub(crate) fn error(status: StatusCode, sentence: &str) -> Response {
    let mut response = (status, axum::Json(serde_json::json!({ "error": sentence }))).into_response();
    response.extensions_mut().insert(Sentence(sentence.to_owned()));
    response
}

/// 429: somebody has to wait.
pub(crate) fn too_many(seconds: u64, why: &str) -> Response {
    let mut response = error(StatusCode::TOO_MANY_REQUESTS, &format!("{why}; try again in {seconds} s"));
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// The sentence of an [`error`], for a face that says errors in another form.
#[derive(Clone)]
struct Sentence(String);

/// Clients of the native API get problem documents, also from the server itself; people get pages.
fn in_the_faces_words(path: &str, mut response: Response) -> Response {
    let Some(Sentence(sentence)) = response.extensions_mut().remove() else { return response };
    let mut said = match RouteClass::of(path) {
        RouteClass::NativeApi => api::from_sentence(response.status(), sentence),
        RouteClass::CompatibleApi | RouteClass::Operations => return response,
        RouteClass::Page | RouteClass::Static | RouteClass::Other => {
            web::from_sentence(response.status(), &sentence)
        }
    };
    if let Some(wait) = response.headers_mut().remove(RETRY_AFTER) {
        said.headers_mut().insert(RETRY_AFTER, wait);
    }
    said
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text,
        (None, None) => "without words",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_and_an_endless_request_are_answers_too() {
        let patience = Duration::from_millis(20);
        let panicked = guarded(async { panic!("secret path /x") }, patience).await;
        assert_eq!(panicked.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = read_body(panicked.into_body()).await.unwrap();
        assert_eq!(body, r#"{"error":"an error inside Runstow; its log says more"}"#);
        let endless = guarded(std::future::pending(), patience).await;
        assert_eq!(endless.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
