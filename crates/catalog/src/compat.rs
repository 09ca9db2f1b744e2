//! Writing the records that the compatible API shows: read, decide and write in one transaction.
//!
//! A [`RecordEditor`] is the catalog's only writer while it lives, so what it has read stays true until its commit.
//! Dropped without one it leaves no trace. Every record written leaves an event with the user's name.

mod history;
mod register;
mod stored;

use sea_query::{Expr, ExprTrait, Query};

use crate::Catalog;
use crate::db::Tx;
use crate::error::{CatalogError, Result};
use crate::ids;
use crate::query::{Condition, ListQuery, Resource, Value};
use crate::times::original_text;
pub use register::NewReport;
use stored::{Inside, Stored};

/// Ids in one statement.
const PART: usize = 4000;

/// The largest id that a client may choose: that of the original's columns. A larger one could use up the ids.
pub const LARGEST_ID: i64 = i32::MAX as i64;

/// A kind of record that clients of the compatible API may write.
pub trait Editable: Resource + Stored<Field = <Self as Resource>::Column> {}

impl<R: Resource + Stored<Field = <R as Resource>::Column>> Editable for R {}

/// A column and what is to stand in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment<C> {
    /// The column.
    pub column: C,
    /// A value of the column's type; `None` is NULL, for columns that may hold it.
    pub value: Option<Value>,
}

/// Reads and writes records in one transaction.
pub struct RecordEditor {
    tx: Tx,
    by: String,
    told: Vec<history::Entry>,
}

impl Catalog {
    /// Begins to edit records in the name of a user. Waits until no other writer is active.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn edit_records(&self, by: &str) -> Result<RecordEditor> {
        Ok(RecordEditor { tx: self.db.write().await?, by: by.to_owned(), told: Vec::new() })
    }
}

impl RecordEditor {
    /// The records of these ids that lists show, in this order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn by_ids<R: Resource>(&mut self, ids: &[i64]) -> Result<Vec<R::Row>> {
        self.tx.records::<R>(ids).await
    }

    /// The ids of all records that pass.
    ///
    /// # Errors
    /// As [`Catalog::list`].
    pub async fn matching<R: Resource>(
        &mut self,
        conditions: Vec<Condition<R::Column>>,
        narrowing: R::Narrowing,
    ) -> Result<Vec<i64>> {
        let query = ListQuery::<R> { conditions, narrowing, ..ListQuery::default() };
        Ok(self.tx.ids_of(&query).await?.to_vec())
    }

    /// Is the id in use, by a record that lists show or by one that they do not?
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_taken<R: Editable>(&mut self, id: i64) -> Result<bool> {
        let query = Query::select()
            .expr(Expr::val(1))
            .from(R::table())
            .and_where(Expr::col(R::id_column()).eq(id))
            .to_owned();
        Ok(self.tx.first(&query).await?.is_some())
    }

    /// Changes a record; `told` says for its history what was done.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn update<R: Editable>(
        &mut self,
        id: i64,
        assignments: &[Assignment<R::Column>],
        told: String,
    ) -> Result<()> {
        if !assignments.is_empty() {
            let mut query = Query::update();
            query.table(R::table()).and_where(Expr::col(R::id_column()).eq(id));
            for (column, value) in columns::<R>(assignments) {
                query.value(column, value);
            }
            self.tx.run(&query).await?;
        }
        R::complete(Inside(&mut self.tx), id).await?;
        self.told.push(history::Entry { about: R::ABOUT, id, text: told });
        Ok(())
    }

    /// Adds a record that has a value for every column, and gives its id: the one asked for, which must be free
    /// and does not advance the numbering (api.md rule 60), or else the next one.
    ///
    /// # Errors
    /// [`CatalogError::Conflict`] when the id is taken.
    pub async fn create<R: Editable>(
        &mut self,
        id: Option<i64>,
        assignments: &[Assignment<R::Column>],
        told: String,
    ) -> Result<i64> {
        let id = self.id_for::<R>(id).await?;
        let (mut names, mut values) = (vec![R::id_column()], vec![Expr::val(id)]);
        for (column, value) in columns::<R>(assignments) {
            names.push(column);
            values.push(value);
        }
        let mut query = Query::insert();
        query.into_table(R::table()).columns(names).values_panic(values);
        self.tx.run(&query).await?;
        self.told.push(history::Entry { about: R::ABOUT, id, text: told });
        Ok(id)
    }

    /// Removes records, never a file. `told` says of each what was done.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn delete<R: Editable>(&mut self, records: Vec<(i64, String)>) -> Result<()> {
        let ids: Vec<i64> = records.iter().map(|(id, _)| *id).collect();
        for part in ids.chunks(PART) {
            R::release(Inside(&mut self.tx), part).await?;
            let query = Query::delete()
                .from_table(R::table())
                .and_where(Expr::col(R::id_column()).is_in(part.iter().copied()))
                .to_owned();
            self.tx.run(&query).await?;
        }
        self.told.extend(records.into_iter().map(|(id, text)| history::Entry { about: R::ABOUT, id, text }));
        Ok(())
    }

    /// Makes all changes durable and visible, with their events.
    ///
    /// # Errors
    /// When the catalog can not be written; then nothing was changed.
    pub async fn commit(mut self) -> Result<()> {
        history::write(&mut self.tx, self.told, &self.by).await?;
        self.tx.commit().await
    }

    /// The id for a new record.
    async fn id_for<R: Editable>(&mut self, wanted: Option<i64>) -> Result<i64> {
        if let Some(id) = wanted {
            if self.is_taken::<R>(id).await? {
                return Err(CatalogError::Conflict(format!("the id {id} is taken")));
            }
            return Ok(id);
        }
        // Ids that clients chose lie ahead of the numbering.
        loop {
            let id = ids::take(&mut self.tx, R::numbering().0, 1).await?;
            if !self.is_taken::<R>(id).await? {
                return Ok(id);
            }
        }
    }
}

/// Columns with their values; a time has its text beside it.
fn columns<R: Editable>(assignments: &[Assignment<R::Column>]) -> Vec<(sea_query::DynIden, Expr)> {
    let mut all = Vec::with_capacity(assignments.len() + 1);
    for Assignment { column, value } in assignments {
        let Some(name) = R::column(*column) else { continue };
        if let (Some(text), Some(Value::Time(us))) = (R::text_column(*column), value) {
            all.push((text, Expr::val(original_text(*us))));
        }
        all.push((name, R::bound(*column, value.as_ref())));
    }
    all
}
