//! Holds: a person, pipeline or plugin says that it uses a report or a run, so that no action touches the files.

use sea_query::{Cond, Expr, ExprTrait, Order, Query, SelectStatement};

use crate::Catalog;
use crate::db::Tx;
use crate::error::Result;
use crate::events::{self, About, without_nul};
use crate::ids::{self, Sequence};
use crate::keeps::reports_of_run;
use crate::query::ids_of;
use crate::records::{self, HoldRow, Record as _};
use crate::tables::{Experiments, Holds, Results};
use crate::times::now_us;

/// What a hold is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldOn {
    /// One report: its own files, and the signal files of its run.
    Report(i64),
    /// A run with all its reports.
    Run(i64),
}

/// A hold. Times are microseconds since 1970 UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its number.
    pub id: i64,
    /// What is in use.
    pub on: HoldOn,
    /// Who uses it.
    pub who: String,
    /// What for.
    pub reason: String,
    /// Since when.
    pub since_us: i64,
    /// When it ends by itself; none: when it is released.
    pub expires_us: Option<i64>,
}

/// A hold to be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewHold {
    /// What is in use.
    pub on: HoldOn,
    /// Who uses it.
    pub who: String,
    /// What for.
    pub reason: String,
    /// When it ends by itself, in microseconds since 1970 UTC.
    pub expires_us: Option<i64>,
}

/// Which holds to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HoldNarrowing {
    /// Those on this report itself.
    pub report: Option<i64>,
    /// Those on this run itself.
    pub run: Option<i64>,
}

impl From<HoldRow> for Hold {
    fn from(row: HoldRow) -> Self {
        let HoldRow { id, result_id, experiment_id, who, reason, since_us, expires_us } = row;
        let on = match (result_id, experiment_id) {
            (Some(report), _) => HoldOn::Report(report),
            (None, run) => HoldOn::Run(run.unwrap_or_default()),
        };
        Self { id, on, who, reason, since_us, expires_us }
    }
}

impl Catalog {
    /// Registers a hold, with an event on each report concerned; `None` when there is no such report or run.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn add_hold(&self, new: NewHold, by: &str) -> Result<Option<Hold>> {
        let mut tx = self.db.write().await?;
        if !is_there(&mut tx, new.on).await? {
            return Ok(None);
        }
        let (result_id, experiment_id) = columns(new.on);
        let row = HoldRow {
            id: ids::take(&mut tx, Sequence::Holds, 1).await?,
            result_id,
            experiment_id,
            who: without_nul(&new.who),
            reason: without_nul(&new.reason),
            since_us: now_us(),
            expires_us: new.expires_us,
        };
        let hold = Hold::from(row.clone());
        records::insert(&mut tx, &[row]).await?;
        let text = format!("In use by {}: {}", hold.who, hold.reason);
        tell(&mut tx, hold.on, text.trim_end_matches([' ', ':']), by).await?;
        tx.commit().await?;
        Ok(Some(hold))
    }

    /// The hold of this number, unless it has ended.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn hold(&self, id: i64) -> Result<Option<Hold>> {
        let query = active(now_us()).and_where(Expr::col(Holds::Id).eq(id)).to_owned();
        Ok(self.db.first(&query).await?.map(|row| HoldRow::read(&row)).transpose()?.map(Hold::from))
    }

    /// Holds that have not ended, by number, after this one, at most so many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn holds(&self, which: HoldNarrowing, after: i64, limit: u64) -> Result<Vec<Hold>> {
        let mut query = active(now_us());
        query.and_where(Expr::col(Holds::Id).gt(after)).order_by(Holds::Id, Order::Asc).limit(limit);
        if let Some(report) = which.report {
            query.and_where(Expr::col(Holds::ResultId).eq(report));
        }
        if let Some(run) = which.run {
            query.and_where(Expr::col(Holds::ExperimentId).eq(run));
        }
        Ok(records::read_all::<HoldRow>(&self.db.all(&query).await?)?.into_iter().map(Hold::from).collect())
    }

    /// Ends a hold, with an event; `false` when there is none of this number.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn release_hold(&self, id: i64, by: &str) -> Result<bool> {
        let mut tx = self.db.write().await?;
        let query = active(now_us()).and_where(Expr::col(Holds::Id).eq(id)).to_owned();
        let Some(row) = tx.first(&query).await? else { return Ok(false) };
        let hold = Hold::from(HoldRow::read(&row)?);
        delete(&mut tx, id).await?;
        tell(&mut tx, hold.on, &format!("No longer in use by {}", hold.who), by).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// The holds on these runs and on any of their reports.
