//! Is what lies at a path the copy that it should be?

use runstow_lifecycle::manifest::Kind;
use rustix::io::Errno;

use crate::disk;
use crate::identity::Identity;
use crate::tree::Parents;

/// By its identity alone: an inode of that size and time is what was read back. What can not be looked at is none.
pub(super) fn is_copy(parents: &mut Parents<'_>, path: &[u8], copy: Identity, kind: Kind) -> bool {
    is_surely_copy(parents, path, copy, kind).unwrap_or(false)
}

/// The same.
///
/// # Errors
/// When it can not be looked at.
pub(super) fn is_surely_copy(
    parents: &mut Parents<'_>,
    path: &[u8],
    copy: Identity,
    kind: Kind,
) -> rustix::io::Result<bool> {
    let stat = match parents.of(path).and_then(|(folder, name)| disk::stat(folder, &name)) {
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => return Ok(false),
        other => other?,
    };
    let mut identity = Identity::from(&stat);
    if kind == Kind::Link {
        identity.size = 0;
    }
    Ok(identity == copy)
}
