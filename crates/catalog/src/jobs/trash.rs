//! What lies in the trash.

use runstow_lifecycle::Category;
use sea_query::{Expr, ExprTrait, Order, Query};

use super::job::category_of;
use crate::Catalog;
use crate::db::Tx;
use crate::error::{CatalogError, Result};
use crate::events::without_nul;
use crate::records::{self, JobRow, Record as _, ResultRow, TrashRow};
use crate::stored_path::StoredPath;
use crate::tables::{Results, Trash};

/// What a delete has put into the trash, and nobody has brought back or removed since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trashed {
    /// The job of the delete.
    pub job: i64,
    /// The report.
    pub report_id: i64,
    /// Its run.
    pub experiment_id: i64,
    /// Its name when it was deleted.
    pub report_name: String,
    /// The category.
    pub category: Category,
    /// The storage root that most of it was on.
    pub volume_id: Option<i64>,
    /// The folder of the delete in the trash.
    pub folder: StoredPath,
    /// JSON of the engine: how to find it.
    pub options: String,
    /// Number of files.
    pub files: i64,
    /// Their apparent size in bytes.
    pub bytes: i64,
    /// When, in microseconds since 1970 UTC; of what emptying has left ([`TrashChange::Left`]), when that was.
    pub deleted_us: i64,
    /// When it is to go for good whatever the settings say.
    pub due_us: Option<i64>,
    /// Who asked for the delete.
    pub user: String,
}

/// What a delete reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTrash {
    /// The folder of the delete in the trash.
    pub folder: StoredPath,
    /// JSON of the engine: how to find it.
    pub options: String,
    /// Number of files.
    pub files: i64,
    /// Their apparent size in bytes.
    pub bytes: i64,
    /// See [`Trashed::due_us`].
    pub due_us: Option<i64>,
}

/// What a job has changed about the trash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TrashChange {
    /// Nothing.
    #[default]
    Unchanged,
    /// This job has put something into it.
    Put(NewTrash),
    /// What the delete of this number has put there is gone from it.
    Gone(i64),
    /// So much of what the delete of this number has put there is left, since it was changed meanwhile. It counts as put there now, so
    /// that it is tried again when its time is over once more.
    Left {
        /// The job of the delete.
        delete: i64,
        /// JSON of the engine: how to find it now.
        options: String,
        /// Number of files.
        files: i64,
        /// Their size when they were deleted, in bytes.
        bytes: i64,
    },
}

/// Which entries of the trash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrashFilter {
    /// Of this report.
    pub report: Option<i64>,
    /// Of any report of this run.
    pub run: Option<i64>,
    /// Of this category.
    pub category: Option<Category>,
    /// On this storage root.
    pub volume: Option<i64>,
    /// Deleted before this time, in microseconds since 1970 UTC.
    pub deleted_before_us: Option<i64>,
    /// Due at this time.
    pub due_us: Option<i64>,
}

impl Catalog {
    /// What lies in the trash, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn trash(&self, filter: TrashFilter) -> Result<Vec<Trashed>> {
        let mut query = records::select::<TrashRow>();
        let TrashFilter { report, run, category, volume, deleted_before_us, due_us } = filter;
        let wanted = [
            (Trash::ResultId, report),
            (Trash::ExperimentId, run),
            (Trash::Category, category.map(|category| category.index() as i64)),
            (Trash::VolumeId, volume),
        ];
        for (column, value) in wanted.into_iter().filter_map(|(column, value)| Some((column, value?))) {
            query.and_where(Expr::col(column).eq(value));
        }
        if let Some(before) = deleted_before_us {
            query.and_where(Expr::col(Trash::DeletedUs).lt(before));
        }
        if let Some(due) = due_us {
            query.and_where(Expr::col(Trash::DueUs).lte(due));
        }
        query.order_by(Trash::DeletedUs, Order::Asc).order_by(Trash::JobId, Order::Asc);
        let rows: Vec<TrashRow> = records::read_all(&self.db.all(&query).await?)?;
        rows.into_iter().map(Trashed::try_from).collect()
    }
}

impl TryFrom<TrashRow> for Trashed {
    type Error = CatalogError;

    fn try_from(row: TrashRow) -> Result<Self> {
        let category = usize::try_from(row.category).ok().and_then(|at| Category::ALL.get(at).copied());
        let category = category.ok_or_else(|| {
            CatalogError::Invalid(format!("the trash of job {} names no category", row.job_id))
        })?;
        let folder = StoredPath::of_columns(Some(row.folder), row.folder_bytes).unwrap_or_default();
        Ok(Self {
            job: row.job_id,
            report_id: row.result_id,
            experiment_id: row.experiment_id,
            report_name: row.report_name,
            category,
            volume_id: row.volume_id,
            folder,
            options: row.options,
            files: row.files,
            bytes: row.bytes,
            deleted_us: row.deleted_us,
            due_us: row.due_us,
            user: row.username,
        })
    }
}

/// Writes what a job says when it ends.
pub(super) async fn change(tx: &mut Tx, row: &JobRow, change: &TrashChange, now_us: i64) -> Result<()> {
    match change {
        TrashChange::Unchanged => Ok(()),
        TrashChange::Gone(job) => {
            let gone = Query::delete()
                .from_table(Trash::Table)
                .and_where(Expr::col(Trash::JobId).eq(*job))
                .to_owned();
            tx.run(&gone).await.map(drop)
        }
        TrashChange::Left { delete, options, files, bytes } => {
            let left = Query::update()
                .table(Trash::Table)
                .value(Trash::Options, without_nul(options))
                .value(Trash::Files, *files)
                .value(Trash::Bytes, *bytes)
                .value(Trash::DeletedUs, now_us)
                .value(Trash::DueUs, None::<i64>)
                .and_where(Expr::col(Trash::JobId).eq(*delete))
                .to_owned();
            tx.run(&left).await.map(drop)
        }
        TrashChange::Put(new) => {
            let query =
                records::select::<ResultRow>().and_where(Expr::col(Results::Id).eq(row.result_id)).to_owned();
            let report = tx.first(&query).await?.map(|row| ResultRow::read(&row)).transpose()?;
            let (folder, folder_bytes) = new.folder.to_columns();
            let trash = TrashRow {
                job_id: row.id,
                result_id: row.result_id,
                experiment_id: row.experiment_id,
                category: category_of(row)?.index() as i64,
                report_name: report.map(|report| report.results_name).unwrap_or_default(),
                volume_id: row.volume_id,
                folder,
                folder_bytes,
                options: without_nul(&new.options),
                files: new.files,
                bytes: new.bytes,
                deleted_us: now_us,
                due_us: new.due_us,
                username: row.username.clone(),
            };
            records::insert(tx, std::slice::from_ref(&trash)).await
        }
    }
}
