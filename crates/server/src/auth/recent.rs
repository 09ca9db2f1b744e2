//! What was found out lately, so that it need not be asked again while the catalog stays as it is.

use std::time::Duration;

use moka::sync::Cache;

/// Entries kept of each kind: bounded, because anybody may send any credentials.
const MOST: u64 = 10_000;

/// The version of answers that no change of the catalog makes wrong.
pub(super) const TIMELESS: i64 = 0;

/// Answers remembered under a secret's keyed digest for one version of the catalog and a short time.
pub(super) struct Recent<T: Clone + Send + Sync + 'static> {
    key: [u8; 32],
    answers: Cache<[u8; 32], (i64, T)>,
}

impl<T: Clone + Send + Sync + 'static> Recent<T> {
    /// Remembers answers for `lifetime` at most. Digests are keyed by a random number of this process, so
    /// nothing in memory can be compared with a list of passwords.
    pub(super) fn new(lifetime: Duration) -> Self {
        Self {
            key: rand::random(),
            answers: Cache::builder().max_capacity(MOST).time_to_live(lifetime).build(),
        }
    }

    /// The digest of some texts; where one ends matters.
    pub(super) fn digest(&self, parts: &[&str]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        hasher.finalize().into()
    }

    /// The answer, if it was found at this version.
    pub(super) fn get(&self, digest: &[u8; 32], version: i64) -> Option<T> {
        self.answers.get(digest).filter(|(at, _)| *at == version).map(|(_, answer)| answer)
    }

    /// Remembers an answer found at a version.
    pub(super) fn put(&self, digest: [u8; 32], version: i64, answer: T) {
        self.answers.insert(digest, (version, answer));
    }

    /// Forgets an answer.
    pub(super) fn forget(&self, digest: &[u8; 32]) {
        self.answers.invalidate(digest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_holds_for_its_version_only() {
        let recent = Recent::new(Duration::from_secs(60));
        let digest = recent.digest(&["ion", "secret"]);
        recent.put(digest, 7, "answer");
        assert_eq!(recent.get(&digest, 7), Some("answer"));
        assert_eq!(recent.get(&digest, 8), None);
        recent.forget(&digest);
        assert_eq!(recent.get(&digest, 7), None);
        assert_ne!(digest, recent.digest(&["ions", "ecret"]));
        assert_ne!(digest, Recent::<u8>::new(Duration::from_secs(60)).digest(&["ion", "secret"]));
    }
}
