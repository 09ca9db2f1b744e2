//! Keep: who keeps which files, why and until when. Signal files are kept for the run, the rest for the report.
//!
//! The flags stay where the compatible API has them; the details lie beside, and count only while the flag is set.

mod acknowledge;
mod expiry;
mod volumes;

use runstow_lifecycle::Category;
use sea_query::{Expr, ExprTrait, Query};

pub use acknowledge::Acknowledgement;
pub use volumes::KeptOnVolume;

use crate::Catalog;
use crate::db::Tx;
use crate::edit::Edit;
use crate::error::Result;
use crate::events::{self, About, without_nul};
use crate::query::ids_of;
use crate::records::{self, CategoryKeepRow, CategoryRow, ExperimentRow, Record as _, ResultRow, RunKeepRow};
use crate::registry::KEEP;
use crate::tables::{CategoryKeeps, CategoryStates, Experiments, Globalconfig, Results, RunKeeps};
use crate::times::{now_us, timestamp};

/// Keep of one category of one report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// The flag is set.
    pub flag: bool,
    /// A `.runstow-keep` file lies in the run directory. It keeps signal files whatever the flag says.
    pub marker: bool,
    /// Who set the flag, as far as known: flags that came with a load or the compatible API have no details.
    pub details: Option<KeepDetails>,
}

impl Keep {
    /// Are the files kept, for whatever reason?
    #[must_use]
    pub const fn kept(&self) -> bool {
        self.flag || self.marker
    }
}

/// Who keeps files, why, and how long. Times are microseconds since 1970 UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeepDetails {
    /// Whom to ask about it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since_us: i64,
    /// When it ends by itself; none: never.
    pub expires_us: Option<i64>,
}

/// A Keep to be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeepWish {
    /// Whom to ask about it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// When it ends by itself, in microseconds since 1970 UTC; none: never.
    pub expires_us: Option<i64>,
}

/// A category's record with all that Keep is made of.
struct Found {
    report: ResultRow,
    run: ExperimentRow,
    keep: Keep,
}

impl Catalog {
    /// Keep of a category of a report; `None` when there is no such report, or it has no such files.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keep(&self, report_id: i64, category: Category) -> Result<Option<Keep>> {
        let mut tx = self.db.snapshot().await?;
        Ok(find(&mut tx, report_id, category).await?.map(|found| found.keep))
    }

    /// Sets Keep (a wish) or clears it (none), if `unchanged` finds it as it was seen. Keep of signal files is set for
    /// the run and shows on all its reports. Each report concerned gets an event with the user's name.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn change_keep(
        &self,
        report_id: i64,
        category: Category,
        wish: Option<KeepWish>,
        by: &str,
        unchanged: impl FnOnce(&Keep) -> bool + Send,
    ) -> Result<Edit<Keep>> {
        let mut tx = self.db.write().await?;
        let Some(found) = find(&mut tx, report_id, category).await? else { return Ok(Edit::NotThere) };
        if !unchanged(&found.keep) {
            return Ok(Edit::Changed);
        }
        let text = match &wish {
            Some(wish) => told(category, wish),
            None if !found.keep.flag => return Ok(Edit::Done(found.keep)),
            None => format!("Keep of {} cleared", category.ts_name()),
        };
        let mut keep = Keep { flag: wish.is_some(), marker: found.keep.marker, details: None };
        keep.details = wish.map(|wish| KeepDetails {
            owner: without_nul(&wish.owner),
            reason: without_nul(&wish.reason),
            since_us: match &found.keep.details {
                Some(before) if found.keep.flag => before.since_us,
                _ => now_us(),
            },
            expires_us: wish.expires_us,
        });
        let reports = if category == Category::Sigproc {
            write_run(&mut tx, &found.run, keep.details.as_ref()).await?;
            reports_of_run(&mut tx, found.run.id).await?
        } else {
            write_category(&mut tx, found.report.id, category, keep.details.as_ref()).await?;
            vec![found.report.id]
        };
        for report in reports {
            events::add(&mut tx, About::Result, report, &text, by).await?;
        }
        tx.commit().await?;
        Ok(Edit::Done(keep))
    }
}