pub(crate) async fn of_runs(tx: &mut Tx, runs: &[i64]) -> Result<Vec<Hold>> {
    let reports = Query::select()
        .column(Results::Id)
        .from(Results::Table)
        .and_where(Expr::col(Results::ExperimentId).in_subquery(ids_of(runs, tx.dialect())))
        .to_owned();
    let on = Cond::any()
        .add(Expr::col(Holds::ExperimentId).in_subquery(ids_of(runs, tx.dialect())))
        .add(Expr::col(Holds::ResultId).in_subquery(reports));
    let query = active(now_us()).cond_where(on).order_by(Holds::Id, Order::Asc).to_owned();
    Ok(records::read_all::<HoldRow>(&tx.all(&query).await?)?.into_iter().map(Hold::from).collect())
}

/// Holds whose time is over.
pub(crate) fn expired(now_us: i64) -> SelectStatement {
    records::select::<HoldRow>()
        .and_where(Expr::col(Holds::ExpiresUs).lte(now_us))
        .order_by(Holds::Id, Order::Asc)
        .to_owned()
}

/// Ends holds whose time is over, with events.
pub(crate) async fn end_expired(tx: &mut Tx, now_us: i64, by: &str) -> Result<usize> {
    let rows = tx.all(&expired(now_us)).await?;
    for hold in records::read_all::<HoldRow>(&rows)?.into_iter().map(Hold::from) {
        delete(tx, hold.id).await?;
        tell(tx, hold.on, &format!("No longer in use by {}: the time was over", hold.who), by).await?;
    }
    Ok(rows.len())
}

fn active(now_us: i64) -> SelectStatement {
    let time =
        Cond::any().add(Expr::col(Holds::ExpiresUs).is_null()).add(Expr::col(Holds::ExpiresUs).gt(now_us));
    records::select::<HoldRow>().cond_where(time).to_owned()
}

async fn delete(tx: &mut Tx, id: i64) -> Result<()> {
    let query = Query::delete().from_table(Holds::Table).and_where(Expr::col(Holds::Id).eq(id)).to_owned();
    tx.run(&query).await.map(drop)
}

async fn tell(tx: &mut Tx, on: HoldOn, text: &str, by: &str) -> Result<()> {
    let reports = match on {
        HoldOn::Report(report) => vec![report],
        HoldOn::Run(run) => reports_of_run(tx, run).await?,
    };
    for report in reports {
        events::add(tx, About::Result, report, text, by).await?;
    }
    Ok(())
}

const fn columns(on: HoldOn) -> (Option<i64>, Option<i64>) {
    match on {
        HoldOn::Report(report) => (Some(report), None),
        HoldOn::Run(run) => (None, Some(run)),
    }
}

/// Is it there, as lists show it (api.md rule 10)?
async fn is_there(tx: &mut Tx, on: HoldOn) -> Result<bool> {
    let mut query = Query::select();
    query
        .column((Experiments::Table, Experiments::Id))
        .from(Experiments::Table)
        .and_where(Expr::col((Experiments::Table, Experiments::ExpDir)).ne(""));
    match on {
        HoldOn::Run(run) => {
            query.and_where(Expr::col((Experiments::Table, Experiments::Id)).eq(run));
        }
        HoldOn::Report(report) => {
            query
                .inner_join(
                    Results::Table,
                    Expr::col((Results::Table, Results::ExperimentId))
                        .equals((Experiments::Table, Experiments::Id)),
                )
                .and_where(Expr::col((Results::Table, Results::Id)).eq(report));
        }
    }
    Ok(tx.first(&query).await?.is_some())
}
