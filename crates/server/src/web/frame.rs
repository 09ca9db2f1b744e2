//! What surrounds every page.

use askama::Template;
use axum::response::{Html, IntoResponse as _, Response};
use http::StatusCode;

use super::assets;
use super::visitor::Visitor;
use crate::request;

/// Head and header of a page.
pub(super) struct Frame {
    /// The style sheet's address.
    pub(super) stylesheet: String,
    /// The script's address.
    pub(super) script: String,
    /// The icon's address.
    pub(super) icon: String,
    /// The account's name; none when reading is open and nobody has signed in.
    pub(super) username: Option<String>,
    /// What the sign-out form carries; none without a session to end.
    pub(super) csrf: Option<String>,
    /// Whether there is anything to navigate to.
    pub(super) inside: bool,
}

impl Frame {
    /// The frame as a visitor sees it.
    pub(super) fn of(visitor: &Visitor) -> Self {
        Self {
            username: visitor.identity.user.as_ref().map(|user| user.username.clone()),
            csrf: visitor.session.as_ref().map(|session| session.csrf_token.clone()),
            inside: true,
            ..Self::outside()
        }
    }

    /// The frame of a page that needs no account.
    pub(super) fn outside() -> Self {
        Self {
            stylesheet: assets::address("runstow.css"),
            script: assets::address("runstow.js"),
            icon: assets::address("icon.svg"),
            username: None,
            csrf: None,
            inside: false,
        }
    }
}

/// The answer that a page makes.
pub(super) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page can not be rendered; this is a bug of Runstow");
            request::error(StatusCode::INTERNAL_SERVER_ERROR, "this page can not be shown; the log says why")
        }
    }
}
