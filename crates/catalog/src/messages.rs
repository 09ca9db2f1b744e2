//! Banners for people.

use crate::Catalog;
use crate::error::Result;
use crate::events::without_nul;
use crate::ids::{self, Sequence};
use crate::records::{self, MessageRow};
use crate::times::{now_us, original_text};

/// A banner to be shown, with the fields of the compatible API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// The text.
    pub body: String,
    /// 10 debug, 20 info, 25 success, 30 warning, 40 error, 50 critical.
    pub level: i64,
    /// Who sees it: a user's name, `_StaffOnly`, or empty for everybody.
    pub route: String,
    /// When it goes: `read`, `startup` or `never`.
    pub expires: String,
    /// Words to find it again by.
    pub tags: String,
}

impl Catalog {
    /// Adds a banner, now and unread, and gives its id.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn add_message(&self, new: NewMessage) -> Result<i64> {
        let mut tx = self.db.write().await?;
        let id = ids::take(&mut tx, Sequence::Messages, 1).await?;
        let time_us = now_us();
        let row = MessageRow {
            id,
            body: without_nul(&new.body),
            level: new.level,
            route: without_nul(&new.route),
            expires: without_nul(&new.expires),
            tags: without_nul(&new.tags),
            status: "unread".into(),
            time_us,
            time_text: original_text(time_us),
        };
        records::insert(&mut tx, &[row]).await?;
        tx.commit().await?;
        Ok(id)
    }
}
