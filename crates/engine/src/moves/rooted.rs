//! Does a folder lie below a storage root? Only there Runstow takes files away: that a report's metadata, a list of runs or a
//! client of the API names a folder is no reason to move what lies in it.

use std::fmt;
use std::path::{Path, PathBuf};

use runstow_catalog::{Volume, VolumeKind};
use runstow_storage::mount_point;

/// Why a folder is not below a storage root.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rootless {
    /// No root holds it, or where it leads to.
    Outside { folder: PathBuf, real: PathBuf },
    /// It is a root, or holds one.
    Holds { folder: PathBuf, root: PathBuf },
    /// Another disk is mounted between the root and it. When that disk is away, the root, which is there, would speak for what is not.
    Mounted { folder: PathBuf, at: PathBuf, root: PathBuf },
}

impl fmt::Display for Rootless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside { folder, real } if folder == real => {
                write!(f, "the folder {folder:?} lies below no storage root that the catalog knows")
            }
            Self::Outside { folder, real } => {
                write!(
                    f,
                    "the folder {folder:?} leads to {real:?}, which lies below no storage root that the catalog knows"
                )
            }
            Self::Holds { folder, root } => {
                write!(
                    f,
                    "the folder {folder:?} holds the storage root {root:?}, and is not that of one run or report"
                )
            }
            Self::Mounted { folder, at, root } => {
                write!(
                    f,
                    "the folder {folder:?} lies on a disk of its own, mounted at {at:?} below the storage root {root:?}"
                )
            }
        }
    }
}

/// What to do about it.
const CURE: &str =
    "add it, or a folder above it, to runstow.toml as [[file_server]] or [[report_storage]], and scan";

/// Why nothing is taken away from a run's or report's folder, and what to do. Blocks on storage.
pub(super) fn untouchable(volumes: &[Volume], folder: &Path) -> Option<String> {
    let why = rootless(volumes, folder).or_else(|| mounted(volumes, folder))?;
    let cure = match &why {
        Rootless::Mounted { at, .. } => {
            format!(
                "add {at:?} to runstow.toml as a [[file_server]] or [[report_storage]] of its own, and scan"
            )
        }
        Rootless::Outside { .. } | Rootless::Holds { .. } => CURE.to_owned(),
    };
    Some(format!("{why}, and nothing is taken away there; {cure}"))
}

/// What is mounted between a folder and the innermost storage root that holds it.
fn mounted(volumes: &[Volume], folder: &Path) -> Option<Rootless> {
    let (at, real) = (mount_point(folder)?, real(folder)?);
    let held = roots(volumes).filter_map(|root| Some((root, self::real(root)?)));
    let (root, real_root) =
        held.filter(|(_, root)| real.starts_with(root)).max_by_key(|(_, root)| root.components().count())?;
    let between = at != real_root && at.starts_with(&real_root);
    between.then(|| Rootless::Mounted { folder: folder.to_owned(), at, root: root.to_owned() })
}

/// The paths of the storage roots that the catalog knows. Archives are not among them.
fn roots(volumes: &[Volume]) -> impl Iterator<Item = &Path> {
    let roots = volumes.iter().filter(|volume| volume.facts.kind != VolumeKind::Archive);
    roots.map(|volume| Path::new(&volume.facts.path))
}

/// The storage root that a folder lies below, or is.
pub(super) fn root_above<'v>(volumes: &'v [Volume], folder: &Path) -> Option<&'v Path> {
    let below = |real: &Path, root: &Path| self::real(root).is_some_and(|root| real.starts_with(root));
    let real = real(folder)?;
    // Roots may be links themselves. The one that seems to hold the folder is asked first: others may be on a server that is gone.
    roots(volumes)
        .find(|root| real.starts_with(root))
        .or_else(|| roots(volumes).find(|root| folder.starts_with(root) && below(&real, root)))
        .or_else(|| roots(volumes).find(|root| below(&real, root)))
}

