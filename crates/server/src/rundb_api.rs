//! The compatible API: what clients of Torrent Suite's `/rundb/api/v1/` know, on the same wire.
//!
//! The quirks of the original stay in this folder; `docs/api-compatibility.md` lists where Runstow differs.
//! A request goes: path ([`route`]), verb ([`verb`]), account, then [`read`] or [`write`]. What is no plain
//! answer is a [`refusal::Refusal`], put into words and headers in one place ([`answer`]).

mod answer;
mod cache;
mod composite_data_management;
mod cross_site;
mod data_management_history;
mod face;
mod file_server;
mod filters;
mod format;
mod global_config;
mod json_text;
mod listed;
mod message;
mod ordering;
mod paging;
mod parameters;
mod python_dict_order;
mod python_int;
mod read;
mod redirect;
mod refusal;
mod request;
mod root;
mod route;
mod schema;
mod time_value;
mod timestamp;
mod verb;
mod write;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_LENGTH, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method};
use http_body_util::BodyExt as _;

use crate::app::App;
use crate::auth::{self, Outcome};
use crate::request::{Client, read_body, too_many};
use crate::rights;
pub(crate) use cache::Cache;
use composite_data_management::CompositeDataManagement;
use data_management_history::DataManagementHistory;
use file_server::FileServer;
use format::Format;
use global_config::GlobalConfig;
pub(crate) use listed::routes;
use message::Message;
use parameters::Parameters;
use refusal::Refusal;
use request::Asked;
use route::{Name, Route, Target};
use verb::Verb;
use write::Writable;

/// Answers every path that begins with `/rundb/`.
pub(crate) async fn handle(State(app): State<App>, request: Request) -> Response {
    let head = *request.method() == Method::HEAD;
    let response = respond(&app, request).await;
    if head { without_body(response).await } else { response }
}

async fn respond(app: &App, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    let Ok(path) = percent_encoding::percent_decode_str(parts.uri.path()).decode_utf8() else {
        return answer::unknown_path(parts.uri.path());
    };
    let (name, target) = match Route::of(&path) {
        Route::Unknown => return answer::unknown_path(&path),
        Route::SlashMissing => return answer::moved(&redirect::location(&parts, &path)),
        Route::Root => return root::respond(&Parameters::parse(query), &parts.headers),
        Route::Resource(name, target) => (name, target),
    };
    let verb = match verb::read(&parts.method, &parts.headers, target) {
        Ok(verb) => verb,
        Err(verbs) => return answer::allowed(verbs.status, verbs.allowed),
    };
    if rights::access(&verb.method(), target.template()).is_none() {
        return answer::unknown_path(&path);
    }
    let parameters = Parameters::parse(query);
    let refused = |refusal: &Refusal, parameters: &Parameters, headers: &HeaderMap| {
        answer::refused(refusal, &Format::of_errors(parameters, headers))
    };
    let client = Client::of(&parts.extensions);
    let found = auth::authenticate(app, client, &parts.headers, parameters.all()).await;
    let (identity, set_cookie) = match found {
        Ok(Outcome::Granted { identity, set_cookie }) => (identity, set_cookie),
        Ok(Outcome::Denied { challenge }) => {
            return refused(&Refusal::Unauthorized { challenge }, &parameters, &parts.headers);
        }
        Ok(Outcome::TooOften(throttled)) => {
            return too_many(throttled.seconds(), "too many wrong passwords came from your address");
        }
        Ok(Outcome::Malformed { reason }) => {
            return refused(&Refusal::BadRequest(reason), &parameters, &parts.headers);
        }
        Err(error) => return refused(&error.into(), &parameters, &parts.headers),
    };
    let origin = redirect::origin(&parts).unwrap_or_default();
    let (version, user) = (identity.version, identity.user);
    let asked = Asked { app, version, headers: &parts.headers, query, parameters, user, origin };
    let mut response = match dispatch(&asked, name, verb, target, body).await {
        Ok(response) => response,
        Err(refusal) => refused(&refusal, &asked.parameters, asked.headers),
    };
    if let Some(cookie) = set_cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

async fn dispatch(
    asked: &Asked<'_>,
    name: Name,
    verb: Verb,
    target: Target<'_>,
    body: Body,
) -> Result<Response, Refusal> {
    match name {
        Name::CompositeDataManagement => work::<CompositeDataManagement>(asked, verb, target, body).await,
        Name::DataManagementHistory => work::<DataManagementHistory>(asked, verb, target, body).await,
        Name::FileServer => work::<FileServer>(asked, verb, target, body).await,
        Name::GlobalConfig => work::<GlobalConfig>(asked, verb, target, body).await,
        Name::Message => work::<Message>(asked, verb, target, body).await,
    }
}

async fn work<F: Writable>(
    asked: &Asked<'_>,
    verb: Verb,
    target: Target<'_>,
    body: Body,
) -> Result<Response, Refusal> {
    if verb != Verb::Get {
        let body = match read_body(body).await {
            Ok(body) => body,
            Err(error) => return Ok(error.into_response()),
        };
        return write::respond::<F>(asked, verb, target, &body).await;
    }
    match target {
        Target::List => read::list::<F>(asked).await,
        Target::Schema => read::schema::<F>(asked),
        Target::Set(ids) => read::set::<F>(asked, ids).await,
        Target::Detail(id) => read::detail::<F>(asked, id).await,
    }
}

/// The answer to HEAD: that to GET, and how long its body would be.
async fn without_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    if let Ok(body) = body.collect().await {
        parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.to_bytes().len()));
    }
    Response::from_parts(parts, Body::empty())
}
