//! `/sign-in`: a name and a password become a session.

mod pretoken;

use askama::Template;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::header::{RETRY_AFTER, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use runstow_catalog::{CatalogError, NewSession};
use serde::Deserialize;

use super::failure;
use super::frame::{self, Frame};
use crate::app::App;
use crate::auth::{Again, Throttled, Tried, session_cookie};
use crate::request::Client;
use pretoken::Pretoken;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    next: &'a str,
    username: &'a str,
    trouble: Option<&'a str>,
}

/// Where to go afterwards.
#[derive(Deserialize)]
pub(super) struct Place {
    #[serde(default)]
    next: String,
}

/// What the form sends. No `Debug`: it holds a password.
#[derive(Deserialize)]
pub(super) struct Entry {
    csrf: String,
    username: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// The empty form.
pub(super) async fn form(
    client: Client,
    headers: HeaderMap,
    place: Result<Query<Place>, QueryRejection>,
) -> Response {
    let next = place.map(|Query(place)| place.next).unwrap_or_default();
    show(client, &headers, StatusCode::OK, ("", &next), None)
}

/// The form, filled.
pub(super) async fn enter(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    entry: Result<Form<Entry>, FormRejection>,
) -> Response {
    let Ok(Form(entry)) = entry else {
        return failure::failure(
            StatusCode::BAD_REQUEST,
            "This form could not be read",
            "Open the sign-in page again and fill in both fields.",
        );
    };
    let again =
        |status, trouble| show(client, &headers, status, (&entry.username, &entry.next), Some(trouble));
    if !Pretoken::of(&headers).is_some_and(|pretoken| pretoken.fits(&entry.csrf)) {
        return again(
            StatusCode::FORBIDDEN,
            "The form was too old, or cookies are switched off. Try once more.",
        );
    }
    match sign_in(&app, &entry, client).await {
        Ok(Entered::Welcome(session)) => {
            tracing::info!(user = entry.username, %client, "signed in");
            let mut response = Redirect::to(local(&entry.next)).into_response();
            if let Some(cookie) = session_cookie(client, Some(&session.token)) {
                response.headers_mut().append(SET_COOKIE, cookie);
            }
            response.headers_mut().append(SET_COOKIE, Pretoken::forgotten());
            response
        }
        Ok(Entered::Refused) => {
            tracing::info!(user = entry.username, %client, "sign-in refused");
            again(StatusCode::UNAUTHORIZED, "User name and password do not fit, or the account is closed.")
        }
        Ok(Entered::TooOften(throttled)) => {
            let seconds = throttled.seconds();
            let trouble = format!("Too many tries. Wait {seconds} s, then try again.");
            let mut response = again(StatusCode::TOO_MANY_REQUESTS, &trouble);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
        Err(error) => failure::of_catalog(&error),
    }
}

/// How a try ends.
enum Entered {
    Welcome(NewSession),
    Refused,
    TooOften(Throttled),
}

async fn sign_in(app: &App, entry: &Entry, client: Client) -> Result<Entered, CatalogError> {
    let version = app.catalog().version().await?;
    let gatekeeper = app.gatekeeper();
    let tried =
        gatekeeper.password(app, client, version, &entry.username, &entry.password, Again::Try).await?;
    let user = match tried {
        Tried::Right(user) if user.active => user,
        Tried::Right(_) | Tried::Wrong => return Ok(Entered::Refused),
        Tried::TooOften(throttled) => return Ok(Entered::TooOften(throttled)),
    };
    Ok(Entered::Welcome(app.catalog().open_session(user.id, app.config().session_lifetime).await?))
}

fn show(
    client: Client,
    headers: &HeaderMap,
    status: StatusCode,
    (username, next): (&str, &str),
    trouble: Option<&str>,
) -> Response {
    // A page that is open in two tabs keeps one token, so both forms stay good.
    let pretoken = Pretoken::of(headers).unwrap_or_else(Pretoken::fresh);
    let page = Page { frame: Frame::outside(), csrf: pretoken.text(), next: local(next), username, trouble };
    let mut response = frame::page(status, &page);
    if let Some(cookie) = pretoken.cookie(client) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The address if it is one of ours: signing in must not lead elsewhere.
fn local(next: &str) -> &str {
    let ours = next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if ours { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn signing_in_never_leads_to_another_site() {
        assert_eq!(local("/?sigproc=local&page=2"), "/?sigproc=local&page=2");
        for elsewhere in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/a\tb",
            "/\n//x",
            "javascript:0",
        ] {
            assert_eq!(local(elsewhere), "/", "{elsewhere:?}");
        }
    }
}
