//! Who asks, once the gate has let them in.

use axum::extract::FromRequestParts;
use http::request::Parts;
use runstow_catalog::{Session, User};
use runstow_lifecycle::Right;

use super::problem::{Kind, Problem};

/// Somebody who was let in.
#[derive(Clone)]
pub(super) struct Caller {
    /// The account; none when reading is open and nobody has signed in.
    pub(super) user: Option<User>,
    /// The browser session, if that is how they came.
    pub(super) session: Option<Session>,
    /// The catalog's version at which this was found; 0 where nobody needed to be.
    pub(super) version: i64,
}

impl Caller {
    /// May they?
    pub(super) fn may(&self, right: Right) -> bool {
        self.user.as_ref().is_some_and(|user| user.role.may(right))
    }

    /// The account.
    ///
    /// # Errors
    /// 401 for anonymous reading; the table of rights has let nobody else this far.
    pub(super) fn account(&self) -> Result<&User, Problem> {
        self.user.as_ref().ok_or_else(|| Problem::new(Kind::SignIn, "This needs an account."))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let known = parts.extensions.get::<Self>().cloned();
        known.ok_or_else(|| Problem::new(Kind::Internal, "This route has no entry in the table of rights."))
    }
}
