//! Who may do what, on every face: one table. A route that is not in it answers nobody.

use http::Method;
use runstow_catalog::User;
use runstow_lifecycle::Right;

/// What it takes to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing: the answer tells nothing about data or people.
    Open,
    /// An account, whatever its role.
    Account,
    /// A right. Reading may also be open to all by configuration.
    Needs(Right),
}

impl Access {
    /// May this account, or nobody in particular?
    pub(crate) fn allows(self, user: Option<&User>, reading_is_open: bool) -> bool {
        match (self, user) {
            (Self::Open, _) | (Self::Account, Some(_)) => true,
            // An account may have this one by itself (lifecycle.md §7).
            (Self::Needs(Right::WriteRecords), Some(user)) if user.api_write => true,
            (Self::Needs(right), Some(user)) => user.role.may(right),
            (Self::Needs(Right::Read), None) => reading_is_open,
            (Self::Account | Self::Needs(_), None) => false,
        }
    }

    /// The name in the OpenAPI document.
    pub(crate) fn name(self) -> String {
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
const ASK: Access = Access::Needs(Right::Archive);
const STEER: Access = Access::Needs(Right::Cancel);
const POLICY: Access = Access::Needs(Right::Policy);
const USERS: Access = Access::Needs(Right::Users);
const WRITE: Access = Access::Needs(Right::WriteRecords);

/// Method, path, and what it takes.
pub(crate) const TABLE: &[(Method, &str, Access)] = &[
    // Operations.
    (Method::GET, "/healthz", Access::Open),
    (Method::GET, "/readyz", Access::Open),
    (Method::GET, "/metrics", Access::Open),
    // Pages.
    (Method::GET, "/", READ),
    (Method::GET, "/reports/{id}", READ),
    (Method::GET, "/sign-in", Access::Open),
    (Method::POST, "/sign-in", Access::Open),
    (Method::POST, "/sign-out", READ),
    (Method::GET, "/static/{name}", Access::Open),
    (Method::GET, "/problems/{slug}", Access::Open),
    // The compatible API; its resources differ in nothing here. The root answers any verb (api.md rule 39), a new record
    // at the address of one is never made, whoever asks.
    (Method::GET, "/rundb/api/v1/", Access::Open),
    (Method::OPTIONS, "/rundb/api/v1/", Access::Open),
    (Method::POST, "/rundb/api/v1/", Access::Open),
    (Method::PUT, "/rundb/api/v1/", Access::Open),
    (Method::PATCH, "/rundb/api/v1/", Access::Open),
    (Method::DELETE, "/rundb/api/v1/", Access::Open),
    (Method::GET, "/rundb/api/v1/{resource}/", READ),
    (Method::OPTIONS, "/rundb/api/v1/{resource}/", Access::Open),
    (Method::POST, "/rundb/api/v1/{resource}/", WRITE),
    (Method::PUT, "/rundb/api/v1/{resource}/", WRITE),
    (Method::PATCH, "/rundb/api/v1/{resource}/", WRITE),
    (Method::DELETE, "/rundb/api/v1/{resource}/", WRITE),
    (Method::GET, "/rundb/api/v1/{resource}/schema/", READ),
    (Method::OPTIONS, "/rundb/api/v1/{resource}/schema/", Access::Open),
    (Method::GET, "/rundb/api/v1/{resource}/set/{ids}/", READ),
    (Method::OPTIONS, "/rundb/api/v1/{resource}/set/{ids}/", Access::Open),
    (Method::GET, "/rundb/api/v1/{resource}/{id}/", READ),
    (Method::OPTIONS, "/rundb/api/v1/{resource}/{id}/", Access::Open),
    (Method::POST, "/rundb/api/v1/{resource}/{id}/", READ),
    (Method::PUT, "/rundb/api/v1/{resource}/{id}/", WRITE),
    (Method::PATCH, "/rundb/api/v1/{resource}/{id}/", WRITE),
    (Method::DELETE, "/rundb/api/v1/{resource}/{id}/", WRITE),
    // The native API.
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
    (Method::GET, "/api/v1/reports/{id}/verifications", READ),
    (Method::GET, "/api/v1/reports/{id}/categories/{category}", READ),
    (Method::GET, "/api/v1/reports/{id}/categories/{category}/files", READ),
    (Method::GET, "/api/v1/reports/{id}/categories/{category}/explain", READ),
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
    (Method::GET, "/api/v1/jobs", READ),
    // What it asks for may take more; the handler looks.
    (Method::POST, "/api/v1/jobs", ASK),
    (Method::GET, "/api/v1/jobs/{id}", READ),
    (Method::POST, "/api/v1/jobs/{id}/cancel", STEER),
    // These two also take the right to ask for the job's action; the handlers look.
    (Method::POST, "/api/v1/jobs/{id}/retry", STEER),
    (Method::POST, "/api/v1/jobs/{id}/decision", STEER),
    (Method::POST, "/api/v1/verifications", Access::Needs(Right::Archive)),
    (Method::GET, "/api/v1/trash", READ),
    (Method::POST, "/api/v1/trash/empty", Access::Needs(Right::Delete)),
    (Method::GET, "/api/v1/maintenance", READ),
    (Method::PUT, "/api/v1/maintenance", POLICY),
    (Method::GET, "/api/v1/volumes", READ),
    (Method::GET, "/api/v1/volumes/{id}", READ),
    (Method::POST, "/api/v1/volumes/{id}/acknowledge-missing", Access::Needs(Right::Storage)),
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
pub(crate) fn access(method: &Method, path: &str) -> Option<Access> {
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    TABLE.iter().find(|(known, at, _)| known == method && *at == path).map(|(.., access)| *access)
}

/// The methods that a path takes, for `Allow`. None: there is no such path for anybody.
pub(crate) fn methods(path: &str) -> String {
    let mut names = Vec::new();
    for (method, ..) in TABLE.iter().filter(|(_, at, _)| *at == path) {
        names.push(method.as_str());
        if *method == Method::GET {
            names.push("HEAD");
        }
    }
    names.join(", ")
}