fn told(category: Category, wish: &KeepWish) -> String {
    let until = wish.expires_us.map(|us| format!(" until {}", timestamp(us).strftime("%Y-%m-%d %H:%M UTC")));
    let (name, until) = (category.ts_name(), until.unwrap_or_default());
    let reason = if wish.reason.is_empty() { String::new() } else { format!(": {}", wish.reason) };
    format!("Keep of {name} set for {}{until}{reason}", wish.owner)
}

async fn find(tx: &mut Tx, report_id: i64, category: Category) -> Result<Option<Found>> {
    let mut query = records::select::<ResultRow>();
    query.and_where(Expr::col((Results::Table, Results::Id)).eq(report_id));
    let Some(report) = tx.first(&query).await?.map(|row| ResultRow::read(&row)).transpose()? else {
        return Ok(None);
    };
    let mut query = records::select::<ExperimentRow>();
    query
        .and_where(Expr::col(Experiments::Id).eq(report.experiment_id))
        .and_where(Expr::col(Experiments::ExpDir).ne(""));
    let run = tx.first(&query).await?.map(|row| ExperimentRow::read(&row)).transpose()?;
    let mut query = records::select::<CategoryRow>();
    query
        .and_where(Expr::col(CategoryStates::ResultId).eq(report_id))
        .and_where(Expr::col(CategoryStates::Category).eq(category.index() as i64));
    let state = tx.first(&query).await?.map(|row| CategoryRow::read(&row)).transpose()?;
    let (Some(run), Some(state)) = (run, state) else { return Ok(None) };
    let details = match category {
        Category::Sigproc => of_runs(tx, &[run.id]).await?.pop().map(|row| row.into()),
        _ => {
            let mut of_report = of_reports(tx, &[report_id]).await?;
            of_report.retain(|row| row.category == category.index() as i64);
            of_report.pop().map(|row| row.into())
        }
    };
    let keep = keep_of(category, &run, state.keep, details);
    Ok(Some(Found { report, run, keep }))
}

/// Puts flag, marker and details together; details without a flag are left over from a flag that a client of the
/// compatible API has cleared.
pub(crate) fn keep_of(
    category: Category,
    run: &ExperimentRow,
    record: bool,
    details: Option<KeepDetails>,
) -> Keep {
    let of_run = category == Category::Sigproc;
    let flag = if of_run { run.storage_options == KEEP } else { record };
    Keep { flag, marker: of_run && run.keep_marker, details: details.filter(|_| flag) }
}

pub(crate) async fn of_runs(tx: &mut Tx, ids: &[i64]) -> Result<Vec<RunKeepRow>> {
    let query = records::select::<RunKeepRow>()
        .and_where(Expr::col(RunKeeps::ExperimentId).in_subquery(ids_of(ids, tx.dialect())))
        .to_owned();
    records::read_all(&tx.all(&query).await?)
}

pub(crate) async fn of_reports(tx: &mut Tx, ids: &[i64]) -> Result<Vec<CategoryKeepRow>> {
    let query = records::select::<CategoryKeepRow>()
        .and_where(Expr::col(CategoryKeeps::ResultId).in_subquery(ids_of(ids, tx.dialect())))
        .to_owned();
    records::read_all(&tx.all(&query).await?)
}

impl From<RunKeepRow> for KeepDetails {
    fn from(row: RunKeepRow) -> Self {
        let RunKeepRow { owner, reason, since_us, expires_us, .. } = row;
        Self { owner, reason, since_us, expires_us }
    }
}

impl From<CategoryKeepRow> for KeepDetails {
    fn from(row: CategoryKeepRow) -> Self {
        let CategoryKeepRow { owner, reason, since_us, expires_us, .. } = row;
        Self { owner, reason, since_us, expires_us }
    }
}

