//! What clients have registered and nothing has measured yet.

use runstow_lifecycle::State;
use sea_query::{Expr, ExprTrait, Func, Query};

use super::Report;
use crate::Catalog;
use crate::error::Result;
use crate::events::About;
use crate::records;
use crate::records::ResultRow;
use crate::tables::{Events, Results};

impl Catalog {
    /// Reports that clients wrote after this event, that no scan has found, and of which a Local category was never
    /// measured; and the number of the newest event, from which to ask next. 0 asks for all.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn newcomers(&self, after: i64) -> Result<(Vec<Report>, i64)> {
        let newest = Query::select().expr(Func::max(Expr::col(Events::Id))).from(Events::Table).to_owned();
        let newest = match self.db.first(&newest).await? {
            Some(row) => row.get::<Option<i64>>(0)?.unwrap_or_default(),
            None => 0,
        };
        // A load may have put an older history in the place of the one that was read.
        let after = if newest < after { 0 } else { after };
        let written = Query::select()
            .column(Events::ObjectPk)
            .from(Events::Table)
            .and_where(Expr::col(Events::About).eq(About::Record.name()))
            .and_where(Expr::col(Events::Id).gt(after))
            .and_where(Expr::col(Events::Id).lte(newest))
            .to_owned();
        let query = records::select::<ResultRow>()
            .and_where(Expr::col(Results::Fingerprint).is_null())
            .and_where(Expr::col(Results::Id).in_subquery(written))
            .to_owned();
        let mut reports = self.select_reports(query).await?;
        reports.retain(|report| {
            report.categories.iter().flatten().any(|category| {
                category.state == State::Local
                    && category.measured_us.is_none()
                    && category.diskspace.is_none()
            })
        });
        Ok((reports, newest))
    }
}