/// Why a run's or report's folder is not below a storage root. Links on its way count as what they lead to.
pub(super) fn rootless(volumes: &[Volume], folder: &Path) -> Option<Rootless> {
    let folder = folder.to_owned();
    let Some(real) = real(&folder) else { return Some(Rootless::Outside { real: folder.clone(), folder }) };
    let holds = |root: &&Path| root.starts_with(&real) || root.starts_with(&folder);
    let root = root_above(volumes, &folder);
    // The root may be a link to the folder.
    let linked = || root.filter(|root| self::real(root).is_some_and(|root| root.starts_with(&real)));
    if let Some(held) = roots(volumes).find(holds).or_else(linked) {
        return Some(Rootless::Holds { root: held.to_owned(), folder });
    }
    root.is_none().then_some(Rootless::Outside { folder, real })
}

/// Does a run's or report's folder lie below a storage root, so that files may be taken away there?
pub(crate) fn is_below_root(volumes: &[Volume], folder: &Path) -> bool {
    rootless(volumes, folder).is_none()
}

/// What a person should know before files come back to a folder below no storage root.
pub(super) fn rootless_note(volumes: &[Volume], folder: &Path) -> Option<String> {
    let why = rootless(volumes, folder)?;
    Some(format!(
        "{why}: no scan finds what comes back there, and nothing is archived or deleted there; {CURE}"
    ))
}

/// A path without links. What is not there is taken as it is written; none if `..` is in that.
pub(super) fn real(path: &Path) -> Option<PathBuf> {
    let (above, real) = path.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)))?;
    let rest = path.strip_prefix(above).ok()?;
    let plain = rest.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    // Joined with nothing, a path would end in a slash.
    plain.then(|| real.components().chain(rest.components()).collect())
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests make the folders they look at")]
mod tests {
    use std::os::unix::fs::symlink;

    use runstow_catalog::VolumeFacts;

    use super::*;

    fn volume(path: &Path, kind: VolumeKind) -> Volume {
        let facts = VolumeFacts::new("", kind, path.to_str().unwrap());
        Volume { id: 1, facts, checked_us: None }
    }

    #[test]
    fn only_what_really_lies_below_a_root_does() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().canonicalize().unwrap();
        for folder in ["disk/results/R_1", "disk/results/Home/Auto_1", "outside/payroll", "tape/R_1"] {
            std::fs::create_dir_all(dir.join(folder)).unwrap();
        }
        symlink(dir.join("disk/results"), dir.join("results")).unwrap();
        symlink(dir.join("outside"), dir.join("disk/results/moved")).unwrap();
        let linked =
            [volume(&dir.join("results"), VolumeKind::Runs), volume(&dir.join("tape"), VolumeKind::Archive)];
        let plain = [
            volume(&dir.join("disk/results"), VolumeKind::Runs),
            volume(&dir.join("disk/results/Home"), VolumeKind::Reports),
        ];
        let of =
            |volumes: &[Volume], path: &str| rootless(volumes, &dir.join(path)).map(|why| why.to_string());
        for path in ["results/R_1", "disk/results/R_1", "results/gone/R_2", "results/Home/Auto_1"] {
            assert_eq!(of(&linked, path), None, "{path}");
            assert_eq!(of(&plain, path), None, "{path}");
        }
        for path in [
            "outside/payroll",
            "results/../outside/payroll",
            "results/moved/payroll",
            "tape/R_1",
            "results2/R_1",
            "results/gone/../../outside",
        ] {
            let why = of(&linked, path).unwrap_or_else(|| panic!("{path}"));
            assert!(why.contains("no storage root"), "{path}: {why}");
            assert!(of(&plain, path).is_some(), "{path}");
        }
        for path in ["results", "disk/results", "disk", ""] {
            assert!(of(&plain, path).is_some_and(|why| why.contains("holds the storage root")), "{path}");
            assert!(of(&linked, path).is_some(), "{path}");
        }
    }
}
