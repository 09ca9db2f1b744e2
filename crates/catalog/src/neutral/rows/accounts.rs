//! Accounts and keys.

use runstow_lifecycle::Role;

use super::super::scalars::Time;
use super::super::shape::{ApiKeyEntry, UserEntry};
use crate::records::{ApiKeyRow, UserRow};
use crate::tokens;
use crate::users::User;

/// What Torrent Suite's flags say: a superuser is an admin, who may write the rest is an operator.
fn role_and_api_write(superuser: bool, can_write: bool) -> (Role, bool) {
    match (superuser, can_write) {
        (true, _) => (Role::Admin, true),
        (false, true) => (Role::Operator, true),
        (false, false) => (Role::Viewer, false),
    }
}

/// The rows of the account at this position. `password_hash` is that of the clear password, if one is given.
/// Keys get their ids from `next_key`.
pub(in crate::neutral) fn user_rows(
    entry: UserEntry,
    id: i64,
    password_hash: Option<String>,
    now_us: i64,
    next_key: &mut i64,
) -> (UserRow, Vec<ApiKeyRow>) {
    let (role, api_write) = match entry.role {
        Some(role) => (role, entry.can_write),
        None => role_and_api_write(entry.superuser, entry.can_write),
    };
    let clear = entry.api_key.map(|key| ApiKeyEntry {
        name: "loaded".into(),
        key_hash: tokens::digest(&key),
        created: Time(now_us),
        last_used: None,
        revoked: None,
    });
    let keys = clear.into_iter().chain(entry.api_keys).map(|key| {
        let key_id = *next_key;
        *next_key += 1;
        ApiKeyRow {
            id: key_id,
            user_id: id,
            name: key.name,
            key_hash: key.key_hash,
            created_us: key.created.0,
            last_used_us: key.last_used.map(|time| time.0),
            revoked_us: key.revoked.map(|time| time.0),
        }
    });
    let keys = keys.collect();
    let user = UserRow {
        id,
        username: entry.username,
        password_hash: password_hash.or(entry.password_hash),
        role: role.name().to_owned(),
        api_write,
        active: entry.active,
        created_us: entry.created.map_or(now_us, |time| time.0),
    };
    (user, keys)
}

/// The account as it is written; the role only where the flags do not say it.
pub(in crate::neutral) fn user_entry(user: User, api_keys: Vec<ApiKeyEntry>) -> UserEntry {
    let superuser = user.role == Role::Admin;
    let told = role_and_api_write(superuser, user.api_write);
    UserEntry {
        username: user.username,
        password: None,
        password_hash: user.password_hash,
        api_key: None,
        active: user.active,
        superuser,
        can_write: user.api_write,
        role: (told != (user.role, user.api_write)).then_some(user.role),
        created: Some(Time(user.created_us)),
        api_keys,
    }
}

pub(in crate::neutral) fn key_entry(row: ApiKeyRow) -> ApiKeyEntry {
    ApiKeyEntry {
        name: row.name,
        key_hash: row.key_hash,
        created: Time(row.created_us),
        last_used: row.last_used_us.map(Time),
        revoked: row.revoked_us.map(Time),
    }
}
