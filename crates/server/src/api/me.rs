//! `/api/v1/me`: the caller's own account.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use runstow_catalog::Edit;
use runstow_lifecycle::Right;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{self, Faults};
use super::caller::Caller;
use super::problem::Problem;
use super::users::{User, password_faults};
use crate::app::App;
use crate::auth::{Again, Tried};
use crate::request::Client;

/// Who I am and what I may do.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    /// The account.
    user: User,
    /// What its role may do.
    #[schema(value_type = Vec<String>)]
    rights: Vec<Right>,
    /// For requests that change something, as `X-CSRF-Token`; only when a session cookie said who you are.
    csrf_token: Option<String>,
}

/// The caller's account
#[utoipa::path(get, path = "/api/v1/me", operation_id = "getMe", tag = "account",
    responses((status = 200, description = "Who you are and what you may do.", body = Me)))]
pub(super) async fn show(caller: Caller) -> Result<Json<Me>, Problem> {
    let user = caller.account()?;
    let rights = Right::ALL.into_iter().filter(|right| user.role.may(*right)).collect();
    let csrf_token = caller.session.as_ref().map(|session| session.csrf_token.clone());
    Ok(Json(Me { user: User::of(user), rights, csrf_token }))
}

/// A new password of one's own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnPassword {
    /// The present one.
    #[schema(max_length = 1000)]
    current: String,
    /// The new one, at least 8 characters.
    #[schema(min_length = 8, max_length = 1000)]
    new: String,
}

/// Change one's own password
///
/// Closes all sessions of the account.
#[utoipa::path(put, path = "/api/v1/me/password", operation_id = "setMyPassword", tag = "account",
    request_body = OwnPassword,
    responses((status = 204, description = "Changed.")))]
pub(super) async fn set_password(
    caller: Caller,
    client: Client,
    State(app): State<App>,
    body::Json(given): body::Json<OwnPassword>,
) -> Result<StatusCode, Problem> {
    let user = caller.account()?;
    let mut faults = Faults::default();
    password_faults(&mut faults, "new", &given.new);
    faults.none()?;
    let tried = app
        .gatekeeper()
        .password(&app, client, caller.version, &user.username, &given.current, Again::Try)
        .await?;
    match tried {
        Tried::Right(_) => {}
        Tried::Wrong => {
            let text = "The present password is another one.";
            return Err(Problem::new(super::Kind::NotAllowed, text).about("current"));
        }
        Tried::TooOften(throttled) => return Err(Problem::too_often(throttled.seconds())),
    }
    let hash = app.gatekeeper().hash(given.new).await?;
    match app.catalog().change_password(user.id, Some(hash), &user.username).await? {
        Edit::Done(_) => Ok(StatusCode::NO_CONTENT),
        _ => Err(Problem::no_such("user", user.id)),
    }
}
