//! What is known of a request once its path, verb and account are.

use http::HeaderMap;
use runstow_catalog::User;

use super::parameters::Parameters;
use crate::app::App;

/// A request that may be worked on.
pub(super) struct Asked<'r> {
    pub(super) app: &'r App,
    /// The catalog's version that the account was found at.
    pub(super) version: i64,
    pub(super) headers: &'r HeaderMap,
    /// The query string as it was sent.
    pub(super) query: &'r str,
    pub(super) parameters: Parameters,
    /// Who asks; none is anonymous reading.
    pub(super) user: Option<User>,
    /// Scheme and host as the client sees them; empty when the request names no host.
    pub(super) origin: String,
}
