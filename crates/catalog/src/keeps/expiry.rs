//! Ending what was to end by itself: Keep and holds.

use runstow_lifecycle::Category;
use sea_query::{Expr, ExprTrait, Order, Query};

use super::{reports_of_run, write_category, write_run};
use crate::Catalog;
use crate::db::Tx;
use crate::error::Result;
use crate::events::{self, About};
use crate::holds;
use crate::records::{self, CategoryKeepRow, ExperimentRow, Record as _, RunKeepRow};
use crate::tables::{CategoryKeeps, Experiments, RunKeeps};

/// In whose name things end by themselves.
const RUNSTOW: &str = "runstow";

impl Catalog {
    /// Ends every Keep and every hold whose time is over at `now_us`, each with an event, and tells how many that
    /// were. To be called now and then, and before anything is decided by Keep. Cheap when there is nothing to end.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn end_expired(&self, now_us: i64) -> Result<usize> {
        let runs = records::select::<RunKeepRow>()
            .and_where(Expr::col(RunKeeps::ExpiresUs).lte(now_us))
            .order_by(RunKeeps::ExperimentId, Order::Asc)
            .to_owned();
        let categories = records::select::<CategoryKeepRow>()
            .and_where(Expr::col(CategoryKeeps::ExpiresUs).lte(now_us))
            .order_by(CategoryKeeps::ResultId, Order::Asc)
            .to_owned();
        let none = self.db.first(&runs).await?.is_none()
            && self.db.first(&categories).await?.is_none()
            && self.db.first(&holds::expired(now_us)).await?.is_none();
        if none {
            return Ok(0);
        }
        let mut tx = self.db.write().await?;
        let mut ended = 0;
        for row in records::read_all::<RunKeepRow>(&tx.all(&runs).await?)? {
            end_run(&mut tx, row.experiment_id).await?;
            ended += 1;
        }
        for row in records::read_all::<CategoryKeepRow>(&tx.all(&categories).await?)? {
            let place = usize::try_from(row.category).ok().and_then(|at| Category::ALL.get(at));
            let Some(category) = place.copied() else { continue };
            write_category(&mut tx, row.result_id, category, None).await?;
            tell(&mut tx, row.result_id, category).await?;
            ended += 1;
        }
        ended += holds::end_expired(&mut tx, now_us, RUNSTOW).await?;
        tx.commit().await?;
        Ok(ended)
    }
}

async fn end_run(tx: &mut Tx, run_id: i64) -> Result<()> {
    let query =
        records::select::<ExperimentRow>().and_where(Expr::col(Experiments::Id).eq(run_id)).to_owned();
    let Some(row) = tx.first(&query).await? else { return Ok(()) };
    let run = ExperimentRow::read(&row)?;
    if run.storage_options != super::KEEP {
        // The flag was cleared through the compatible API: what is left has no meaning.
        let query = Query::delete()
            .from_table(RunKeeps::Table)
            .and_where(Expr::col(RunKeeps::ExperimentId).eq(run_id))
            .to_owned();
        return tx.run(&query).await.map(drop);
    }
    write_run(tx, &run, None).await?;
    for report in reports_of_run(tx, run_id).await? {
        tell(tx, report, Category::Sigproc).await?;
    }
    Ok(())
}

async fn tell(tx: &mut Tx, report: i64, category: Category) -> Result<()> {
    let text = format!("Keep of {} has ended: its time was over", category.ts_name());
    events::add(tx, About::Result, report, &text, RUNSTOW).await.map(drop)
}
