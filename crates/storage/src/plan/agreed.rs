//! The plan that a person has agreed to.

use super::{Digest, Selected, Totals};

/// A plan that was shown. What is carried out is this, or is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The plan in 32 bytes.
    pub digest: Digest,
    /// Its sums, where other moves of the same request are about some of the same files: whichever of them comes first takes
    /// those, so that this plan may have become less. It must not have become more.
    pub or_less: Option<Totals>,
}

impl From<Digest> for Agreed {
    fn from(digest: Digest) -> Self {
        Self { digest, or_less: None }
    }
}

impl Agreed {
    /// Is this the plan, or what another move of the request has left of it?
    pub(crate) fn allows(&self, now: &Selected) -> bool {
        let less = |most: Totals| {
            let now = now.totals;
            now.files <= most.files
                && now.links <= most.links
                && now.bytes <= most.bytes
                && (now.files, now.links, now.bytes) != (most.files, most.links, most.bytes)
        };
        self.digest == now.digest || self.or_less.is_some_and(less)
    }
}
