//! `/sign-out`: ends the session.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

use super::failure;
use super::visitor::Visitor;
use crate::app::App;
use crate::auth;

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Leaving {
    csrf: String,
}

/// Ends the visitor's session; without one there is nothing to end.
pub(super) async fn leave(
    visitor: Visitor,
    State(app): State<App>,
    headers: HeaderMap,
    form: Result<Form<Leaving>, FormRejection>,
) -> Response {
    if let (Some(session), Some(token)) = (&visitor.session, auth::session_token(&headers)) {
        let ours =
            form.is_ok_and(|Form(form)| form.csrf.as_bytes().ct_eq(session.csrf_token.as_bytes()).into());
        if !ours {
            return failure::failure(
                StatusCode::FORBIDDEN,
                "You are still signed in",
                "The request did not come from this session's own button. Go back and use “Sign out” again.",
            );
        }
        if let Err(error) = app.gatekeeper().close_session(&app, token).await {
            return failure::of_catalog(&error);
        }
    }
    let mut response = Redirect::to("/").into_response();
    response.headers_mut().append(
        SET_COOKIE,
        HeaderValue::from_static("sessionid=; httponly; Path=/; SameSite=Lax; Max-Age=0"),
    );
    response
}
