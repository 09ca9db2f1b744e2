//! Examining storage roots: is it there, is it the one that is meant, how full is it.

use std::path::Path;
use std::time::Duration;

use runstow_catalog::{Catalog, VolumeFacts, VolumeKind, VolumeStatus};
use runstow_storage::Volume;
use runstow_storage::discover::StorageRoots;
use runstow_storage::volume::{MARKER, create_marker};

use crate::roots::{RootKind, StorageRoot};
use crate::{EngineError, blocking};

/// How long a root may take to answer: a network mount whose server is gone hangs for ever.
const PATIENCE: Duration = Duration::from_secs(20);

/// A root with what was found.
#[derive(Clone, Debug)]
pub(crate) struct Examined {
    pub(crate) root: StorageRoot,
    pub(crate) facts: VolumeFacts,
}

impl Examined {
    pub(crate) fn is_ready(&self) -> bool {
        self.facts.status == VolumeStatus::Ready
    }
}

/// All roots of a scan. Roots may lie within each other: the longest one that holds a path decides about it, so
/// that a disk that is not there is not looked at through the root around it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Volumes(Vec<Examined>);

impl Volumes {
    /// The root that decides about a path.
    pub(crate) fn owner(&self, path: &Path) -> Option<&Examined> {
        let holds = self.0.iter().filter(|volume| path.starts_with(&volume.root.path));
        holds.max_by_key(|volume| volume.root.path.components().count())
    }

    /// Whether a path lies on a root that proved itself.
    pub(crate) fn is_proven(&self, path: &Path) -> bool {
        self.owner(path).is_some_and(Examined::is_ready)
    }

