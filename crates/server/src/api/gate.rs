//! What every request passes before its handler.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{ALLOW, CACHE_CONTROL, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use runstow_catalog::Session;
use subtle::ConstantTimeEq as _;

use super::caller::Caller;
use super::problem::{Kind, Problem, no_such_path};
use super::rights::{self, Access};
use super::{document, idempotency, params};
use crate::app::App;
use crate::auth::{self, Found};
use crate::request::Client;

/// The header that proves that a request with a session cookie comes from our own pages.
const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");

/// Lets a request through to its handler, or answers with a problem.
pub(crate) async fn pass(
    State(app): State<App>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    match enter(&app, path.as_str(), request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn enter(app: &App, path: &str, mut request: Request, next: Next) -> Result<Response, Problem> {
    let method = request.method().clone();
    let Some(access) = rights::access(&method, path) else {
        let methods = rights::methods(path);
        if methods.is_empty() {
            return Err(no_such_path());
        }
        let problem = Problem::new(Kind::MethodNotAllowed, format!("{path} does not take {method}."));
        return Err(problem.header(ALLOW, &methods));
    };
    let caller = match access {
        Access::Open => Caller { user: None, session: None, version: 0 },
        _ => identify(app, Client::of(request.extensions()), request.headers()).await?,
    };
    allowed(app, access, &caller)?;
    if let Some(session) = caller.session.as_ref().filter(|_| !method.is_safe()) {
        comes_from_us(session, request.headers())?;
    }
    params::known(request.uri().query(), document::query_parameters(&method, path))?;
    let user = caller.user.as_ref().map(|user| user.id);
    request.extensions_mut().insert(caller);
    match user {
        Some(user) if method == Method::POST => idempotency::once(app, user, request, next).await,
        _ => Ok(next.run(request).await),
    }
}

/// Who asks.
///
/// # Errors
/// 401 for wrong credentials, 400 for those that can not be read.
pub(super) async fn identify(app: &App, client: Client, headers: &HeaderMap) -> Result<Caller, Problem> {
    let version = app.catalog().version().await?;
    match auth::identify(app, client, version, headers).await? {
        Found::Account { user, session } => Ok(Caller { user: Some(*user), session, version }),
        Found::Nobody => Ok(Caller { user: None, session: None, version }),
        Found::Wrong => Err(Problem::new(
            Kind::SignIn,
            "The credentials are wrong, or the account is switched off. An API key may have been withdrawn.",
        )),
        Found::TooOften(throttled) => Err(Problem::too_often(throttled.seconds())),
        Found::Malformed(reason) => Err(Problem::field("Authorization", reason)),
    }
}

/// Asks the table of rights.
///
/// # Errors
/// 401 for nobody, 403 for an account that may not.
pub(super) fn allowed(app: &App, access: Access, caller: &Caller) -> Result<(), Problem> {
    if access.allows(caller.user.as_ref(), app.config().anonymous_read) {
        return Ok(());
    }
    Err(match (&caller.user, access) {
        (Some(user), Access::Needs(right)) => Problem::new(
            Kind::NotAllowed,
            format!("You are {}; this takes the role {} or higher.", user.role, right.needs()),
        ),
        _ => Problem::new(Kind::SignIn, "This needs an account: send an API key, or sign in."),
    })
}

fn comes_from_us(session: &Session, headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers.get(CSRF).map(HeaderValue::as_bytes).unwrap_or_default();
    if given.ct_eq(session.csrf_token.as_bytes()).into() {
        return Ok(());
    }
    Err(Problem::new(Kind::Csrf, "X-CSRF-Token is missing or is not that of your session."))
}

/// Headers that every answer carries: nothing here is to be kept by caches, and pages may have our own style.
pub(crate) async fn headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    headers.entry("content-security-policy").or_insert(HeaderValue::from_static(
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ));
    response
}
