//! Who may do what: one table. A route that is not in it answers nobody.

use http::Method;
use runstow_lifecycle::{Right, Role};

/// What it takes to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Nothing: the answer tells nothing about data or people.
    Open,
    /// An account, whatever its role.
    Account,
    /// A right. Reading may also be open to all by configuration.
    Needs(Right),
}

impl Access {
    /// May an account of this role, or nobody in particular?
    pub(super) fn allows(self, role: Option<Role>, reading_is_open: bool) -> bool {
        match (self, role) {
            (Self::Open, _) | (Self::Account, Some(_)) => true,
            (Self::Needs(right), Some(role)) => role.may(right),
            (Self::Needs(Right::Read), None) => reading_is_open,
            (Self::Account | Self::Needs(_), None) => false,
        }
    }

    /// The name in the OpenAPI document.
    pub(super) fn name(self) -> String {
        match self {
            Self::Open => "open".to_owned(),
            Self::Account => "account".to_owned(),
            Self::Needs(right) => serde_json::to_value(right)
                .ok()
                .and_then(|name| name.as_str().map(str::to_owned))
                .unwrap_or_default(),
        }
    }
}

const READ: Access = Access::Needs(Right::Read);
const KEEP: Access = Access::Needs(Right::Keep);
const HOLD: Access = Access::Needs(Right::Hold);
const USERS: Access = Access::Needs(Right::Users);

/// Method, path, and what it takes.
pub(super) const TABLE: &[(Method, &str, Access)] = &[
    (Method::GET, "/api/v1", Access::Open),
    (Method::GET, "/api/v1/openapi.json", Access::Open),
    (Method::GET, "/api/v1/docs", Access::Open),
    (Method::GET, "/api/v1/me", Access::Account),
    (Method::PUT, "/api/v1/me/password", Access::Account),
    (Method::GET, "/api/v1/me/api-keys", Access::Account),
    (Method::POST, "/api/v1/me/api-keys", Access::Account),
    (Method::DELETE, "/api/v1/me/api-keys/{key}", Access::Account),
    (Method::GET, "/api/v1/reports", READ),
    (Method::GET, "/api/v1/reports/{id}", READ),
    (Method::GET, "/api/v1/reports/{id}/history", READ),
    (Method::GET, "/api/v1/reports/{id}/categories/{category}", READ),
    (Method::GET, "/api/v1/reports/{id}/categories/{category}/files", READ),
    (Method::GET, "/api/v1/reports/{id}/categories/{category}/keep", READ),
    (Method::PUT, "/api/v1/reports/{id}/categories/{category}/keep", KEEP),
    (Method::DELETE, "/api/v1/reports/{id}/categories/{category}/keep", KEEP),
    (
        Method::POST,
        "/api/v1/reports/{id}/categories/{category}/acknowledge",
        Access::Needs(Right::Acknowledge),
    ),
    (Method::GET, "/api/v1/holds", READ),
    (Method::POST, "/api/v1/holds", HOLD),
    (Method::GET, "/api/v1/holds/{id}", READ),
    (Method::DELETE, "/api/v1/holds/{id}", HOLD),
    (Method::GET, "/api/v1/volumes", READ),
    (Method::GET, "/api/v1/volumes/{id}", READ),
    (Method::GET, "/api/v1/statistics", READ),
    (Method::GET, "/api/v1/scans", READ),
    (Method::GET, "/api/v1/scans/{id}", READ),
    (Method::GET, "/api/v1/events", READ),
    (Method::GET, "/api/v1/events/stream", READ),
    (Method::GET, "/api/v1/users", USERS),
    (Method::POST, "/api/v1/users", USERS),
    (Method::GET, "/api/v1/users/{id}", USERS),
    (Method::PATCH, "/api/v1/users/{id}", USERS),
    (Method::DELETE, "/api/v1/users/{id}", USERS),
    (Method::PUT, "/api/v1/users/{id}/password", USERS),
    (Method::GET, "/api/v1/users/{id}/api-keys", USERS),
    (Method::POST, "/api/v1/users/{id}/api-keys", USERS),
    (Method::DELETE, "/api/v1/users/{id}/api-keys/{key}", USERS),
];

/// What a route takes. HEAD is a GET without its body.
pub(super) fn access(method: &Method, path: &str) -> Option<Access> {
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    TABLE.iter().find(|(known, at, _)| known == method && *at == path).map(|(.., access)| *access)
}

/// The methods that a path takes, for `Allow`.
pub(super) fn methods(path: &str) -> String {
    let mut names = Vec::new();
    for (method, ..) in TABLE.iter().filter(|(_, at, _)| *at == path) {
        names.push(method.as_str());
        if *method == Method::GET {
            names.push("HEAD");
        }
    }
    names.join(", ")
}