    /// Whether not finding a run or report at this path says anything: its root has a marker that proved it, and
    /// the scan looks that deep.
    pub(crate) fn would_be_found(&self, path: &Path) -> bool {
        self.owner(path).is_some_and(|volume| {
            let depth = path.strip_prefix(&volume.root.path).map_or(0, |rest| rest.components().count());
            volume.is_ready() && volume.facts.marker.is_some() && (1..=volume.root.depth).contains(&depth)
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Examined> {
        self.0.iter()
    }

    /// These roots and those that the catalog knows from other scans, by path and marker.
    pub(crate) fn storage_roots(&self, known: &[runstow_catalog::Volume]) -> StorageRoots {
        let known =
            known.iter().map(|volume| &volume.facts).filter(|facts| facts.kind != VolumeKind::Archive);
        let all: Vec<&VolumeFacts> = self.0.iter().map(|volume| &volume.facts).chain(known).collect();
        let marker = |facts: &&VolumeFacts| facts.marker.as_ref()?.parse().ok();
        StorageRoots {
            paths: all.iter().map(|facts| facts.path.clone().into()).collect(),
            markers: all.iter().filter_map(marker).collect(),
        }
    }

    /// Looks again: a disk that went away during a long walk leaves an empty folder, of which nothing may be believed.
    /// Gives the roots that lost their proof just now.
    pub(crate) async fn prove_again(&mut self) -> Result<Vec<Examined>, EngineError> {
        let mut lost = Vec::new();
        for volume in self.0.iter_mut().filter(|volume| volume.is_ready()) {
            let root = StorageRoot { mark: false, ..volume.root.clone() };
            let now = look(&root, volume.facts.marker.clone()).await?;
            if now.status != VolumeStatus::Ready {
                volume.facts.status = now.status;
                volume.facts.status_reason = format!("it went away during the scan: {}", now.status_reason);
                lost.push(volume.clone());
            }
        }
        Ok(lost)
    }
}

/// Looks at every root and keeps what was found in the catalog. A root that is seen for the first time is trusted
/// and, where that is allowed, marked.
pub(crate) async fn examine(catalog: &Catalog, roots: &[StorageRoot]) -> Result<Volumes, EngineError> {
    let known = catalog.volumes().await?;
    let mut examined: Vec<Examined> = Vec::new();
    for root in roots {
        let text = root.path.to_string_lossy().into_owned();
        let marker =
            known.iter().find(|volume| volume.facts.path == text).and_then(|v| v.facts.marker.clone());
        let mut facts = look(root, marker).await?;
        let twin = examined.iter().find(|other| {
            other.facts.marker.is_some()
                && other.facts.marker == facts.marker
                && other.facts.path != facts.path
        });
        if let Some(twin) = twin {
            facts.status = VolumeStatus::Unproven;
            facts.status_reason = format!(
                "its marker is the same as that of {} ({}): one is a copy of the other; remove the copy's {MARKER}",
                twin.root.name, twin.facts.path
            );
        }
        catalog.upsert_volume(facts.clone()).await?;
        if root.kind == RootKind::Runs && facts.status == VolumeStatus::Ready {
            let prefix = format!("{}/", text.trim_end_matches('/'));
            catalog.sync_fileserver(&root.name, &prefix, percent_full(&facts)).await?;
        }
        examined.push(Examined { root: root.clone(), facts });
    }
    Ok(Volumes(examined))
}

/// What all roots look like now, without keeping or marking anything.
pub(crate) async fn look_at_all(catalog: &Catalog, roots: &[StorageRoot]) -> Result<Volumes, EngineError> {
    let known = catalog.volumes().await?;
    let mut examined = Vec::new();
    for root in roots {
        let text = root.path.to_string_lossy();
        let marker =
            known.iter().find(|volume| volume.facts.path == text).and_then(|v| v.facts.marker.clone());
        let root = StorageRoot { mark: false, ..root.clone() };
        examined.push(Examined { facts: look(&root, marker).await?, root });
    }
    Ok(Volumes(examined))
}

/// What a root looks like now, without keeping it.
pub(crate) async fn look(root: &StorageRoot, marker: Option<String>) -> Result<VolumeFacts, EngineError> {
    let kind = match root.kind {
        RootKind::Runs => VolumeKind::Runs,
        RootKind::Reports => VolumeKind::Reports,
    };
    let mut facts = VolumeFacts {
        marker: marker.clone(),
        ..VolumeFacts::new(root.name.clone(), kind, root.path.to_string_lossy())
    };
    let (path, mark) = (root.path.clone(), root.mark);
    let work = blocking(move || judge(&path, marker, mark));
    let Ok(judged) = tokio::time::timeout(PATIENCE, work).await else {
        facts.status = VolumeStatus::Missing;
        facts.status_reason =
            format!("it does not answer within {} s; is its server there?", PATIENCE.as_secs());
        return Ok(facts);
    };
    let judged = judged?;
    (facts.status, facts.status_reason) = (judged.status, judged.reason);
    facts.marker = judged.marker;
    if let Some(volume) = judged.volume {
        facts.filesystem = Some(format!("{:x}:{:x}", volume.fs_type, volume.fs_id));
        // What is reserved for root is neither used nor free for the lab: left out, as `df` does for its percentage.
        let used = volume.total_bytes.saturating_sub(volume.free_bytes);
        facts.total_bytes = Some(used.saturating_add(volume.available_bytes));
        facts.available_bytes = Some(volume.available_bytes);
    }
    Ok(facts)
}

struct Judged {
    status: VolumeStatus,
    reason: String,
    marker: Option<String>,
    volume: Option<Volume>,
}

fn judge(path: &Path, known: Option<String>, mark: bool) -> Judged {
    let volume = match Volume::look_at(path) {
        Ok(volume) => volume,
        Err(error) => {
            let reason = format!("it is not there or can not be used: {error}");
            return Judged { status: VolumeStatus::Missing, reason, marker: known, volume: None };
        }
    };
    let found = volume.marker.map(|uuid| uuid.to_string());
    let unproven = |reason: String| Judged {
        status: VolumeStatus::Unproven,
        reason,
        marker: known.clone(),
        volume: None,
    };
    match (&known, &found) {
        (Some(known), Some(found)) if known == found => {}
        (Some(known), Some(found)) => {
            return unproven(format!(
                "its marker {MARKER} says {found}, but the catalog knows this place as {known}: another disk is mounted here. \
                 If it replaces the old one on purpose: echo {known} > {}/{MARKER}",
                path.display()
            ));
        }
        (Some(known), None) => {
            return unproven(format!(
                "its marker {MARKER} ({known}) is missing: is the right disk mounted? If it is, put the marker back: \
                 echo {known} > {}/{MARKER}",
                path.display()
            ));
        }
        (None, Some(_)) => {}
        (None, None) if is_empty(path) => {
            return unproven(format!(
                "it is empty and has no marker {MARKER}: is its disk mounted? A new disk is accepted once something lies on it"
            ));
        }
        (None, None) if mark && !volume.read_only => match create_marker(path) {
            Ok(uuid) => {
                tracing::info!(path = %path.display(), %uuid, "marked a new volume");
                let marker = Some(uuid.to_string());
                return Judged {
                    status: VolumeStatus::Ready,
                    reason: String::new(),
                    marker,
                    volume: Some(volume),
                };
            }
            Err(error) => {
                let reason =
                    format!("it could not be marked ({error}), so a swapped disk would not be noticed");
                return Judged { status: VolumeStatus::Ready, reason, marker: None, volume: Some(volume) };
            }
        },
        (None, None) => {}
    }
    Judged {
        status: VolumeStatus::Ready,
        reason: String::new(),
        marker: known.or(found),
        volume: Some(volume),
    }
}

fn is_empty(path: &Path) -> bool {
    std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

fn percent_full(facts: &VolumeFacts) -> Option<f64> {
    let (total, available) = (facts.total_bytes?, facts.available_bytes?);
    (total > 0).then(|| (total.saturating_sub(available)) as f64 / total as f64 * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(path: &str, status: VolumeStatus) -> Examined {
        let root =
            StorageRoot { name: path.into(), path: path.into(), kind: RootKind::Runs, depth: 4, mark: true };
        let marker = Some("m".into());
        let facts = VolumeFacts { marker, status, ..VolumeFacts::new(path, VolumeKind::Runs, path) };
        Examined { root, facts }
    }

    #[test]
    fn a_disk_that_is_not_there_is_not_seen_through_the_root_around_it() {
        let home = "/results/analysis/output/Home";
        let volumes =
            Volumes(vec![volume("/results", VolumeStatus::Ready), volume(home, VolumeStatus::Unproven)]);
        assert!(volumes.would_be_found(Path::new("/results/S5/R_1")));
        assert!(!volumes.would_be_found(&Path::new(home).join("Auto_1")));
        assert!(!volumes.is_proven(&Path::new(home).join("Auto_1")));
        assert!(!volumes.is_proven(Path::new("/results2/R_1")), "another root");
        assert!(!volumes.would_be_found(Path::new("/results/a/b/c/d/e")), "deeper than is looked");
        assert!(!volumes.would_be_found(Path::new("")), "no directory is known");
    }

    #[test]
    fn without_a_marker_absence_says_nothing() {
        let mut unmarked = volume("/results", VolumeStatus::Ready);
        unmarked.facts.marker = None;
        assert!(!Volumes(vec![unmarked]).would_be_found(Path::new("/results/R_1")));
    }
}
