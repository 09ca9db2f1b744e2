//! Turns credentials into accounts, remembering what the catalog said.
//!
//! Everything remembered is bound to the catalog's version: a changed role, a withdrawn key or a disabled
//! account counts from the next request on.

use std::fmt::Write as _;
use std::time::Duration;

use http::HeaderValue;
use runstow_catalog::{CatalogError, Session, User, times};

use super::credentials::SESSION_COOKIE;
use super::passwords::{self, Passwords};
use super::recent::{Recent, TIMELESS};
use super::throttle::{Throttle, Throttled};
use crate::app::App;
use crate::request::Client;

/// Names and keys: the version says when they change; time only makes room.
const ACCOUNTS: Duration = Duration::from_secs(3600);
/// Sessions end without a new version, maybe in another process of the same catalog.
const SESSIONS: Duration = Duration::from_secs(15);

/// What becomes of a name and a password.
pub(crate) enum Tried {
    /// They belong to this account, which may be switched off.
    Right(Box<User>),
    /// They belong to nobody.
    Wrong,
    /// They were not looked at: too many were wrong before.
    TooOften(Throttled),
}

/// What the same wrong password counts as when it comes once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// One more try: a person fills in a form.
    Try,
    /// Nothing: a program sends what it has with each request, and to hear the same of it once more helps nobody to guess.
    NoGuess,
}

/// Who may come in. Shared by all requests.
pub(crate) struct Gatekeeper {
    names: Recent<Option<User>>,
    keys: Recent<Option<User>>,
    sessions: Recent<Option<(User, Session)>>,
    passwords: Passwords,
    /// Whether passwords were right lately, by the address they came from.
    lately: Recent<bool>,
    basic_sessions: Recent<Option<String>>,
    throttle: Throttle,
}

impl Gatekeeper {
    pub(crate) fn new() -> Self {
        Self {
            names: Recent::new(ACCOUNTS),
            keys: Recent::new(ACCOUNTS),
            sessions: Recent::new(SESSIONS),
            passwords: Passwords::new(),
            lately: Recent::new(passwords::REMEMBERED),
            basic_sessions: Recent::new(passwords::REMEMBERED),
            throttle: Throttle::default(),
        }
    }

    /// The account that this name and password belong to, active or not. How often a client may be wrong is bounded; what
    /// was right from its address lately passes anyway. Whether there is such an account makes no difference, not in time
    /// either.
    ///
    /// # Errors
    /// When the catalog does not answer.
    pub(crate) async fn password(
        &self,
        app: &App,
        client: Client,
        version: i64,
        name: &str,
        password: &str,
        again: Again,
    ) -> Result<Tried, CatalogError> {
        let user = self.named(app, version, name).await?;
        let (network, stored) =
            (client.network(), user.as_ref().and_then(|user| user.password_hash.as_deref()));
        let parts = [name, password, stored.unwrap_or_default(), &network.to_string()];
        let digest = self.lately.digest(&parts);
        match (self.lately.get(&digest, TIMELESS), &user) {
            (Some(true), Some(user)) if self.throttle.is_calm(name, network) => {
                return Ok(Tried::Right(Box::new(user.clone())));
            }
            (Some(false), _) if again == Again::NoGuess => {
                self.lately.put(digest, TIMELESS, false);
                return Ok(Tried::Wrong);
            }
            _ => {}
        }
        if let Err(throttled) = self.throttle.begin(name, network) {
            tracing::warn!(user = name, %client, "too many wrong passwords");
            return Ok(Tried::TooOften(throttled));
        }
        let right = self.passwords.right(user.as_ref(), name, password).await?;
        self.lately.put(digest, TIMELESS, right);
        let Some(user) = user.filter(|_| right) else { return Ok(Tried::Wrong) };
        self.throttle.succeeded(name, network);
        Ok(Tried::Right(Box::new(user)))
    }

    /// What the catalog stores of a new password.
    ///
    /// # Errors
    /// When the server stops meanwhile.
    pub(crate) async fn hash(&self, password: String) -> Result<String, CatalogError> {
        self.passwords.hash(password).await
    }

