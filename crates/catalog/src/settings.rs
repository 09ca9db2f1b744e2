//! Small facts about this catalog, and the records that every catalog starts with.

use sea_query::{Expr, ExprTrait, Func, Query};

use crate::Catalog;
use crate::error::Result;
use crate::ids::{self, Sequence};
use crate::records::{self, GlobalconfigRow, Record as _, SettingRow};
use crate::tables::{Globalconfig, Settings};

/// Settings of these names are neither dumped nor replaced by a load.
const SECRET: &str = "secret.";

/// Names a secret setting?
pub(crate) fn is_secret() -> Expr {
    Func::cust("substr").arg(Expr::col(Settings::Name)).arg(1_i32).arg(SECRET.len() as i32).eq(SECRET)
}

impl Catalog {
    /// The value of a setting. Names that start with `secret.` stay out of dumps.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn setting(&self, name: &str) -> Result<Option<String>> {
        let query = records::select::<SettingRow>().and_where(Expr::col(Settings::Name).eq(name)).to_owned();
        Ok(self.db.first(&query).await?.map(|row| SettingRow::read(&row)).transpose()?.map(|row| row.value))
    }

    /// Keeps a setting, in place of the former value.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn set_setting(&self, name: &str, value: &str) -> Result<()> {
        let mut tx = self.db.write().await?;
        records::upsert(&mut tx, &[SettingRow { name: name.to_owned(), value: value.to_owned() }]).await?;
        tx.commit().await
    }

    /// Makes the configuration record that the compatible API shows, where there is none: the documented sample
    /// with automatic actions off. A catalog that holds nothing else still counts as empty for a load.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn ensure_defaults(&self) -> Result<()> {
        let any = Query::select().column(Globalconfig::Id).from(Globalconfig::Table).limit(1).to_owned();
        if self.db.first(&any).await?.is_some() {
            return Ok(());
        }
        let mut tx = self.db.write().await?;
        // Once more with the writer's lock: another process may have been quicker.
        if tx.first(&any).await?.is_none() {
            let config = GlobalconfigRow::default();
            ids::reserve(&mut tx, Sequence::Globalconfig, config.id).await?;
            records::insert(&mut tx, &[config]).await?;
        }
        tx.commit().await
    }
}
