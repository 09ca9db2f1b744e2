//! Which contents are read.

use serde::{Deserialize, Serialize};

/// Which contents are read. Whether everything is there, with its size and kind, is looked at in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// All.
    #[default]
    All,
    /// A random share of the files.
    Share {
        /// From 0 to 1. At least one file is read.
        share: f64,
        /// The same seed chooses the same files.
        seed: u64,
    },
    /// Files of about so many bytes, at random.
    Bytes {
        /// How many.
        bytes: u64,
        /// The same seed chooses the same files.
        seed: u64,
    },
}

/// The choice for one archive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chosen {
    share: f64,
    seed: u64,
}

impl Chosen {
    /// Of an archive of so many bytes.
    pub(super) fn of(choice: Choice, all: u64) -> Self {
        match choice {
            Choice::All => Self { share: 1.0, seed: 0 },
            Choice::Share { share, seed } => Self { share: share.clamp(0.0, 1.0), seed },
            Choice::Bytes { bytes, seed } => {
                Self { share: (bytes as f64 / all.max(1) as f64).min(1.0), seed }
            }
        }
    }

    pub(super) fn is_all(self) -> bool {
        self.share >= 1.0
    }

    /// So much of a number of bytes or files, about.
    pub(super) fn of_number(self, number: u64) -> u64 {
        if self.is_all() { number } else { (number as f64 * self.share) as u64 }
    }

    /// A number for a path, that nobody can foresee without the seed.
    pub(super) fn rank(self, path: &[u8]) -> u64 {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.seed.to_le_bytes()).update(path);
        let mut rank = [0; 8];
        hasher.finalize_xof().fill(&mut rank);
        u64::from_le_bytes(rank)
    }

    pub(super) fn takes(self, path: &[u8]) -> bool {
        self.is_all() || (self.rank(path) as f64) < self.share * u64::MAX as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(choice: Choice) -> Vec<String> {
        let chosen = Chosen::of(choice, 10_000);
        (0..10_000).map(|n| format!("file{n}")).filter(|path| chosen.takes(path.as_bytes())).collect()
    }

    #[test]
    fn a_sample_has_its_share_and_a_seed_chooses_the_same_again() {
        let some = taken(Choice::Share { share: 0.05, seed: 7 });
        assert!((400..600).contains(&some.len()), "{}", some.len());
        assert_eq!(some, taken(Choice::Share { share: 0.05, seed: 7 }));
        assert_ne!(some, taken(Choice::Share { share: 0.05, seed: 8 }));
        assert_eq!(some, taken(Choice::Bytes { bytes: 500, seed: 7 }));
    }

    #[test]
    fn all_is_all_and_nothing_is_nothing() {
        assert_eq!(taken(Choice::All).len(), 10_000);
        assert_eq!(taken(Choice::Bytes { bytes: u64::MAX, seed: 1 }).len(), 10_000);
        assert_eq!(taken(Choice::Share { share: 0.0, seed: 1 }).len(), 0);
    }
}
