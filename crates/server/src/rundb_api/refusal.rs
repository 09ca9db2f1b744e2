//! Answers that are not what was asked for.

use runstow_catalog::CatalogError;

/// Why a request gets something else than what it asked for.
#[derive(Debug)]
pub(super) enum Refusal {
    /// 400 with `{"error": text}`.
    BadRequest(String),
    /// 404 with nothing: a number that is nobody's id (api.md rule 35).
    Missing,
    /// 404 with `{"error_message": …}`: no number, or no such set (rules 35 and 36).
    NotAnId,
    /// 401 with nothing.
    Unauthorized {
        /// Whether Basic credentials are asked for.
        challenge: bool,
    },
    /// 403 with `{"error": text}`: a page of another site had it sent.
    Forbidden(String),
    /// 409 with `{"error": text}`: files are being moved (D10), or what was to be made is there already.
    Conflict(String),
    /// 501 with nothing: POST to one record.
    NotImplemented,
    /// 415: a body of another type than JSON (D1).
    UnsupportedMediaType(String),
    /// 503: the catalog is busy or away.
    Unavailable,
    /// 500 with `{"error_message": …}`; the log has the reason.
    Failed,
}

impl Refusal {
    /// 400 about a parameter, for what crashed the original (D1).
    pub(super) fn parameter(name: &str, problem: impl std::fmt::Display) -> Self {
        Self::BadRequest(format!("Invalid parameter '{name}': {problem}."))
    }

    /// 400 about a field of the body, for what crashed the original (D1).
    pub(super) fn field(name: &str, problem: impl std::fmt::Display) -> Self {
        Self::BadRequest(format!("Invalid value for '{name}': {problem}."))
    }

    /// 400 for a value of another type than the field's (rule 20).
    pub(super) fn mismatched_type() -> Self {
        Self::BadRequest("Invalid resource lookup data provided (mismatched type).".to_owned())
    }
}

impl From<CatalogError> for Refusal {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::Invalid(text) => Self::BadRequest(text),
            CatalogError::Conflict(text) => Self::Conflict(text),
            CatalogError::Unavailable(_) => {
                tracing::warn!(%error, "the catalog is not available");
                Self::Unavailable
            }
            other => {
                tracing::error!(error = %other, "the catalog failed");
                Self::Failed
            }
        }
    }
}
