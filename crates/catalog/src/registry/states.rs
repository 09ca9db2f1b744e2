//! Setting the states that a list of runs brings along, such as those of a site that moved here.

use std::path::PathBuf;

use runstow_lifecycle::{Category, State};
use sea_query::{Expr, ExprTrait, Query};

use crate::Catalog;
use crate::error::Result;
use crate::stored_path::StoredPath;
use crate::tables::CategoryStates;

impl Catalog {
    /// Sets state and archive place of some categories of a report as they are known from elsewhere. It is no move:
    /// no rule of moves is asked, no file is concerned.
    ///
    /// # Errors
    /// When the catalog can not be written; then nothing was changed.
    pub async fn set_states(
        &self,
        report_id: i64,
        states: &[(Category, State, Option<PathBuf>)],
    ) -> Result<()> {
        let mut tx = self.db.write().await?;
        for (category, state, place) in states {
            let (path, bytes) = StoredPath::columns_of(place.as_deref().map(StoredPath::from).as_ref());
            let query = Query::update()
                .table(CategoryStates::Table)
                .value(CategoryStates::State, state.code())
                .value(CategoryStates::ArchivePath, path)
                .value(CategoryStates::ArchivePathBytes, bytes)
                .and_where(Expr::col(CategoryStates::ResultId).eq(report_id))
                .and_where(Expr::col(CategoryStates::Category).eq(category.index() as i64))
                .to_owned();
            tx.run(&query).await?;
        }
        tx.commit().await
    }
}
