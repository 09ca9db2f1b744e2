//! Finding out whether the catalog can be written, without changing it.

use sea_query::{OnConflict, Query};

use crate::Catalog;
use crate::error::Result;
use crate::tables::Settings;

impl Catalog {
    /// Tries a write and takes it back.
    ///
    /// # Errors
    /// When the catalog can not be written; the error says why.
    pub async fn write_test(&self) -> Result<()> {
        let mut tx = self.db.write_aside().await?;
        let name = "write_test";
        let query = Query::insert()
            .into_table(Settings::Table)
            .columns([Settings::Name, Settings::Value])
            .values_panic([name.into(), name.into()])
            .on_conflict(OnConflict::column(Settings::Name).do_nothing().to_owned())
            .to_owned();
        tx.run(&query).await?;
        // Dropped without a commit: nothing stays.
        Ok(())
    }
}
