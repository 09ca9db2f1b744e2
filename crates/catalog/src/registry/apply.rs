//! Telling the catalog what a scan has found: idempotent, in one transaction, and a scan that found nothing new
//! writes nothing.

mod reports;
mod runs;

use std::collections::HashSet;

use sea_query::{Expr, ExprTrait, IntoColumnRef};

use super::facts::{Change, Outcome, Registered, ReportFacts, RunFacts};
use crate::Catalog;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{self, Sequence};
use crate::records::{self, Record};
use crate::stored_path::StoredPath;
use crate::times::now_us;
pub(crate) use reports::{new_row as new_report, of_new_report, of_untracked_report};
pub(crate) use runs::in_dir_or_new as run_in_dir_or_new;

/// Values in one IN list.
const IN_ONE_LIST: usize = 4000;

/// Ids that come from elsewhere are taken up to the largest that Torrent Suite can have: a hostile one
/// must not use up the sequence.
const LARGEST_WANTED: i64 = i32::MAX as i64;

impl Catalog {
    /// Registers runs and reports, and gives what became of each, in the order given. All or nothing.
    ///
    /// A run or report is recognised by its directory. A new report gets four Local categories; the state of its
    /// signal files is that of the run's other reports (lifecycle.md §2). Runs are registered before reports,
    /// wherever they stand in the slice.
    ///
    /// # Errors
    /// [`crate::CatalogError::Invalid`] when a report names a run that the catalog does not know.
    pub async fn apply(&self, changes: &[Change]) -> Result<Vec<Registered>> {
        let run_facts: Vec<&RunFacts> = changes.iter().filter_map(Change::as_run).collect();
        let report_facts: Vec<&ReportFacts> = changes.iter().filter_map(Change::as_report).collect();
        let mut tx = self.db.write().await?;
        let now_us = now_us();
        let mut runs = runs::register(&mut tx, &run_facts, now_us).await?.into_iter();
        let mut reports = reports::register(&mut tx, &report_facts, now_us).await?.into_iter();
        tx.commit().await?;
        let next = changes.iter().filter_map(|change| match change {
            Change::Run(_) => runs.next(),
            Change::Report(_) => reports.next(),
        });
        Ok(next.collect())
    }
}

impl Change {
    fn as_run(&self) -> Option<&RunFacts> {
        if let Self::Run(facts) = self { Some(facts) } else { None }
    }

    fn as_report(&self) -> Option<&ReportFacts> {
        if let Self::Report(facts) = self { Some(facts) } else { None }
    }
}

/// A record that is new or may change, with what it was.
struct Slot<R> {
    before: Option<R>,
    wanted_id: Option<i64>,
    now: R,
}

impl<R: PartialEq> Slot<R> {
    fn outcome(&self) -> Outcome {
        match &self.before {
            None => Outcome::New,
            Some(before) if *before == self.now => Outcome::Same,
            Some(_) => Outcome::Changed,
        }
    }
}

/// A record that has a number.
trait Numbered: Record + Clone + PartialEq {
    fn id(&self) -> i64;
    fn set_id(&mut self, id: i64);
}

/// Gives the new records their ids: the wanted one where it is free, otherwise the next ones.
async fn number<R: Numbered>(
    tx: &mut Tx,
    slots: &mut [Slot<R>],
    sequence: Sequence,
    id_column: impl IntoColumnRef + Copy,
) -> Result<()> {
    let wanted = |slot: &Slot<R>| slot.wanted_id.filter(|id| (1..=LARGEST_WANTED).contains(id));
    let new = || slots.iter().enumerate().filter(|(_, slot)| slot.before.is_none());
    let asked: Vec<i64> = new().filter_map(|(_, slot)| wanted(slot)).collect();
    let mut taken = HashSet::new();
    for ids in asked.chunks(IN_ONE_LIST) {
        let query =
            records::select::<R>().and_where(Expr::col(id_column).is_in(ids.iter().copied())).to_owned();
        for row in tx.all(&query).await? {
            taken.insert(R::read(&row)?.id());
        }
    }
    let mut given = Vec::new();
    let mut waiting = Vec::new();
    for (at, slot) in new() {
        match wanted(slot).filter(|id| taken.insert(*id)) {
            Some(id) => given.push((at, id)),
            None => waiting.push(at),
        }
    }
    if let Some(largest) = given.iter().map(|(_, id)| *id).max() {
        ids::reserve(tx, sequence, largest).await?;
    }
    if !waiting.is_empty() {
        let first = ids::take(tx, sequence, waiting.len()).await?;
        given.extend(waiting.into_iter().zip(first..));
    }
    for (at, id) in given {
        slots[at].now.set_id(id);
    }
    Ok(())
}

/// Writes what is new and what has changed.
async fn write<R: Numbered>(tx: &mut Tx, slots: &[Slot<R>]) -> Result<()> {
    let with = |wanted| {
        slots
            .iter()
            .filter(move |slot| slot.outcome() == wanted)
            .map(|slot| slot.now.clone())
            .collect::<Vec<R>>()
    };
    records::insert(tx, &with(Outcome::New)).await?;
    records::upsert(tx, &with(Outcome::Changed)).await
}

/// The rows whose column has one of these values.
async fn rows_where<R, V>(tx: &mut Tx, column: impl IntoColumnRef + Copy, values: &[V]) -> Result<Vec<R>>
where
    R: Record,
    V: Clone + Into<Expr>,
{
    let mut found = Vec::new();
    for part in values.chunks(IN_ONE_LIST) {
        let query =
            records::select::<R>().and_where(Expr::col(column).is_in(part.iter().cloned())).to_owned();
        found.extend(records::read_all::<R>(&tx.all(&query).await?)?);
    }
    Ok(found)
}

/// The text columns of paths, to look them up.
fn texts<'a>(paths: impl Iterator<Item = &'a StoredPath>) -> Vec<String> {
    let texts: HashSet<String> =
        paths.filter(|path| !path.is_empty()).map(|path| path.to_columns().0).collect();
    texts.into_iter().collect()
}

/// Takes over what was found out; empty means not found out.
fn update_text(known: &mut String, found: &str) {
    if !found.is_empty() && known != found {
        *known = crate::events::without_nul(found);
    }
}
