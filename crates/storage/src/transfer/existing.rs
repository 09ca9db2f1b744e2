//! Is what lies at a path the copy that it should be?

use runstow_lifecycle::manifest::Kind;

use crate::disk;
use crate::identity::Identity;
use crate::tree::Parents;

/// By its identity alone: an inode of that size and time is what was read back.
pub(super) fn is_copy(parents: &mut Parents<'_>, path: &[u8], copy: Identity, kind: Kind) -> bool {
    let Ok((folder, name)) = parents.of(path) else { return false };
    let Ok(stat) = disk::stat(folder, &name) else { return false };
    let mut identity = Identity::from(&stat);
    if kind == Kind::Link {
        identity.size = 0;
    }
    identity == copy
}
