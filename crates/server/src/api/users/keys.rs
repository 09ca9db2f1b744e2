//! API keys: one's own below `/api/v1/me`, those of others below `/api/v1/users/{id}`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, LOCATION};
use runstow_catalog as catalog;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::body::{self, Faults};
use super::super::caller::Caller;
use super::super::instant::Instant;
use super::super::path::{Id, KeyId};
use super::super::problem::Problem;
use crate::app::App;

/// An API key, without the key itself.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct ApiKey {
    /// Its number.
    id: i64,
    /// What it is for.
    name: String,
    /// When it was made.
    created: Instant,
    /// When it was last used, to the minute; null: never.
    last_used: Option<Instant>,
    /// When it was withdrawn; null: it is good.
    revoked: Option<Instant>,
}

/// A new API key, shown for the only time.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct NewApiKey {
    /// Its number.
    id: i64,
    /// What it is for.
    name: String,
    /// When it was made.
    created: Instant,
    /// The key. The catalog keeps only its digest: write it down now.
    key: String,
}

/// All API keys of an account.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct ApiKeys {
    /// Oldest first, withdrawn ones included.
    items: Vec<ApiKey>,
}

/// An API key to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ApiKeyBody {
    /// What it is for.
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        examples("nightly pipeline")
    )]
    name: String,
}

impl ApiKey {
    fn of(key: catalog::ApiKey) -> Self {
        let catalog::ApiKey { id, user_id: _, name, created_us, last_used_us, revoked_us } = key;
        let (last_used, revoked) = (last_used_us.map(Instant), revoked_us.map(Instant));
        Self { id, name, created: Instant(created_us), last_used, revoked }
    }
}

async fn all(app: &App, user: i64) -> Result<Json<ApiKeys>, Problem> {
    let keys = app.catalog().api_keys(user).await?;
    Ok(Json(ApiKeys { items: keys.into_iter().map(ApiKey::of).collect() }))
}

async fn make(app: &App, user: i64, body: ApiKeyBody, by: &str, below: &str) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    faults.text("name", &body.name);
    faults.none()?;
    let (made, key) = app.catalog().create_api_key_by(user, &body.name, by).await?;
    let location = format!("{below}/api-keys/{}", made.id);
    let new = NewApiKey { id: made.id, name: made.name, created: Instant(made.created_us), key };
    let headers = [(LOCATION, location.as_str()), (CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, headers, Json(new)).into_response())
}

async fn withdraw(app: &App, user: i64, key: i64, by: &str) -> Result<StatusCode, Problem> {
    if app.catalog().revoke_key_of(user, key, by).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::no_such("good API key", key))
}

async fn known(app: &App, user: i64) -> Result<(), Problem> {
    app.catalog().user(user).await?.map(drop).ok_or_else(|| Problem::no_such("user", user))
}

/// List one's own API keys
#[utoipa::path(get, path = "/api/v1/me/api-keys", operation_id = "listMyApiKeys", tag = "account",
    responses((status = 200, description = "All keys, withdrawn ones included.", body = ApiKeys)))]
pub(in super::super) async fn list_own(
    caller: Caller,
    State(app): State<App>,
) -> Result<Json<ApiKeys>, Problem> {
    all(&app, caller.account()?.id).await
}

/// Make an API key for oneself
///
/// The answer shows the key for the only time.
#[utoipa::path(post, path = "/api/v1/me/api-keys", operation_id = "createMyApiKey", tag = "account",
    request_body = ApiKeyBody,
    responses((status = 201, description = "Made. `key` is shown this once.", body = NewApiKey,
        headers(("Location" = String, description = "Where it can be withdrawn.")))))]
pub(in super::super) async fn create_own(
    caller: Caller,
    State(app): State<App>,
    body::Json(body): body::Json<ApiKeyBody>,
) -> Result<Response, Problem> {
    let user = caller.account()?;
    make(&app, user.id, body, &user.username, "/api/v1/me").await
}

/// Withdraw one of one's own API keys
#[utoipa::path(delete, path = "/api/v1/me/api-keys/{key}", operation_id = "revokeMyApiKey", tag = "account",
    params(("key" = i64, Path, description = "The key's number.", minimum = 1)),
    responses((status = 204, description = "Withdrawn: it is refused from now on.")))]
pub(in super::super) async fn revoke_own(
    caller: Caller,
    State(app): State<App>,
    KeyId(key): KeyId,
) -> Result<StatusCode, Problem> {
    let user = caller.account()?;
    withdraw(&app, user.id, key, &user.username).await
}

/// List a user's API keys
#[utoipa::path(get, path = "/api/v1/users/{id}/api-keys", operation_id = "listUserApiKeys", tag = "users",
    params(("id" = i64, Path, description = "The user's number.", minimum = 1)),
    responses((status = 200, description = "All keys, withdrawn ones included.", body = ApiKeys)))]
pub(in super::super) async fn list(State(app): State<App>, Id(id): Id) -> Result<Json<ApiKeys>, Problem> {
    known(&app, id).await?;
    all(&app, id).await
}

/// Make an API key for a user
///
/// The answer shows the key for the only time.
#[utoipa::path(post, path = "/api/v1/users/{id}/api-keys", operation_id = "createUserApiKey", tag = "users",
    params(("id" = i64, Path, description = "The user's number.", minimum = 1)),
    request_body = ApiKeyBody,
    responses((status = 201, description = "Made. `key` is shown this once.", body = NewApiKey,
        headers(("Location" = String, description = "Where it can be withdrawn.")))))]
pub(in super::super) async fn create(
    caller: Caller,
    State(app): State<App>,
    Id(id): Id,
    body::Json(body): body::Json<ApiKeyBody>,
) -> Result<Response, Problem> {
    known(&app, id).await?;
    make(&app, id, body, &caller.account()?.username, &format!("/api/v1/users/{id}")).await
}

/// Withdraw a user's API key
#[utoipa::path(delete, path = "/api/v1/users/{id}/api-keys/{key}", operation_id = "revokeUserApiKey", tag = "users",
    params(("id" = i64, Path, description = "The user's number.", minimum = 1),
        ("key" = i64, Path, description = "The key's number.", minimum = 1)),
    responses((status = 204, description = "Withdrawn: it is refused from now on.")))]
pub(in super::super) async fn revoke(
    caller: Caller,
    State(app): State<App>,
    Id(id): Id,
    KeyId(key): KeyId,
) -> Result<StatusCode, Problem> {
    withdraw(&app, id, key, &caller.account()?.username).await
}
