//! `/api/v1/users`: accounts, for admins.

pub(super) mod keys;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::LOCATION;
use http::{HeaderMap, StatusCode};
use runstow_catalog::{self as catalog, CatalogError, Edit, NewUser, UserChange};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{self, Faults, MOST_TEXT};
use super::caller::Caller;
use super::codes::RoleName;
use super::instant::Instant;
use super::path::Id;
use super::problem::{Kind, Problem};
use super::tagged::{IfMatch, changed, tag, tagged, with_tag};
use crate::app::App;

/// The shortest password.
const LEAST_PASSWORD: usize = 8;

/// An account.
#[derive(Serialize, ToSchema)]
pub(super) struct User {
    /// Its number.
    id: i64,
    /// The name it signs in with; upper and lower case differ.
    username: String,
    /// What it may do.
    role: RoleName,
    /// May it sign in?
    active: bool,
    /// May it write records through the compatible API?
    api_write: bool,
    /// Can it sign in with a password?
    has_password: bool,
    /// When it was made.
    created: Instant,
}

/// All accounts.
#[derive(Serialize, ToSchema)]
pub(super) struct Users {
    /// By name.
    items: Vec<User>,
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UserBody {
    /// The name to sign in with: no colon, no control characters.
    #[schema(min_length = 1, max_length = 150, pattern = r"^[^:\x00-\x1f\x7f-\x9f]+$", examples("ion"))]
    username: String,
    /// What it may do.
    role: RoleName,
    /// At least 8 characters; without one it can use API keys only.
    #[serde(default)]
    #[schema(min_length = 8, max_length = 1000)]
    password: Option<String>,
    /// May it write records through the compatible API?
    #[serde(default)]
    #[schema(required = false)]
    api_write: bool,
}

/// What to change of an account; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UserPatch {
    /// What it may do.
    #[serde(default)]
    role: Option<RoleName>,
    /// May it sign in? Switching it off ends its sessions at once.
    #[serde(default)]
    active: Option<bool>,
    /// May it write records through the compatible API?
    #[serde(default)]
    api_write: Option<bool>,
}

/// A password to be set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordBody {
    /// At least 8 characters; null: no password fits any more.
    #[serde(deserialize_with = "body::present")]
    #[schema(min_length = 8, max_length = 1000, required = true)]
    password: Option<String>,
}

impl User {
    /// As the catalog knows it, without its hash.
    pub(super) fn of(user: &catalog::User) -> Self {
        Self {
            id: user.id,
            username: user.username.clone(),
            role: RoleName(user.role),
            active: user.active,
            api_write: user.api_write,
            has_password: user.password_hash.is_some(),
            created: Instant(user.created_us),
        }
    }
}

/// Notes what is wrong with a new password.
pub(super) fn password_faults(faults: &mut Faults, field: &str, password: &str) {
    let length = password.chars().count();
    if length < LEAST_PASSWORD {
        faults.add(field, format!("give at least {LEAST_PASSWORD} characters"));
    } else if length > MOST_TEXT {
        faults.add(field, format!("it can not be longer than {MOST_TEXT} characters"));
    }
}

/// The answer of an edit.
fn edited<T>(edit: Edit<T>, id: i64) -> Result<T, Problem> {
    match edit {
        Edit::Done(record) => Ok(record),
        Edit::NotThere => Err(Problem::no_such("user", id)),
        Edit::Changed => Err(changed()),
        Edit::Refused(text) => Err(Problem::new(Kind::Conflict, text)),
    }
}

/// List users
#[utoipa::path(get, path = "/api/v1/users", operation_id = "listUsers", tag = "users",
    responses((status = 200, description = "All accounts, by name.", body = Users)))]
pub(super) async fn list(State(app): State<App>) -> Result<Json<Users>, Problem> {
    let users = app.catalog().users().await?;
    Ok(Json(Users { items: users.iter().map(User::of).collect() }))
}

/// Make a user
#[utoipa::path(post, path = "/api/v1/users", operation_id = "createUser", tag = "users",
    request_body = UserBody,
    responses((status = 201, description = "Made.", body = User,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "For `If-Match`.")))))]
