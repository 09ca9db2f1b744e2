//! Rows of accounts and their keys.

use super::record;
use crate::tables::{ApiKeys, Users};

record! {
    /// An account. No `Debug`: it holds the password's hash.
    UserRow in Users key [Id] {
        id: i64 = Id,
        username: String = Username,
        password_hash: Option<String> = PasswordHash,
        role: String = Role,
        api_write: bool = ApiWrite,
        active: bool = Active,
        created_us: i64 = CreatedUs,
    }
}

record! {
    /// An API key. No `Debug`: it holds the key's hash.
    ApiKeyRow in ApiKeys key [Id] {
        id: i64 = Id,
        user_id: i64 = UserId,
        name: String = Name,
        key_hash: String = KeyHash,
        created_us: i64 = CreatedUs,
        last_used_us: Option<i64> = LastUsedUs,
        revoked_us: Option<i64> = RevokedUs,
    }
}
