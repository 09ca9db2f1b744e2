//! Remembered selections: which ids a list has, in order, at one version of the catalog.
//!
//! Counting and sorting 100,000 joined rows for each page would cost more than everything else, so the
//! ids are found once per version; every page of the list is then a slice of them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Ids kept at most, over all lists: 8 bytes each.
const MAX_IDS: usize = 4 << 20;

/// Lists kept at most, so that looking one up stays quick.
const MAX_LISTS: usize = 256;

/// The selections of the newest version that was asked for.
#[derive(Default)]
pub(crate) struct Selections {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    version: i64,
    /// Oldest first.
    lists: VecDeque<(String, Arc<[i64]>)>,
    ids: usize,
}

impl Selections {
    /// The ids of a list at a version, if they are still known.
    pub(super) fn get(&self, version: i64, key: &str) -> Option<Arc<[i64]>> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.version != version {
            return None;
        }
        inner.lists.iter().rev().find(|(known, _)| known == key).map(|(_, ids)| ids.clone())
    }

    /// Remembers the ids of a list; a newer version drops what older ones knew.
    pub(super) fn put(&self, version: i64, key: String, ids: &Arc<[i64]>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if version < inner.version || ids.len() > MAX_IDS {
            return;
        }
        if version > inner.version {
            *inner = Inner { version, ..Inner::default() };
        }
        if inner.lists.iter().any(|(known, _)| *known == key) {
            return;
        }
        inner.ids += ids.len();
        inner.lists.push_back((key, ids.clone()));
        while inner.ids > MAX_IDS || inner.lists.len() > MAX_LISTS {
            let Some((_, dropped)) = inner.lists.pop_front() else { break };
            inner.ids -= dropped.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_version_forgets_and_an_older_one_changes_nothing() {
        let selections = Selections::default();
        let ids: Arc<[i64]> = Arc::from([3, 2, 1]);
        selections.put(5, "a".into(), &ids);
        assert_eq!(selections.get(5, "a").as_deref(), Some(&[3_i64, 2, 1][..]));
        assert_eq!(selections.get(6, "a"), None);
        selections.put(4, "b".into(), &ids);
        assert_eq!(selections.get(4, "b"), None);
        selections.put(6, "b".into(), &ids);
        assert_eq!((selections.get(5, "a"), selections.get(6, "b").map(|ids| ids.len())), (None, Some(3)));
    }

    #[test]
    fn memory_is_bounded() {
        let selections = Selections::default();
        let ids: Arc<[i64]> = vec![0; MAX_IDS / 2].into();
        for key in ["a", "b", "c"] {
            selections.put(1, key.into(), &ids);
        }
        assert!(selections.get(1, "a").is_none() && selections.get(1, "c").is_some());
    }
}
