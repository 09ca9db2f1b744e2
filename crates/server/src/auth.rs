//! Who asks: Basic, session cookie or API key, in the original's order (api.md rules 52 to 54).
//!
//! Other ways in have their place here, and only here: a name that a trusted proxy has checked would be one more kind of
//! [`credentials`], believed as [`Client::by_proxy`] is; a directory (LDAP) would stand beside [`passwords`] and be asked
//! by [`Gatekeeper::password`], behind the same throttle.

mod credentials;
mod gatekeeper;
mod native;
mod passwords;
mod recent;
mod throttle;

use http::{HeaderMap, HeaderValue};
use runstow_catalog::{CatalogError, User};

use crate::app::App;
use crate::request::Client;
pub(crate) use credentials::session_token;
use credentials::{ApiKey, Basic, Credentials};
pub(crate) use gatekeeper::{Again, Gatekeeper, Tried, session_cookie};
pub(crate) use native::{Found, identify};
pub(crate) use throttle::Throttled;

/// What authentication found.
pub(crate) enum Outcome {
    /// The request may go on.
    Granted {
        /// Who asks.
        identity: Identity,
        /// The session that Basic credentials open, for the answer.
        set_cookie: Option<HeaderValue>,
    },
    /// 401.
    Denied {
        /// Whether the answer asks for Basic credentials (api.md rule 53).
        challenge: bool,
    },
    /// 429: too many passwords were wrong.
    TooOften(Throttled),
    /// 400: a Basic header that can not be read, where the original crashed (api.md rule 54, D1).
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// An active account; none is anonymous reading, opened by configuration.
    pub(crate) user: Option<User>,
    /// The catalog's version this was found at. Good for everything else the request reads
    /// ([`runstow_catalog::Catalog::list_at`]), so that it is asked for once per request.
    pub(crate) version: i64,
}

/// Finds who asks. Costs one SQL statement when the same credentials came lately and the catalog has
/// not changed since, and none when there are no credentials and reading is not open.
///
/// # Errors
/// When the catalog does not answer.
pub(crate) async fn authenticate(
    app: &App,
    client: Client,
    headers: &HeaderMap,
    query: &[(String, String)],
) -> Result<Outcome, CatalogError> {
    let given = Credentials::read(headers, query);
    let open = app.config().anonymous_read && !given.can_be_wrong();
    if !open && given.is_empty() {
        return Ok(Outcome::Denied { challenge: true });
    }
    let version = app.catalog().version().await?;
    let granted = |user, set_cookie| {
        Ok(Outcome::Granted { identity: Identity { user: Some(user), version }, set_cookie })
    };
    let gatekeeper = app.gatekeeper();

    let (mut challenge, mut too_often) = (true, None);
    match given.basic {
        Basic::Malformed(reason) => return Ok(Outcome::Malformed { reason: reason.to_owned() }),
        Basic::Given { username, password } => {
            match gatekeeper.password(app, client, version, &username, &password, Again::NoGuess).await? {
                Tried::Right(user) if user.active => {
                    let session = gatekeeper.basic_session(app, &user, &password).await;
                    return granted(*user, session_cookie(client, session.as_deref()));
                }
                Tried::Right(_) => challenge = false,
                Tried::Wrong => {}
                Tried::TooOften(throttled) => too_often = Some(throttled),
            }
        }
        Basic::Absent => {}
    }
    if let Some(token) = given.session
        && let Some((user, _)) = gatekeeper.session(app, version, token).await?
    {
        return granted(user, None);
    }
    match given.api_key {
        ApiKey::Given { username, key } => {
            if let Some(user) = gatekeeper.api_key(app, version, &username, &key).await? {
                return granted(user, None);
            }
        }
        ApiKey::Malformed | ApiKey::Absent => {}
    }
    if let Some(throttled) = too_often {
        return Ok(Outcome::TooOften(throttled));
    }
    if open {
        return Ok(Outcome::Granted { identity: Identity { user: None, version }, set_cookie: None });
    }
    Ok(Outcome::Denied { challenge })
}
