//! Browser sessions: a random token in a cookie, its digest here.

use std::fmt;
use std::time::Duration;

use sea_query::{Expr, ExprTrait, Query};

use crate::Catalog;
use crate::db::Tx;
use crate::error::Result;
use crate::records::{self, Record as _, UserRow};
use crate::tables::{Sessions, Users};
use crate::times::now_us;
use crate::tokens;
use crate::users::User;

/// A session that was just opened. No `Debug`: it holds secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSession {
    /// For the cookie; the catalog keeps its digest only.
    pub token: String,
    /// To be sent along with every form.
    pub csrf_token: String,
    /// When it ends, in microseconds since 1970 UTC.
    pub expires_us: i64,
}

/// A session that is open.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// What a form must carry.
    pub csrf_token: String,
    /// When it was opened, in microseconds since 1970 UTC.
    pub created_us: i64,
    /// When it ends, in microseconds since 1970 UTC.
    pub expires_us: i64,
}

/// The token stays out of logs.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("expires_us", &self.expires_us).finish_non_exhaustive()
    }
}

impl Catalog {
    /// Opens a session for a user.
    ///
    /// # Errors
    /// When the catalog can not be written or the user is gone.
    pub async fn open_session(&self, user_id: i64, lifetime: Duration) -> Result<NewSession> {
        let (token, csrf_token) = (tokens::session_token(), tokens::session_token());
        let now = now_us();
        let expires_us = now.saturating_add(i64::try_from(lifetime.as_micros()).unwrap_or(i64::MAX));
        let query = Query::insert()
            .into_table(Sessions::Table)
            .columns([
                Sessions::TokenHash,
                Sessions::UserId,
                Sessions::CsrfToken,
                Sessions::CreatedUs,
                Sessions::ExpiresUs,
            ])
            .values_panic([
                tokens::digest(&token).into(),
                user_id.into(),
                csrf_token.clone().into(),
                now.into(),
                expires_us.into(),
            ])
            .to_owned();
        let mut tx = self.db.write_aside().await?;
        tx.run(&query).await?;
        tx.commit().await?;
        Ok(NewSession { token, csrf_token, expires_us })
    }

    /// The session of this token and its user, unless it has ended. The user may be inactive.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn session(&self, token: &str) -> Result<Option<(User, Session)>> {
        let query = records::select::<UserRow>()
            .columns([
                (Sessions::Table, Sessions::CsrfToken),
                (Sessions::Table, Sessions::CreatedUs),
                (Sessions::Table, Sessions::ExpiresUs),
            ])
            .inner_join(
                Sessions::Table,
                Expr::col((Sessions::Table, Sessions::UserId)).equals((Users::Table, Users::Id)),
            )
            .and_where(Expr::col((Sessions::Table, Sessions::TokenHash)).eq(tokens::digest(token)))
            .and_where(Expr::col((Sessions::Table, Sessions::ExpiresUs)).gt(now_us()))
            .to_owned();
        let Some(row) = self.db.first(&query).await? else { return Ok(None) };
        let after = UserRow::COLUMNS.len();
        let session = Session {
            csrf_token: row.get(after)?,
            created_us: row.get(after + 1)?,
            expires_us: row.get(after + 2)?,
        };
        Ok(Some((User::read(&row)?, session)))
    }

    /// Ends a session; one that is not open is fine.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn close_session(&self, token: &str) -> Result<()> {
        self.delete_sessions(Expr::col(Sessions::TokenHash).eq(tokens::digest(token))).await.map(drop)
    }

    /// Ends all sessions of a user.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn close_sessions_of(&self, user_id: i64) -> Result<()> {
        self.delete_sessions(Expr::col(Sessions::UserId).eq(user_id)).await.map(drop)
    }

    /// Removes sessions that have ended, and tells how many.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn purge_expired_sessions(&self) -> Result<u64> {
        self.delete_sessions(Expr::col(Sessions::ExpiresUs).lte(now_us())).await
    }

    async fn delete_sessions(&self, which: Expr) -> Result<u64> {
        let mut tx = self.db.write_aside().await?;
        let gone = tx.run(&Query::delete().from_table(Sessions::Table).and_where(which).to_owned()).await?;
        tx.commit().await?;
        Ok(gone)
    }
}

/// Ends all sessions of a user as part of a larger change.
pub(crate) async fn close_all(tx: &mut Tx, user_id: i64) -> Result<()> {
    let query = Query::delete()
        .from_table(Sessions::Table)
        .and_where(Expr::col(Sessions::UserId).eq(user_id))
        .to_owned();
    tx.run(&query).await?;
    Ok(())
}
