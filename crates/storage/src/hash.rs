//! Hashing of contents.

use runstow_lifecycle::manifest::{Hash, HashKind};
use sha2::Digest as _;

/// Takes a content piece by piece.
pub(crate) enum Hasher {
    Blake3(Box<blake3::Hasher>),
    Sha256(sha2::Sha256),
}

impl Hasher {
    pub(crate) fn new(kind: HashKind) -> Self {
        match kind {
            HashKind::Blake3 => Self::Blake3(Box::default()),
            HashKind::Sha256 => Self::Sha256(sha2::Sha256::new()),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Blake3(hasher) => {
                hasher.update(bytes);
            }
            Self::Sha256(hasher) => hasher.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Hash {
        match self {
            Self::Blake3(hasher) => Hash(hasher.finalize().into()),
            Self::Sha256(hasher) => Hash(hasher.finalize().into()),
        }
    }
}
