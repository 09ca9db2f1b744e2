//! The events that writing leaves.

use crate::db::Tx;
use crate::error::Result;
use crate::events::{About, without_nul};
use crate::ids::{self, Sequence};
use crate::records::{self, EventRow};
use crate::times::{now_us, original_text};

/// What was done to one record.
pub(super) struct Entry {
    /// The kind of record.
    pub(super) about: About,
    /// The record.
    pub(super) id: i64,
    /// What was done.
    pub(super) text: String,
}

/// Adds the events. Their kind is none of those that the compatible API lists: the original wrote no events of
/// this sort, and clients count what is there.
pub(super) async fn write(tx: &mut Tx, entries: Vec<Entry>, by: &str) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let first = ids::take(tx, Sequence::Events, entries.len()).await?;
    let created_us = now_us();
    let (created_text, username) = (original_text(created_us), without_nul(by));
    let rows: Vec<EventRow> = (first..)
        .zip(entries)
        .map(|(id, entry)| EventRow {
            id,
            about: entry.about.name().to_owned(),
            object_pk: entry.id,
            text: without_nul(&entry.text),
            username: username.clone(),
            created_us,
            created_text: created_text.clone(),
        })
        .collect();
    records::insert(tx, &rows).await
}