    async fn named(&self, app: &App, version: i64, name: &str) -> Result<Option<User>, CatalogError> {
        let digest = self.names.digest(&[name]);
        if let Some(user) = self.names.get(&digest, version) {
            return Ok(user);
        }
        let user = app.catalog().user_by_name(name).await?;
        self.names.put(digest, version, user.clone());
        Ok(user)
    }

    /// The session that right Basic credentials of an active user open. The one of minutes ago serves again:
    /// programs send the same credentials with each request. None when the catalog can not be written.
    pub(super) async fn basic_session(&self, app: &App, user: &User, password: &str) -> Option<String> {
        let stored = user.password_hash.as_deref().unwrap_or_default();
        let digest = self.basic_sessions.digest(&[&user.username, password, stored]);
        if let Some(token) = self.basic_sessions.get(&digest, TIMELESS) {
            return token;
        }
        let token = match app.catalog().open_session(user.id, app.config().session_lifetime).await {
            Ok(session) => Some(session.token),
            Err(error) => {
                tracing::warn!(%error, user = user.username, "can not open a session for Basic credentials");
                None
            }
        };
        self.basic_sessions.put(digest, TIMELESS, token.clone());
        token
    }

    /// The active user of an open session, with the session.
    pub(crate) async fn session(
        &self,
        app: &App,
        version: i64,
        token: &str,
    ) -> Result<Option<(User, Session)>, CatalogError> {
        let digest = self.sessions.digest(&[token]);
        let found = match self.sessions.get(&digest, version) {
            Some(found) => found,
            None => {
                let found = app.catalog().session(token).await?;
                self.sessions.put(digest, version, found.clone());
                found
            }
        };
        Ok(found.filter(|(user, session)| user.active && session.expires_us > times::now_us()))
    }

    /// Ends a session at once.
    pub(crate) async fn close_session(&self, app: &App, token: &str) -> Result<(), CatalogError> {
        app.catalog().close_session(token).await?;
        self.sessions.forget(&self.sessions.digest(&[token]));
        Ok(())
    }

    /// The active user of an API key that came without a name.
    pub(super) async fn bearer(
        &self,
        app: &App,
        version: i64,
        key: &str,
    ) -> Result<Option<User>, CatalogError> {
        // One part, where keys with a name have two: neither is ever taken for the other.
        let digest = self.keys.digest(&[key]);
        let found = match self.keys.get(&digest, version) {
            Some(found) => found,
            None => {
                let found = app.catalog().user_by_key_alone(key).await?;
                self.keys.put(digest, version, found.clone());
                found
            }
        };
        Ok(in_use(app, found, key).await)
    }

    /// The active user of an API key.
    pub(super) async fn api_key(
        &self,
        app: &App,
        version: i64,
        name: &str,
        key: &str,
    ) -> Result<Option<User>, CatalogError> {
        let digest = self.keys.digest(&[name, key]);
        let found = match self.keys.get(&digest, version) {
            Some(found) => found,
            None => {
                let found = app.catalog().user_by_api_key(name, key).await?;
                self.keys.put(digest, version, found.clone());
                found
            }
        };
        Ok(in_use(app, found, key).await)
    }
}

/// The user of a key, if active; notes that the key was used.
async fn in_use(app: &App, found: Option<User>, key: &str) -> Option<User> {
    let active = found.filter(|user| user.active);
    if active.is_some()
        && let Err(error) = app.catalog().touch_api_key(key).await
    {
        tracing::warn!(%error, "can not note the use of an API key");
    }
    active
}

/// The `Set-Cookie` value of a session. `SameSite` keeps other sites' forms from writing in the user's name,
/// which matters because the compatible API asks for no CSRF token (api.md rule 52).
pub(crate) fn session_cookie(client: Client, token: Option<&str>) -> Option<HeaderValue> {
    let mut text = format!("{SESSION_COOKIE}={}; httponly; Path=/; SameSite=Lax", token?);
    if client.secure {
        let _ = write!(text, "; Secure");
    }
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
