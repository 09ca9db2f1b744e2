//! The plan that a person has agreed to.

use serde::{Deserialize, Serialize};

use super::common::EntryHash;
use super::{Digest, Selected};

/// A plan that was shown. What is carried out is this, or is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreed {
    /// The plan in 32 bytes.
    pub digest: Digest,
    /// What may be missing from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub less: Option<Less>,
}

/// Several moves of one request can be about the same files: whichever comes first takes them, and the others go on
/// without. Nothing may have come, and nothing may be another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Less {
    /// The plan without what other moves can take.
    own: Digest,
    /// What other moves can take, in order.
    common: Vec<EntryHash>,
}

impl From<Digest> for Agreed {
    fn from(digest: Digest) -> Self {
        Self { digest, less: None }
    }
}

impl Less {
    /// Of a plan as it was shown. None when it has too much in common with others.
    #[must_use]
    pub fn than(shown: &Selected) -> Option<Self> {
        let common = shown.common.entries()?.iter().map(|entry| entry.hash).collect();
        Some(Self { own: shown.own, common })
    }
}

impl Agreed {
    /// Is this the plan, or what other moves of the request have left of it?
    pub(crate) fn allows(&self, now: &Selected) -> bool {
        let is_left = |less: &Less| {
            let known = |entry: &super::CommonEntry| less.common.binary_search(&entry.hash).is_ok();
            less.own == now.own && now.common.entries().is_some_and(|entries| entries.iter().all(known))
        };
        self.digest == now.digest || self.less.as_ref().is_some_and(is_left)
    }
}
