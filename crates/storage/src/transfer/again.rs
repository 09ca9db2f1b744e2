//! Copies that were proven and had their place, and were missing or damaged before their sources were removed.

use super::{Proven, Run, batch, publish};
use crate::failure::{Failure, Side};

/// Makes those again that have no slot. List and record say what they say: the contents are the same.
pub(super) fn copy(run: &Run<'_>) -> Result<Proven, Failure> {
    let proven = batch::copy_all(run).and_then(|()| {
        let (_, proven) = publish::place_all(run, 0o700)?;
        publish::complete(run)?;
        Ok(proven)
    });
    let not_to_be_had =
        |failure: &Failure| matches!(failure, Failure::InUse { .. } | Failure::Io { side: Side::Source, .. });
    // What changed meanwhile, or can not be read, stays without a copy, and the others have theirs.
    if proven.as_ref().map_or_else(not_to_be_had, |_| true) {
        run.journal.clear_copies_again()?;
    }
    proven
}
