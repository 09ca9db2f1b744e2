//! Where archives are known to lie.

use sea_query::{Cond, Expr, ExprTrait, Query};

use crate::Catalog;
use crate::error::Result;
use crate::stored_path::StoredPath;
use crate::tables::CategoryStates;

impl Catalog {
    /// The archive folders of all categories that lie below one of these folders, each once. The folders themselves are none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn archives_below(&self, folders: &[String]) -> Result<Vec<StoredPath>> {
        if folders.is_empty() {
            return Ok(Vec::new());
        }
        let path = || Expr::col(CategoryStates::ArchivePath);
        let below = folders.iter().fold(Cond::any(), |all, folder| {
            let folder = folder.trim_end_matches('/');
            // Paths compare as bytes, and `0` is what follows `/`.
            all.add(path().gt(format!("{folder}/")).and(path().lt(format!("{folder}0"))))
        });
        let query = Query::select()
            .distinct()
            .columns([CategoryStates::ArchivePath, CategoryStates::ArchivePathBytes])
            .from(CategoryStates::Table)
            .cond_where(below)
            .to_owned();
        let rows = self.db.all(&query).await?;
        rows.iter().map(|row| Ok(StoredPath::from_columns(row.get(0)?, row.get(1)?))).collect()
    }
}
