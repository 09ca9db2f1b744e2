//! A volume of which much vanished at once (lifecycle.md §3.5): nothing more is removed there until somebody has looked.
//!
//! Scans note what they did not find. Of a disk that is whole nothing is missing, or what people moved away themselves. So when
//! more than one in a hundred of the runs and reports of a volume is missing since the last acknowledgement, its marker
//! alone is not believed.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use runstow_catalog::{Catalog, Volume, VolumeKind};

use crate::EngineError;

/// A volume of which much is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vanished {
    /// What people call it.
    pub name: String,
    /// Runs and reports that the last scans did not find, and that nobody has acknowledged.
    pub missing: usize,
    /// Runs and reports that should be there.
    pub known: usize,
}

impl Vanished {
    /// Why nothing is removed there, and what to do.
    #[must_use]
    pub fn reason(&self) -> String {
        format!(
            "{} of {} known runs and reports of volume {:?} are missing since the last scans: is it whole? Nothing is removed \
             there until a scan finds them again, or an admin says that it is right so: `runstow missing --acknowledge {:?}`",
            self.missing, self.known, self.name, self.name
        )
    }
}

/// More than one in a hundred, and more than one.
#[must_use]
pub(crate) const fn is_much(missing: usize, known: usize) -> bool {
    missing > 1 && missing * 100 > known
}

/// The volumes of which much is missing that nobody has acknowledged, by number.
///
/// # Errors
/// When the catalog does not answer.
pub async fn vanished(catalog: &Catalog) -> Result<HashMap<i64, Vanished>, EngineError> {
    let missing = catalog.missing().await?;
    if missing.len() < 2 {
        return Ok(HashMap::new());
    }
    let volumes = catalog.volumes().await?;
    let mut acknowledged = HashMap::new();
    for volume in &volumes {
        if let Some(known) = catalog.missing_acknowledged(volume.id).await? {
            acknowledged.insert(volume.id, known.us);
        }
    }
    let mut new: HashSet<PathBuf> = HashSet::new();
    for lost in missing {
        let dir = lost.dir.to_path();
        let known = volume_of(&volumes, &dir).and_then(|volume| acknowledged.get(&volume.id));
        if known.is_none_or(|until| lost.since_us > *until) {
            new.insert(dir);
        }
    }
    if new.len() < 2 {
        return Ok(HashMap::new());
    }
    let mut counts: HashMap<i64, (usize, usize)> = HashMap::new();
    for dir in catalog.looked_for().await? {
        let dir = dir.to_path();
        if let Some(volume) = volume_of(&volumes, &dir) {
            let (missing, known) = counts.entry(volume.id).or_default();
            *missing += usize::from(new.contains(&dir));
            *known += 1;
        }
    }
    let much = volumes.into_iter().filter_map(|volume| {
        let (missing, known) = *counts.get(&volume.id)?;
        is_much(missing, known).then_some((volume.id, Vanished { name: volume.facts.name, missing, known }))
    });
    Ok(much.collect())
}

/// The innermost storage root that holds a folder.
fn volume_of<'v>(volumes: &'v [Volume], folder: &Path) -> Option<&'v Volume> {
    let holds = volumes
        .iter()
        .filter(|volume| volume.facts.kind != VolumeKind::Archive && folder.starts_with(&volume.facts.path));
    holds.max_by_key(|volume| Path::new(&volume.facts.path).components().count())
}
