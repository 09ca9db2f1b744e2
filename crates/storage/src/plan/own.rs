//! What Runstow calls its own in a start folder.

use std::path::Path;

use crate::tree::{Tree, names};
use crate::{SkipReason, Skipped};

/// What Runstow calls its own at the top of a start folder or volume begins so, and is never selected: the volume's
/// marker, the Keep marker, work in progress, trash.
pub const OWN: &[u8] = b".runstow";

/// Folders of such names with something in them: no action takes what lies there, which a person should know, for somebody else may
/// have put it there.
pub(super) fn folders_in(start: &Path) -> Vec<Skipped> {
    // What can not be looked into, the selection has told already.
    let Ok(tree) = Tree::open(start) else { return Vec::new() };
    let all = names(tree.fd()).unwrap_or_default();
    let own = all.iter().map(|name| name.to_bytes()).filter(|name| name.starts_with(OWN));
    let holds_something = |name: &[u8]| {
        tree.folder(name).is_ok_and(|folder| names(folder).map_or(true, |inside| !inside.is_empty()))
    };
    let mut found: Vec<Skipped> = own
        .filter(|name| holds_something(name))
        .map(|name| Skipped { path: name.to_vec(), why: SkipReason::Own })
        .collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}
