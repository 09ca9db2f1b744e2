//! Accounts.

use std::fmt;

use runstow_lifecycle::Role;
use sea_query::{Expr, ExprTrait, Order, Query};

use crate::Catalog;
use crate::db::{Row, Tx};
use crate::error::{CatalogError, Result};
use crate::ids::{self, Sequence};
use crate::records::{self, Record as _, UserRow};
use crate::sessions;
use crate::tables::Users;
use crate::times::now_us;

/// An account.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Its number.
    pub id: i64,
    /// The name it signs in with; upper and lower case differ.
    pub username: String,
    /// What it may do.
    pub role: Role,
    /// May it write records through the compatible API? An admin may in any case.
    pub api_write: bool,
    /// An account that is not active may do nothing.
    pub active: bool,
    /// A PHC text for [`crate::passwords::verify`]; none means that no password fits.
    pub password_hash: Option<String>,
    /// When it was made, in microseconds since 1970 UTC.
    pub created_us: i64,
}

/// The hash stays out of logs.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, username, role, api_write, active, password_hash, created_us: _ } = self;
        f.debug_struct("User")
            .field("id", id)
            .field("username", username)
            .field("role", role)
            .field("api_write", api_write)
            .field("active", active)
            .field("has_password", &password_hash.is_some())
            .finish_non_exhaustive()
    }
}

/// An account to be made.
#[derive(Clone)]
pub struct NewUser {
    /// The name to sign in with.
    pub username: String,
    /// What it may do.
    pub role: Role,
    /// May it write records through the compatible API?
    pub api_write: bool,
    /// May it sign in?
    pub active: bool,
    /// A hash made by [`crate::passwords::hash`], or none.
    pub password_hash: Option<String>,
}

impl User {
    /// Reads the columns of [`UserRow`], which must come first in the row.
    pub(crate) fn read(row: &Row) -> Result<Self> {
        let UserRow { id, username, password_hash, role, api_write, active, created_us } =
            UserRow::read(row)?;
        let role = role.parse().map_err(|error| {
            CatalogError::Invalid(format!("the catalog holds a bad role for {username}: {error}"))
        })?;
        Ok(Self { id, username, role, api_write, active, password_hash, created_us })
    }
}

/// Says why a name can not be a user name: Basic authentication, tables of users and log lines must carry it.
pub(crate) fn bad_username(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("a user name can not be empty".into());
    }
    if name.contains(':') || name.chars().any(char::is_control) {
        return Some(format!("{name:?} can not be a user name: no colon and no control characters"));
    }
    None
}

impl Catalog {
    /// The account of this name, active or not.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn user_by_name(&self, username: &str) -> Result<Option<User>> {
        if username.contains('\0') {
            return Ok(None);
        }
        let query =
            records::select::<UserRow>().and_where(Expr::col(Users::Username).eq(username)).to_owned();
        self.db.first(&query).await?.as_ref().map(User::read).transpose()
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn users(&self) -> Result<Vec<User>> {
        let query =
            records::select::<UserRow>().order_by((Users::Table, Users::Username), Order::Asc).to_owned();
        self.db.all(&query).await?.iter().map(User::read).collect()
    }

    /// Makes an account.
    ///
    /// # Errors
    /// [`CatalogError::Conflict`] when the name is taken, [`CatalogError::Invalid`] when it can not be a name.
    pub async fn add_user(&self, new: NewUser) -> Result<User> {
        let mut tx = self.db.write().await?;
        let user = add(&mut tx, new).await?;
        tx.commit().await?;
        Ok(user)
    }

    /// Replaces the password's hash and closes the user's sessions. Without a hash no password fits.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`] when there is no such user.
    pub async fn set_password(&self, username: &str, password_hash: Option<String>) -> Result<()> {
        let mut tx = self.db.write().await?;
        let id = require(&mut tx, username).await?;
        let query = Query::update()
            .table(Users::Table)
            .value(Users::PasswordHash, password_hash)
            .and_where(Expr::col(Users::Id).eq(id))
            .to_owned();
        tx.run(&query).await?;
        sessions::close_all(&mut tx, id).await?;
        tx.commit().await
    }

    /// Changes what the user may do: the role, and whether records may be written through the compatible API.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`] when there is no such user.
    pub async fn set_role(&self, username: &str, role: Role, api_write: bool) -> Result<()> {
        let mut tx = self.db.write().await?;
        let id = require(&mut tx, username).await?;
        let query = Query::update()
            .table(Users::Table)
            .value(Users::Role, role.name())
            .value(Users::ApiWrite, api_write)
            .and_where(Expr::col(Users::Id).eq(id))
            .to_owned();
        tx.run(&query).await?;
        tx.commit().await
    }

    /// Lets the user in, or shuts the user out at once: sessions are closed, keys no longer help.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`] when there is no such user.
    pub async fn set_active(&self, username: &str, active: bool) -> Result<()> {
        let mut tx = self.db.write().await?;
        let id = require(&mut tx, username).await?;
        let query = Query::update()
            .table(Users::Table)
            .value(Users::Active, active)
            .and_where(Expr::col(Users::Id).eq(id))
            .to_owned();
        tx.run(&query).await?;
        if !active {
            sessions::close_all(&mut tx, id).await?;
        }
        tx.commit().await
    }

    /// Removes the account with its keys and sessions. Events keep the name.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`] when there is no such user.
    pub async fn delete_user(&self, username: &str) -> Result<()> {
        let mut tx = self.db.write().await?;
        let id = require(&mut tx, username).await?;
        let query =
            Query::delete().from_table(Users::Table).and_where(Expr::col(Users::Id).eq(id)).to_owned();
        tx.run(&query).await?;
        tx.commit().await
    }
}

/// Makes an account as part of a larger change.
pub(crate) async fn add(tx: &mut Tx, new: NewUser) -> Result<User> {
    let NewUser { username, role, api_write, active, password_hash } = new;
    if let Some(reason) = bad_username(&username) {
        return Err(CatalogError::Invalid(reason));
    }
    let query = Query::select()
        .column(Users::Id)
        .from(Users::Table)
        .and_where(Expr::col(Users::Username).eq(username.as_str()))
        .to_owned();
    if tx.first(&query).await?.is_some() {
        return Err(CatalogError::Conflict(format!("there is a user {username} already")));
    }
    let id = ids::take(tx, Sequence::Users, 1).await?;
    let created_us = now_us();
    let row = UserRow {
        id,
        username: username.clone(),
        password_hash: password_hash.clone(),
        role: role.name().to_owned(),
        api_write,
        active,
        created_us,
    };
    records::insert(tx, &[row]).await?;
    Ok(User { id, username, role, api_write, active, password_hash, created_us })
}

/// The id of a user who must be there.
async fn require(tx: &mut Tx, username: &str) -> Result<i64> {
    let missing = || CatalogError::NotFound(format!("there is no user {username:?}"));
    if username.contains('\0') {
        return Err(missing());
    }
    let query = Query::select()
        .column(Users::Id)
        .from(Users::Table)
        .and_where(Expr::col(Users::Username).eq(username))
        .to_owned();
    tx.first(&query).await?.ok_or_else(missing)?.get(0)
}
