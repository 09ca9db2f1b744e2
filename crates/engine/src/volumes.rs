//! Examining storage roots: is it there, is it the one that is meant, how full is it.

use std::path::Path;
use std::time::Duration;

use runstow_catalog::{Catalog, VolumeFacts, VolumeKind, VolumeStatus};
use runstow_storage::Volume;
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

/// Looks at every root and keeps what was found in the catalog. A root that is seen for the first time is trusted
/// and, where that is allowed, marked.
pub(crate) async fn examine(catalog: &Catalog, roots: &[StorageRoot]) -> Result<Vec<Examined>, EngineError> {
    let known = catalog.volumes().await?;
    let mut examined = Vec::new();
    for root in roots {
        let text = root.path.to_string_lossy().into_owned();
        let marker =
            known.iter().find(|volume| volume.facts.path == text).and_then(|v| v.facts.marker.clone());
        let facts = look(root, marker).await?;
        catalog.upsert_volume(facts.clone()).await?;
        if root.kind == RootKind::Runs && facts.status == VolumeStatus::Ready {
            let prefix = format!("{}/", text.trim_end_matches('/'));
            catalog.sync_fileserver(&root.name, &prefix, percent_full(&facts)).await?;
        }
        examined.push(Examined { root: root.clone(), facts });
    }
    Ok(examined)
}

/// What a root looks like now, without keeping it.
pub(crate) async fn look(root: &StorageRoot, marker: Option<String>) -> Result<VolumeFacts, EngineError> {
    let mut facts = VolumeFacts {
        name: root.name.clone(),
        kind: match root.kind {
            RootKind::Runs => VolumeKind::Runs,
            RootKind::Reports => VolumeKind::Reports,
        },
        path: root.path.to_string_lossy().into_owned(),
        marker: marker.clone(),
        filesystem: None,
        total_bytes: None,
        available_bytes: None,
        status: VolumeStatus::Ready,
        status_reason: String::new(),
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
                "its marker {MARKER} says {found}, but the catalog knows this place as {known}: another disk is mounted here"
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
