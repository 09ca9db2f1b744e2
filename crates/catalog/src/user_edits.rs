//! Managing accounts: one change, one transaction, one event. Somebody is left who can manage accounts.

use runstow_lifecycle::{Right, Role};
use sea_query::{Expr, ExprTrait, Query};

use crate::Catalog;
use crate::api_keys::{self, ApiKey};
use crate::db::Tx;
use crate::edit::Edit;
use crate::error::Result;
use crate::events::{self, About};
use crate::records::{self, UserRow};
use crate::sessions;
use crate::tables::{ApiKeys, Users};
use crate::tokens;
use crate::users::{self, NewUser, User};

/// What to change of an account; none leaves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChange {
    /// What it may do.
    pub role: Option<Role>,
    /// May it sign in?
    pub active: Option<bool>,
    /// May it write records through the compatible API?
    pub api_write: Option<bool>,
}

impl Catalog {
    /// The account of this number.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn user(&self, id: i64) -> Result<Option<User>> {
        let query = by_id(id);
        self.db.first(&query).await?.as_ref().map(User::read).transpose()
    }

    /// As [`Catalog::add_user`], with an event in the name of who made the account.
    ///
    /// # Errors
    /// As [`Catalog::add_user`].
    pub async fn add_user_by(&self, new: NewUser, by: &str) -> Result<User> {
        let mut tx = self.db.write().await?;
        let user = users::add(&mut tx, new).await?;
        let text = format!("User {} added as {}", user.username, user.role);
        events::add(&mut tx, About::User, user.id, &text, by).await?;
        tx.commit().await?;
        Ok(user)
    }

    /// Changes an account if `unchanged` finds it as it was seen. Switching it off closes its sessions.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn change_user(
        &self,
        id: i64,
        change: UserChange,
        by: &str,
        unchanged: impl FnOnce(&User) -> bool + Send,
    ) -> Result<Edit<User>> {
        let mut tx = self.db.write().await?;
        let Some(before) = find(&mut tx, id).await? else { return Ok(Edit::NotThere) };
        if !unchanged(&before) {
            return Ok(Edit::Changed);
        }
        let after = User {
            role: change.role.unwrap_or(before.role),
            active: change.active.unwrap_or(before.active),
            api_write: change.api_write.unwrap_or(before.api_write),
            ..before.clone()
        };
        if after == before {
            return Ok(Edit::Done(before));
        }
        if manages(&before) && !manages(&after) && is_last(&mut tx, id).await? {
            return Ok(Edit::Refused(last_one(&before)));
        }
        let query = Query::update()
            .table(Users::Table)
            .value(Users::Role, after.role.name())
            .value(Users::Active, after.active)
            .value(Users::ApiWrite, after.api_write)
            .and_where(Expr::col(Users::Id).eq(id))
            .to_owned();
        tx.run(&query).await?;
        if !after.active {
            sessions::close_all(&mut tx, id).await?;
        }
        events::add(&mut tx, About::User, id, &told(&before, &after), by).await?;
        tx.commit().await?;
        Ok(Edit::Done(after))
    }

    /// Sets a password, or none so that no password fits, and closes the account's sessions.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn change_password(&self, id: i64, hash: Option<String>, by: &str) -> Result<Edit<User>> {
        let mut tx = self.db.write().await?;
        let Some(user) = find(&mut tx, id).await? else { return Ok(Edit::NotThere) };
        let word = if hash.is_some() { "set" } else { "removed" };
        let query = Query::update()
            .table(Users::Table)
            .value(Users::PasswordHash, hash.clone())
            .and_where(Expr::col(Users::Id).eq(id))
            .to_owned();
        tx.run(&query).await?;
        sessions::close_all(&mut tx, id).await?;
        let text = format!("Password of user {} {word}", user.username);
        events::add(&mut tx, About::User, id, &text, by).await?;
        tx.commit().await?;
        Ok(Edit::Done(User { password_hash: hash, ..user }))
    }

    /// Removes an account with its keys and sessions, if `unchanged` finds it as it was seen.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn remove_user(
        &self,
        id: i64,
        by: &str,
        unchanged: impl FnOnce(&User) -> bool + Send,
    ) -> Result<Edit<()>> {
        let mut tx = self.db.write().await?;
        let Some(user) = find(&mut tx, id).await? else { return Ok(Edit::NotThere) };
        if !unchanged(&user) {
            return Ok(Edit::Changed);
        }
        if manages(&user) && is_last(&mut tx, id).await? {
            return Ok(Edit::Refused(last_one(&user)));
        }
        tx.run(&Query::delete().from_table(Users::Table).and_where(Expr::col(Users::Id).eq(id)).to_owned())
            .await?;
        events::add(&mut tx, About::User, id, &format!("User {} removed", user.username), by).await?;
        tx.commit().await?;
        Ok(Edit::Done(()))
    }

    /// As [`Catalog::create_api_key`], with an event in the name of who made the key.
    ///
    /// # Errors
    /// As [`Catalog::create_api_key`].
    pub async fn create_api_key_by(&self, user_id: i64, name: &str, by: &str) -> Result<(ApiKey, String)> {
        let secret = tokens::api_key();
        let mut tx = self.db.write().await?;
        let key = api_keys::add(&mut tx, user_id, name, &secret).await?;
        events::add(&mut tx, About::User, user_id, &format!("API key number {} made: {name}", key.id), by)
            .await?;
        tx.commit().await?;
        Ok((key, secret))
    }

    /// Withdraws a good key of this user, with an event; `false` when there is no such key.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn revoke_key_of(&self, user_id: i64, key_id: i64, by: &str) -> Result<bool> {
        let mut tx = self.db.write().await?;
        let query = Query::update()
            .table(ApiKeys::Table)
            .value(ApiKeys::RevokedUs, crate::times::now_us())
            .and_where(Expr::col(ApiKeys::Id).eq(key_id))
            .and_where(Expr::col(ApiKeys::UserId).eq(user_id))
            .and_where(Expr::col(ApiKeys::RevokedUs).is_null())
            .to_owned();
        if tx.run(&query).await? == 0 {
            return Ok(false);
        }
        let text = format!("API key number {key_id} withdrawn");
        events::add(&mut tx, About::User, user_id, &text, by).await?;
        tx.commit().await?;
        Ok(true)
    }
}

fn by_id(id: i64) -> sea_query::SelectStatement {
    records::select::<UserRow>().and_where(Expr::col((Users::Table, Users::Id)).eq(id)).to_owned()
}

async fn find(tx: &mut Tx, id: i64) -> Result<Option<User>> {
    tx.first(&by_id(id)).await?.as_ref().map(User::read).transpose()
}

fn manages(user: &User) -> bool {
    user.active && user.role.may(Right::Users)
}

async fn is_last(tx: &mut Tx, id: i64) -> Result<bool> {
    let others = records::select::<UserRow>().and_where(Expr::col(Users::Id).ne(id)).to_owned();
    for row in tx.all(&others).await? {
        if manages(&User::read(&row)?) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn last_one(user: &User) -> String {
    format!("{} is the last active admin; make another user an admin first", user.username)
}

fn told(before: &User, after: &User) -> String {
    let mut parts = Vec::new();
    if before.role != after.role {
        parts.push(format!("is {} now", after.role));
    }
    if before.active != after.active {
        parts.push(if after.active { "may sign in again".to_owned() } else { "was switched off".to_owned() });
    }
    if before.api_write != after.api_write {
        let may = if after.api_write { "may" } else { "may no longer" };
        parts.push(format!("{may} write records"));
    }
    format!("User {} {}", after.username, parts.join(", "))
}
