//! Who looks at a page.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::request::Parts;
use http::{Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use runstow_catalog::Session;

use super::failure;
use crate::app::App;
use crate::auth::{self, Identity, Outcome};
use crate::request::{self, Client};

/// Somebody who was let in.
#[derive(Clone)]
pub(super) struct Visitor {
    /// The account, or anonymous reading.
    pub(super) identity: Identity,
    /// The session of the cookie, if it is this account's.
    pub(super) session: Option<Session>,
}

impl Visitor {
    /// Finds who looks.
    ///
    /// # Errors
    /// The page for somebody who can not be let in.
    pub(super) async fn find(app: &App, parts: &Parts) -> Result<Self, Box<Response>> {
        // Keys in the query are for programs; in the address of a page they would end in histories.
        let outcome = auth::authenticate(app, Client::of(&parts.extensions), &parts.headers, &[]).await;
        let response = match outcome.map_err(|error| Box::new(failure::of_catalog(&error)))? {
            Outcome::Granted { identity, .. } => {
                let session = own_session(app, parts, &identity).await?;
                return Ok(Self { identity, session });
            }
            Outcome::Denied { .. } => lead_to_sign_in(parts),
            Outcome::TooOften(throttled) => {
                request::too_many(throttled.seconds(), "too many wrong passwords came from your address")
            }
            Outcome::Malformed { reason } => {
                failure::failure(StatusCode::BAD_REQUEST, "These credentials can not be read", &reason)
            }
        };
        Err(Box::new(response))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            tracing::error!(path = parts.uri.path(), "a page for visitors is open in the table of rights");
            failure::failure(
                StatusCode::INTERNAL_SERVER_ERROR,
                "This page can not be shown",
                "The server's log says why.",
            )
        })
    }
}

async fn own_session(
    app: &App,
    parts: &Parts,
    identity: &Identity,
) -> Result<Option<Session>, Box<Response>> {
    let (Some(user), Some(token)) = (&identity.user, auth::session_token(&parts.headers)) else {
        return Ok(None);
    };
    let found = app.gatekeeper().session(app, identity.version, token).await;
    let found = found.map_err(|error| Box::new(failure::of_catalog(&error)))?;
    Ok(found.filter(|(owner, _)| owner.id == user.id).map(|(_, session)| session))
}

/// Shows the way in, and back to where somebody was going.
pub(super) fn lead_to_sign_in(parts: &Parts) -> Response {
    let back = match (&parts.method, parts.uri.path_and_query()) {
        (&Method::GET | &Method::HEAD, Some(here)) if here != "/" => {
            format!("/sign-in?next={}", utf8_percent_encode(here.as_str(), NON_ALPHANUMERIC))
        }
        _ => "/sign-in".to_owned(),
    };
    Redirect::to(&back).into_response()
}
