//! Agreeing to an announced delete.

use runstow_lifecycle::{Category, State};
use sea_query::{Expr, ExprTrait, Query};

use super::{find, reports_of_run};
use crate::Catalog;
use crate::error::Result;
use crate::events::{self, About};
use crate::records::{self, CategoryRow};
use crate::registry::state_of;
use crate::tables::CategoryStates;

/// What became of an acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acknowledgement {
    /// The category is Acknowledged now.
    Done,
    /// There is no such report, or it has no such files.
    NotThere,
    /// The category is in a state from which that move is not legal; the text says which moves are.
    Illegal(String),
}

impl Catalog {
    /// Moves a category that a person was told about from Notified to Acknowledged (lifecycle.md §2). Signal files
    /// belong to the run: the move shows on all its reports that are in the same state.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn acknowledge(&self, report_id: i64, category: Category, by: &str) -> Result<Acknowledgement> {
        let mut tx = self.db.write().await?;
        let Some(found) = find(&mut tx, report_id, category).await? else {
            return Ok(Acknowledgement::NotThere);
        };
        let reports = match category {
            Category::Sigproc => reports_of_run(&mut tx, found.run.id).await?,
            _ => vec![report_id],
        };
        let query = records::select::<CategoryRow>()
            .and_where(Expr::col(CategoryStates::ResultId).is_in(reports.iter().copied()))
            .and_where(Expr::col(CategoryStates::Category).eq(category.index() as i64))
            .to_owned();
        let rows: Vec<CategoryRow> = records::read_all(&tx.all(&query).await?)?;
        let Some(own) = rows.iter().find(|row| row.result_id == report_id) else {
            return Ok(Acknowledgement::NotThere);
        };
        let before = state_of(own)?;
        if let Err(illegal) = before.step(State::Acknowledged) {
            return Ok(Acknowledgement::Illegal(illegal.to_string()));
        }
        for row in rows.iter().filter(|row| row.state == own.state) {
            let query = Query::update()
                .table(CategoryStates::Table)
                .value(CategoryStates::State, State::Acknowledged.code())
                .and_where(Expr::col(CategoryStates::ResultId).eq(row.result_id))
                .and_where(Expr::col(CategoryStates::Category).eq(row.category))
                .to_owned();
            tx.run(&query).await?;
            let text = format!("Deletion of {} acknowledged", category.ts_name());
            events::add(&mut tx, About::Result, row.result_id, &text, by).await?;
        }
        tx.commit().await?;
        Ok(Acknowledgement::Done)
    }
}
