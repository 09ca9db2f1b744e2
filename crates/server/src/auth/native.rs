//! Who asks the native API. What is sent on purpose must be right: with an `Authorization` header nothing else counts,
//! and keys in addresses, which end in logs, are not read at all.

use http::HeaderMap;
use http::header::AUTHORIZATION;
use runstow_catalog::{CatalogError, Session, User};

use super::credentials::{ApiKey, Basic, Credentials};
use super::{Again, Throttled, Tried};
use crate::app::App;
use crate::request::Client;

/// What the native API found out about who asks.
pub(crate) enum Found {
    /// An active account.
    Account {
        /// The account.
        user: Box<User>,
        /// The session, when the cookie said who it is: then the browser sends it along unasked, and a request that
        /// changes something must prove that it comes from our own pages.
        session: Option<Session>,
    },
    /// Nobody has said anything that could be wrong.
    Nobody,
    /// Wrong credentials, or those of an account that is switched off.
    Wrong,
    /// Too many passwords were wrong.
    TooOften(Throttled),
    /// Credentials that can not be read; what is wrong with them.
    Malformed(String),
}

/// Finds who asks, at a version of the catalog.
///
/// # Errors
/// When the catalog does not answer.
pub(crate) async fn identify(
    app: &App,
    client: Client,
    version: i64,
    headers: &HeaderMap,
) -> Result<Found, CatalogError> {
    let gatekeeper = app.gatekeeper();
    let account = |user: Option<User>| match user.filter(|user| user.active) {
        Some(user) => Found::Account { user: Box::new(user), session: None },
        None => Found::Wrong,
    };
    if let Some(header) = headers.get(AUTHORIZATION) {
        if let Some(key) = bearer(&String::from_utf8_lossy(header.as_bytes())) {
            return Ok(account(gatekeeper.bearer(app, version, key).await?));
        }
        let given = Credentials::read(headers, &[]);
        return Ok(match (given.basic, given.api_key) {
            (Basic::Malformed(reason), _) => Found::Malformed(reason.to_owned()),
            (Basic::Given { username, password }, _) => {
                match gatekeeper.password(app, client, version, &username, &password, Again::NoGuess).await? {
                    Tried::Right(user) => account(Some(*user)),
                    Tried::Wrong => Found::Wrong,
                    Tried::TooOften(throttled) => Found::TooOften(throttled),
                }
            }
            (Basic::Absent, ApiKey::Given { username, key }) => {
                account(gatekeeper.api_key(app, version, &username, &key).await?)
            }
            (Basic::Absent, _) => Found::Wrong,
        });
    }
    let Some(token) = super::session_token(headers) else { return Ok(Found::Nobody) };
    Ok(match gatekeeper.session(app, version, token).await? {
        Some((user, session)) => Found::Account { user: Box::new(user), session: Some(session) },
        // Browsers go on sending a cookie whose session has ended.
        None => Found::Nobody,
    })
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, key) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}
