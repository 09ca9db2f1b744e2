//! Events: who did what to which record, when.

use serde::{Deserialize, Serialize};

use crate::Catalog;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{self, Sequence};
use crate::records::{self, EventRow};
use crate::times::{now_us, original_text};

/// What an event is about. The compatible API shows only those about reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// A report.
    Result,
    /// A run.
    Experiment,
    /// An account. Only those who manage accounts are shown these.
    User,
    /// The record of a report, written by a client of the compatible API. That API does not list these: the original
    /// wrote none, and its clients count what they are shown.
    Record,
    /// An event, changed or removed by a client of the compatible API, as are the others below.
    Event,
    /// A file server.
    FileServer,
    /// A message.
    Message,
    /// A configuration.
    GlobalConfig,
}

impl About {
    const ALL: [Self; 8] = [
        Self::Result,
        Self::Experiment,
        Self::User,
        Self::Record,
        Self::Event,
        Self::FileServer,
        Self::Message,
        Self::GlobalConfig,
    ];

    /// The name in the catalog and in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Result => "result",
            Self::Experiment => "experiment",
            Self::User => "user",
            Self::Record => "record",
            Self::Event => "event",
            Self::FileServer => "fileserver",
            Self::Message => "message",
            Self::GlobalConfig => "globalconfig",
        }
    }

    pub(crate) fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|about| about.name() == name).unwrap_or(Self::Result)
    }
}

impl Catalog {
    /// Adds an event about a report or run, now, and gives its id.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn add_event(&self, about: About, object_pk: i64, text: &str, username: &str) -> Result<i64> {
        let mut tx = self.db.write().await?;
        let id = add(&mut tx, about, object_pk, text, username).await?;
        tx.commit().await?;
        Ok(id)
    }
}

/// Adds an event as part of the change that it tells of.
pub(crate) async fn add(
    tx: &mut Tx,
    about: About,
    object_pk: i64,
    text: &str,
    username: &str,
) -> Result<i64> {
    add_all(tx, vec![(about, object_pk, text.to_owned())], username).await
}

/// Adds several events of one user at one instant, and gives the id of the first. Without any it gives 0.
pub(crate) async fn add_all(tx: &mut Tx, events: Vec<(About, i64, String)>, username: &str) -> Result<i64> {
    if events.is_empty() {
        return Ok(0);
    }
    let first = ids::take(tx, Sequence::Events, events.len()).await?;
    let created_us = now_us();
    let (created_text, username) = (original_text(created_us), without_nul(username));
    let rows: Vec<EventRow> = (first..)
        .zip(events)
        .map(|(id, (about, object_pk, text))| EventRow {
            id,
            about: about.name().to_owned(),
            object_pk,
            text: without_nul(&text),
            username: username.clone(),
            created_us,
            created_text: created_text.clone(),
        })
        .collect();
    records::insert(tx, &rows).await?;
    Ok(first)
}

/// PostgreSQL holds no NUL in text; file names in messages have none, but other programs' output may.
pub(crate) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