pub(super) async fn create(
    caller: Caller,
    State(app): State<App>,
    body::Json(body): body::Json<UserBody>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    if body.username.chars().count() > 150 {
        faults.add("username", "it can not be longer than 150 characters");
    }
    if let Some(password) = &body.password {
        password_faults(&mut faults, "password", password);
    }
    faults.none()?;
    let password_hash = match body.password {
        Some(password) => Some(app.gatekeeper().hash(password).await?),
        None => None,
    };
    let UserBody { username, role, api_write, .. } = body;
    let new = NewUser { username, role: role.0, api_write, active: true, password_hash };
    let made =
        app.catalog().add_user_by(new, &caller.account()?.username).await.map_err(|error| match error {
            CatalogError::Invalid(text) => Problem::field("username", text),
            CatalogError::Conflict(text) => Problem::new(Kind::Conflict, text).about("username"),
            other => other.into(),
        })?;
    let user = User::of(&made);
    let location = format!("/api/v1/users/{}", user.id);
    Ok(with_tag(&tag(&user), (StatusCode::CREATED, [(LOCATION, location)], Json(user)).into_response()))
}

/// One user
#[utoipa::path(get, path = "/api/v1/users/{id}", operation_id = "getUser", tag = "users",
    params(("id" = i64, Path, description = "The user's number.", minimum = 1)),
    responses((status = 200, description = "The account.", body = User)))]
pub(super) async fn show(
    State(app): State<App>,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let user = app.catalog().user(id).await?.ok_or_else(|| Problem::no_such("user", id))?;
    Ok(tagged(&headers, User::of(&user)))
}

/// Change a user
///
/// Role, and whether it may sign in. The last active admin stays one.
#[utoipa::path(patch, path = "/api/v1/users/{id}", operation_id = "changeUser", tag = "users",
    params(("id" = i64, Path, description = "The user's number.", minimum = 1)),
    request_body = UserPatch,
    responses((status = 200, description = "Changed.", body = User)))]
pub(super) async fn change(
    caller: Caller,
    State(app): State<App>,
    Id(id): Id,
    seen: IfMatch,
    body::Json(body): body::Json<UserPatch>,
) -> Result<Response, Problem> {
    let change =
        UserChange { role: body.role.map(|role| role.0), active: body.active, api_write: body.api_write };
    let unchanged = |user: &catalog::User| seen.holds(&User::of(user));
    let edit = app.catalog().change_user(id, change, &caller.account()?.username, unchanged).await?;
    let user = User::of(&edited(edit, id)?);
    Ok(with_tag(&tag(&user), Json(user)))
}

/// Remove a user
///
/// With its keys and sessions; events keep the name. The last active admin can not be removed.
#[utoipa::path(delete, path = "/api/v1/users/{id}", operation_id = "removeUser", tag = "users",
    params(("id" = i64, Path, description = "The user's number.", minimum = 1)),
    responses((status = 204, description = "Removed.")))]
pub(super) async fn remove(
    caller: Caller,
    State(app): State<App>,
    Id(id): Id,
    seen: IfMatch,
) -> Result<StatusCode, Problem> {
    let unchanged = |user: &catalog::User| seen.holds(&User::of(user));
    edited(app.catalog().remove_user(id, &caller.account()?.username, unchanged).await?, id)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Set a user's password
///
/// Closes all sessions of the account.
#[utoipa::path(put, path = "/api/v1/users/{id}/password", operation_id = "setUserPassword", tag = "users",
    params(("id" = i64, Path, description = "The user's number.", minimum = 1)),
    request_body = PasswordBody,
    responses((status = 204, description = "Set.")))]
pub(super) async fn set_password(
    caller: Caller,
    State(app): State<App>,
    Id(id): Id,
    body::Json(body): body::Json<PasswordBody>,
) -> Result<StatusCode, Problem> {
    let hash = match body.password {
        Some(password) => {
            let mut faults = Faults::default();
            password_faults(&mut faults, "password", &password);
            faults.none()?;
            Some(app.gatekeeper().hash(password).await?)
        }
        None => None,
    };
    edited(app.catalog().change_password(id, hash, &caller.account()?.username).await?, id)?;
    Ok(StatusCode::NO_CONTENT)
}