/// Sets or clears Keep of a run: its storage option, the flag on its reports' records, the details.
async fn write_run(tx: &mut Tx, run: &ExperimentRow, details: Option<&KeepDetails>) -> Result<()> {
    let before = of_runs(tx, &[run.id]).await?.pop();
    let options = match (details, &before) {
        (Some(_), _) => KEEP.to_owned(),
        (None, Some(before)) if before.former_options != KEEP => before.former_options.clone(),
        (None, _) => unkept_options(tx).await?,
    };
    let query = Query::update()
        .table(Experiments::Table)
        .value(Experiments::StorageOptions, options)
        .and_where(Expr::col(Experiments::Id).eq(run.id))
        .to_owned();
    tx.run(&query).await?;
    let reports = Query::select()
        .column(Results::Id)
        .from(Results::Table)
        .and_where(Expr::col(Results::ExperimentId).eq(run.id))
        .to_owned();
    let query = Query::update()
        .table(CategoryStates::Table)
        .value(CategoryStates::Keep, details.is_some())
        .and_where(Expr::col(CategoryStates::Category).eq(Category::Sigproc.index() as i64))
        .and_where(Expr::col(CategoryStates::ResultId).in_subquery(reports))
        .to_owned();
    tx.run(&query).await?;
    let Some(details) = details else { return forget_run(tx, run.id).await };
    let former_options = match before {
        Some(before) if run.storage_options == KEEP => before.former_options,
        _ => run.storage_options.clone(),
    };
    let KeepDetails { owner, reason, since_us, expires_us } = details.clone();
    let row = RunKeepRow { experiment_id: run.id, owner, reason, since_us, expires_us, former_options };
    records::upsert(tx, &[row]).await
}

async fn write_category(
    tx: &mut Tx,
    report_id: i64,
    category: Category,
    details: Option<&KeepDetails>,
) -> Result<()> {
    let query = Query::update()
        .table(CategoryStates::Table)
        .value(CategoryStates::Keep, details.is_some())
        .and_where(Expr::col(CategoryStates::ResultId).eq(report_id))
        .and_where(Expr::col(CategoryStates::Category).eq(category.index() as i64))
        .to_owned();
    tx.run(&query).await?;
    let Some(details) = details else { return forget_category(tx, report_id, category).await };
    let KeepDetails { owner, reason, since_us, expires_us } = details.clone();
    let category = category.index() as i64;
    let row = CategoryKeepRow { result_id: report_id, category, owner, reason, since_us, expires_us };
    records::upsert(tx, &[row]).await
}

/// Forgets who keeps a run: to be called by whoever clears the flag itself.
pub(crate) async fn forget_run(tx: &mut Tx, run_id: i64) -> Result<()> {
    let query = Query::delete()
        .from_table(RunKeeps::Table)
        .and_where(Expr::col(RunKeeps::ExperimentId).eq(run_id))
        .to_owned();
    tx.run(&query).await.map(drop)
}

/// Forgets who keeps a category of a report: to be called by whoever clears the flag itself.
pub(crate) async fn forget_category(tx: &mut Tx, report_id: i64, category: Category) -> Result<()> {
    let query = Query::delete()
        .from_table(CategoryKeeps::Table)
        .and_where(Expr::col(CategoryKeeps::ResultId).eq(report_id))
        .and_where(Expr::col(CategoryKeeps::Category).eq(category.index() as i64))
        .to_owned();
    tx.run(&query).await.map(drop)
}

/// The storage option of a run that is not kept and whose former one is not known.
async fn unkept_options(tx: &mut Tx) -> Result<String> {
    let query = Query::select()
        .column(Globalconfig::DefaultStorageOptions)
        .from(Globalconfig::Table)
        .and_where(Expr::col(Globalconfig::DefaultStorageOptions).is_in(["A", "D"]))
        .order_by(Globalconfig::Id, sea_query::Order::Asc)
        .limit(1)
        .to_owned();
    tx.first(&query).await?.map_or_else(|| Ok("A".to_owned()), |row| row.get(0))
}

pub(crate) async fn reports_of_run(tx: &mut Tx, run_id: i64) -> Result<Vec<i64>> {
    let query = Query::select()
        .column(Results::Id)
        .from(Results::Table)
        .and_where(Expr::col(Results::ExperimentId).eq(run_id))
        .order_by(Results::Id, sea_query::Order::Asc)
        .to_owned();
    tx.all(&query).await?.iter().map(|row| row.get(0)).collect()
}
