//! What every request for a page passes before its handler: may who asks see it?

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;

use super::failure;
use super::visitor::{self, Visitor};
use crate::app::App;
use crate::rights::{self, Access};

/// Lets a request through to its handler, or answers with a page.
pub(crate) async fn pass(
    State(app): State<App>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let Some(access) = rights::access(request.method(), path.as_str()) else {
        let allowed = rights::methods(path.as_str());
        return if allowed.is_empty() { failure::not_found() } else { failure::no_such_method(&allowed) };
    };
    if access == Access::Open {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let visitor = match Visitor::find(&app, &parts).await {
        Ok(visitor) => visitor,
        Err(response) => return *response,
    };
    let user = visitor.identity.user.as_ref();
    if access.allows(user, app.config().anonymous_read) {
        parts.extensions.insert(visitor);
        return next.run(Request::from_parts(parts, body)).await;
    }
    if user.is_none() {
        return visitor::lead_to_sign_in(&parts);
    }
    failure::failure(
        StatusCode::FORBIDDEN,
        "Your role does not allow this",
        "Ask an admin to do it, or for a role that may.",
    )
}
