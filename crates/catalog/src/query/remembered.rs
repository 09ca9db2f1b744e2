//! What was computed from the catalog, remembered for the version it was computed at.
//!
//! Counting and sorting 100,000 joined rows for each page would cost more than everything else, so it is done once
//! per version, and once for all who ask at that moment.

use std::future::Future;
use std::sync::Arc;

use moka::future::Cache;
use moka::policy::EvictionPolicy;

use crate::error::{CatalogError, Result};

/// What an entry costs beside its key's text and its value, in bytes.
const OVERHEAD: usize = 512;

/// Answers by version and question. Those that were asked for longest ago make room for new ones; with the next
/// version nobody asks for the old ones any more.
pub(crate) struct Remembered<V> {
    answers: Cache<(i64, String), V>,
}

impl<V: Clone + Send + Sync + 'static> Remembered<V> {
    /// Remembers at most so many bytes; `weigh` tells how many a value has.
    pub(crate) fn new(capacity: u64, weigh: fn(&V) -> usize) -> Self {
        let weigh = move |(_, question): &(i64, String), value: &V| {
            u32::try_from(question.len() + weigh(value) + OVERHEAD).unwrap_or(u32::MAX)
        };
        let answers = Cache::builder().max_capacity(capacity).weigher(weigh);
        Self { answers: answers.eviction_policy(EvictionPolicy::lru()).build() }
    }

    /// The answer to a question at a version. Who asks while it is being computed waits for that one computation,
    /// and gets its error when it fails; errors are not remembered.
    ///
    /// # Errors
    /// Those of `compute`.
    pub(crate) async fn at<F, C>(&self, version: i64, question: String, compute: C) -> Result<V>
    where
        C: FnOnce() -> F,
        F: Future<Output = Result<V>> + Send + 'static,
    {
        let key = (version, question);
        if let Some(known) = self.answers.get(&key).await {
            return Ok(known);
        }
        // As a task of its own, so that it comes to its end, and the others to their answer, when the client that
        // happened to be the first gives up.
        let (answers, compute) = (self.answers.clone(), compute());
        let task = tokio::spawn(async move { answers.try_get_with(key, compute).await });
        match task.await {
            Ok(answer) => answer.map_err(Arc::unwrap_or_clone),
            Err(gone) => Err(CatalogError::Unavailable(format!("a list could not be computed: {gone}"))),
        }
    }
}

#[cfg(test)]
mod tests;
