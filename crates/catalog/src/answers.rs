//! Answers to requests that must not be carried out twice: what was answered is given again.
//!
//! The caller gives digests and sealed bytes; nothing here can be read without what the client sent.

use sea_query::{Expr, ExprTrait, Query};

use crate::Catalog;
use crate::error::{CatalogError, Result};
use crate::tables::RememberedAnswers as Table;
use crate::times::now_us;

/// How long an answer is remembered: a day.
const REMEMBERED_US: i64 = 24 * 3600 * 1_000_000;

/// A request that has not been answered after this time never will be: its process is gone.
const GIVEN_UP_US: i64 = 5 * 60 * 1_000_000;

/// An answer that was remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: i64,
    /// What the caller sealed.
    pub answer: Vec<u8>,
}

/// What is known of a request that begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Nothing: carry it out, and then call [`Catalog::keep_answer`] or [`Catalog::drop_answer`].
    New,
    /// The same request was answered.
    Answered(KeptAnswer),
    /// The same request is being carried out just now.
    Running,
    /// Another request came with this key.
    Other,
}

impl Catalog {
    /// Notes that a user's request begins under a key.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn begin_answer(&self, user_id: i64, key_hash: &str, request_hash: &str) -> Result<Begun> {
        let now = now_us();
        let mut tx = self.db.write_aside().await?;
        let over = Expr::col(Table::CreatedUs)
            .lte(now - REMEMBERED_US)
            .or(Expr::col(Table::Status).is_null().and(Expr::col(Table::CreatedUs).lte(now - GIVEN_UP_US)));
        tx.run(&Query::delete().from_table(Table::Table).and_where(over).to_owned()).await?;
        let insert = Query::insert()
            .into_table(Table::Table)
            .columns([Table::UserId, Table::KeyHash, Table::RequestHash, Table::CreatedUs])
            .values_panic([user_id.into(), key_hash.into(), request_hash.into(), now.into()])
            .on_conflict(sea_query::OnConflict::new().do_nothing().to_owned())
            .to_owned();
        if tx.run(&insert).await? > 0 {
            tx.commit().await?;
            return Ok(Begun::New);
        }
        let query = Query::select()
            .columns([Table::RequestHash])
            .columns([Table::Status, Table::Answer])
            .from(Table::Table)
            .and_where(Expr::col(Table::UserId).eq(user_id))
            .and_where(Expr::col(Table::KeyHash).eq(key_hash))
            .to_owned();
        let row = tx.first(&query).await?;
        tx.commit().await?;
        let Some(row) = row else {
            return Err(CatalogError::Unavailable("the same request has just failed".into()));
        };
        if row.get::<String>(0)? != request_hash {
            return Ok(Begun::Other);
        }
        Ok(match row.get::<Option<i64>>(1)? {
            Some(status) => Begun::Answered(KeptAnswer {
                status,
                answer: row.get::<Option<Vec<u8>>>(2)?.unwrap_or_default(),
            }),
            None => Begun::Running,
        })
    }

    /// Remembers the answer of a request that has begun.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn keep_answer(&self, user_id: i64, key_hash: &str, kept: KeptAnswer) -> Result<()> {
        let mut tx = self.db.write_aside().await?;
        let query = Query::update()
            .table(Table::Table)
            .value(Table::Status, kept.status)
            .value(Table::Answer, kept.answer)
            .and_where(Expr::col(Table::UserId).eq(user_id))
            .and_where(Expr::col(Table::KeyHash).eq(key_hash))
            .to_owned();
        tx.run(&query).await?;
        tx.commit().await
    }

    /// Forgets a request that has begun and came to nothing, so that it can be tried again.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn drop_answer(&self, user_id: i64, key_hash: &str) -> Result<()> {
        let mut tx = self.db.write_aside().await?;
        let query = Query::delete()
            .from_table(Table::Table)
            .and_where(Expr::col(Table::UserId).eq(user_id))
            .and_where(Expr::col(Table::KeyHash).eq(key_hash))
            .to_owned();
        tx.run(&query).await?;
        tx.commit().await
    }
}
