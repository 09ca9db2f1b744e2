//! A folder that proves again and again that it is the volume it should be: where copies go, and what sources lie on.

use std::path::Path;

use uuid::Uuid;

use crate::disk;
use crate::failure::{Failure, Side};
use crate::tree::Tree;
use crate::volume::{Volume, VolumeError};

/// A destination, or a storage root.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    /// The root: a mounted disk or share, or a folder of one.
    pub root: &'a Path,
    /// The marker that the root must carry; none if it never had one.
    pub volume: Option<Uuid>,
}

impl Target<'_> {
    /// Is it there, and the volume that it should be?
    ///
    /// # Errors
    /// What is there instead.
    pub fn prove(&self) -> Result<(), Failure> {
        OpenTarget::open(self.clone()).map(drop)
    }
}

/// A destination or storage root in use. Its handle stays with the file system that was there at first, whatever is mounted or unmounted
/// at its path meanwhile.
pub(crate) struct OpenTarget<'a> {
    pub(crate) tree: Tree,
    /// It gains by writes around the page cache.
    pub(crate) direct: bool,
    target: Target<'a>,
    device: u64,
}

impl<'a> OpenTarget<'a> {
    pub(crate) fn open(target: Target<'a>) -> Result<Self, Failure> {
        let tree =
            Tree::open(target.root).map_err(|errno| crate::walk::StartError::new(target.root, errno))?;
        let device = device(&tree)?;
        let direct = disk::gains_by_direct_writes(tree.fd());
        let open = Self { tree, direct, target, device };
        open.check()?;
        Ok(open)
    }

    /// Can it prove that something that is not below it was removed, rather than unmounted?
    pub(crate) fn speaks_for(&self, path: &Path) -> bool {
        self.target.volume.is_some() && path.starts_with(self.target.root)
    }

    /// Is what is mounted at the path still what was opened, and the right volume?
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let wrong = |what: String| Failure::WrongVolume { path: self.target.root.to_owned(), what };
        let now = match Volume::look_at(self.target.root) {
            Ok(now) => now,
            Err(VolumeError::Start(error)) => return Err(error.into()),
            Err(VolumeError::Stat { path, source }) => {
                return Err(Failure::Io {
                    doing: "look at the target",
                    path,
                    errno: source,
                    side: Side::Target,
                });
            }
            Err(other) => return Err(wrong(other.to_string())),
        };
        if now.device != self.device {
            return Err(wrong("another file system is mounted there than when the work began".into()));
        }
        match (self.target.volume, now.marker) {
            (None, _) => Ok(()),
            (Some(expected), Some(found)) if expected == found => Ok(()),
            (Some(expected), Some(found)) => Err(wrong(format!("it is marked {found}, expected {expected}"))),
            (Some(_), None) => {
                Err(wrong("its marker .runstow-volume is missing: nothing may be mounted there".into()))
            }
        }
    }
}

fn device(tree: &Tree) -> Result<u64, Failure> {
    let stat = disk::stat_open(tree.fd());
    Ok(stat.map_err(Failure::io(Side::Target, "look at", tree.path(), b""))?.st_dev)
}
