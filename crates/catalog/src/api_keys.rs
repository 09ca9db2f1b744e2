//! API keys: secrets that a program sends in place of a password.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sea_query::{Expr, ExprTrait, Order, Query};

use crate::Catalog;
use crate::db::Tx;
use crate::error::{CatalogError, Result};
use crate::ids::{self, Sequence};
use crate::records::{self, ApiKeyRow, Record as _, UserRow};
use crate::tables::{ApiKeys, Users};
use crate::times::now_us;
use crate::tokens;
use crate::users::User;

/// The last use of a key is written at most this often.
const TOUCH_EVERY_US: i64 = 60_000_000;

/// When each key was last touched by this process, by its digest.
pub(crate) type Touched = Arc<Mutex<HashMap<String, i64>>>;

/// An API key as people see it: everything but the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub user_id: i64,
    /// What it is for, in the owner's words.
    pub name: String,
    /// When it was made, in microseconds since 1970 UTC.
    pub created_us: i64,
    /// When it was last used, to the minute; none means never.
    pub last_used_us: Option<i64>,
    /// When it was withdrawn; none means that it is good.
    pub revoked_us: Option<i64>,
}

impl From<ApiKeyRow> for ApiKey {
    fn from(row: ApiKeyRow) -> Self {
        let ApiKeyRow { id, user_id, name, key_hash: _, created_us, last_used_us, revoked_us } = row;
        Self { id, user_id, name, created_us, last_used_us, revoked_us }
    }
}

impl Catalog {
    /// Makes a key and gives it in clear, for the only time: the catalog keeps its digest.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`] when there is no such user.
    pub async fn create_api_key(&self, user_id: i64, name: &str) -> Result<(ApiKey, String)> {
        let secret = tokens::api_key();
        let key = self.add_api_key_with_secret(user_id, name, &secret).await?;
        Ok((key, secret))
    }

    /// Adds a key that was made elsewhere, such as in Torrent Suite.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`] when there is no such user, [`CatalogError::Conflict`] when the key is known.
    pub async fn add_api_key_with_secret(&self, user_id: i64, name: &str, secret: &str) -> Result<ApiKey> {
        let mut tx = self.db.write().await?;
        let key = add(&mut tx, user_id, name, secret).await?;
        tx.commit().await?;
        Ok(key)
    }

    /// The user's keys, oldest first, withdrawn ones included.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn api_keys(&self, user_id: i64) -> Result<Vec<ApiKey>> {
        let query = records::select::<ApiKeyRow>()
            .and_where(Expr::col(ApiKeys::UserId).eq(user_id))
            .order_by((ApiKeys::Table, ApiKeys::Id), Order::Asc)
            .to_owned();
        let rows = self.db.all(&query).await?;
        rows.iter().map(|row| Ok(ApiKeyRow::read(row)?.into())).collect()
    }

    /// Withdraws a key for good.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`] when there is no such key or it is withdrawn already.
    pub async fn revoke_api_key(&self, id: i64) -> Result<()> {
        let mut tx = self.db.write().await?;
        let query = Query::update()
            .table(ApiKeys::Table)
            .value(ApiKeys::RevokedUs, now_us())
            .and_where(Expr::col(ApiKeys::Id).eq(id))
            .and_where(Expr::col(ApiKeys::RevokedUs).is_null())
            .to_owned();
        if tx.run(&query).await? == 0 {
            return Err(CatalogError::NotFound(format!("there is no good API key number {id}")));
        }
        tx.commit().await
    }

    /// The account that this name and key belong to together, if the key is good. The account may be inactive.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn user_by_api_key(&self, username: &str, key: &str) -> Result<Option<User>> {
        if username.contains('\0') {
            return Ok(None);
        }
        let query = records::select::<UserRow>()
            .inner_join(
                ApiKeys::Table,
                Expr::col((ApiKeys::Table, ApiKeys::UserId)).equals((Users::Table, Users::Id)),
            )
            .and_where(Expr::col((Users::Table, Users::Username)).eq(username))
            .and_where(Expr::col((ApiKeys::Table, ApiKeys::KeyHash)).eq(tokens::digest(key)))
            .and_where(Expr::col((ApiKeys::Table, ApiKeys::RevokedUs)).is_null())
            .to_owned();
        self.db.first(&query).await?.as_ref().map(User::read).transpose()
    }

    /// The account that a good key belongs to, for programs that send the key alone. The account may be inactive.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn user_by_key_alone(&self, key: &str) -> Result<Option<User>> {
        let query = records::select::<UserRow>()
            .inner_join(
                ApiKeys::Table,
                Expr::col((ApiKeys::Table, ApiKeys::UserId)).equals((Users::Table, Users::Id)),
            )
            .and_where(Expr::col((ApiKeys::Table, ApiKeys::KeyHash)).eq(tokens::digest(key)))
            .and_where(Expr::col((ApiKeys::Table, ApiKeys::RevokedUs)).is_null())
            .to_owned();
        self.db.first(&query).await?.as_ref().map(User::read).transpose()
    }

    /// Notes that a good key was just used. Cheap: writes at most once a minute for each key.
    ///
    /// # Errors
    /// When the catalog can not be written; the request that used the key need not fail for it.
    pub async fn touch_api_key(&self, key: &str) -> Result<()> {
        let (digest, now) = (tokens::digest(key), now_us());
        {
            let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
            if touched.get(&digest).is_some_and(|last| now - last < TOUCH_EVERY_US) {
                return Ok(());
            }
            // Also forgets what was touched long ago, so that the map stays as small as the traffic.
            touched.retain(|_, last| now - *last < TOUCH_EVERY_US);
            touched.insert(digest.clone(), now);
        }
        let mut tx = self.db.write_aside().await?;
        let query = Query::update()
            .table(ApiKeys::Table)
            .value(ApiKeys::LastUsedUs, now)
            .and_where(Expr::col(ApiKeys::KeyHash).eq(digest))
            .to_owned();
        tx.run(&query).await?;
        tx.commit().await
    }
}

/// Adds a key as part of a larger change.
pub(crate) async fn add(tx: &mut Tx, user_id: i64, name: &str, secret: &str) -> Result<ApiKey> {
    let owner = Query::select()
        .column(Users::Id)
        .from(Users::Table)
        .and_where(Expr::col(Users::Id).eq(user_id))
        .to_owned();
    if tx.first(&owner).await?.is_none() {
        return Err(CatalogError::NotFound(format!("there is no user number {user_id}")));
    }
    let row = ApiKeyRow {
        id: ids::take(tx, Sequence::ApiKeys, 1).await?,
        user_id,
        name: name.to_owned(),
        key_hash: tokens::digest(secret),
        created_us: now_us(),
        last_used_us: None,
        revoked_us: None,
    };
    refuse_known(tx, &row.key_hash).await?;
    records::insert(tx, std::slice::from_ref(&row)).await?;
    Ok(row.into())
}

async fn refuse_known(tx: &mut Tx, key_hash: &str) -> Result<()> {
    let query = Query::select()
        .column(ApiKeys::Id)
        .from(ApiKeys::Table)
        .and_where(Expr::col(ApiKeys::KeyHash).eq(key_hash))
        .to_owned();
    match tx.first(&query).await? {
        Some(_) => {
            Err(CatalogError::Conflict("this API key is in use already: each key belongs to one user".into()))
        }
        None => Ok(()),
    }
}
