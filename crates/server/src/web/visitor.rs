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
use crate::request::Client;

/// Somebody who may read. Everybody else is led to the sign-in page.
pub(super) struct Visitor {
    /// The account, or anonymous reading.
    pub(super) identity: Identity,
    /// The session of the cookie, if it is this account's.
    pub(super) session: Option<Session>,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        // Keys in the query are for programs; in the address of a page they would end in histories.
        let outcome = auth::authenticate(app, Client::of(&parts.extensions), &parts.headers, &[]).await;
        match outcome.map_err(|error| failure::of_catalog(&error))? {
            Outcome::Granted { identity, .. } => {
                let session = own_session(app, parts, &identity).await?;
                Ok(Self { identity, session })
            }
            Outcome::Denied { .. } => Err(lead_to_sign_in(parts)),
            Outcome::Malformed { reason } => {
                Err(failure::failure(StatusCode::BAD_REQUEST, "These credentials can not be read", &reason))
            }
        }
    }
}

async fn own_session(app: &App, parts: &Parts, identity: &Identity) -> Result<Option<Session>, Response> {
    let (Some(user), Some(token)) = (&identity.user, auth::session_token(&parts.headers)) else {
        return Ok(None);
    };
    let found = app.gatekeeper().session(app, identity.version, token).await;
    let found = found.map_err(|error| failure::of_catalog(&error))?;
    Ok(found.filter(|(owner, _)| owner.id == user.id).map(|(_, session)| session))
}

fn lead_to_sign_in(parts: &Parts) -> Response {
    let back = match (&parts.method, parts.uri.path_and_query()) {
        (&Method::GET | &Method::HEAD, Some(here)) if here != "/" => {
            format!("/sign-in?next={}", utf8_percent_encode(here.as_str(), NON_ALPHANUMERIC))
        }
        _ => "/sign-in".to_owned(),
    };
    Redirect::to(&back).into_response()
}
