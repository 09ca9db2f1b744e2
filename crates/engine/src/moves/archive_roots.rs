//! Archives that were used before. The catalog remembers which volume was at which path, so that an empty mount point is
//! not taken for the archive by the next request either (categories.md D16).

use std::path::{Path, PathBuf};

use runstow_catalog::{Catalog, Volume, VolumeFacts, VolumeKind};
use runstow_storage::volume::MARKER;
use uuid::Uuid;

use super::Destination;
use crate::{EngineError, blocking};

/// What lies at a path is not what the catalog knows there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Another {
    /// What is wrong.
    pub(super) reason: String,
    /// A person may say that it is a new archive. Not of a storage root: of those scans decide.
    pub(super) may_be_new: bool,
}

/// A place as the catalog names it: links on the way lead to the same archive.
pub(super) fn real(root: &Path) -> PathBuf {
    super::rooted::real(root).unwrap_or_else(|| root.to_owned())
}

/// What is known at this place.
pub(super) fn at<'v>(known: &'v [Volume], real: &Path) -> Option<&'v Volume> {
    known.iter().find(|volume| Path::new(&volume.facts.path) == real)
}

/// Is another volume there than the one that was there before?
pub(super) fn another(known: &[Volume], root: &Path, found: Option<Uuid>, real: &Path) -> Option<Another> {
    let volume = at(known, real)?;
    let marker = volume.facts.marker.as_deref()?;
    let reason = match found {
        Some(found) if found.to_string() == marker => return None,
        Some(found) => format!(
            "the archive that was at {root:?} is not mounted: the marker {MARKER} there says {found}, and that of the archive is {marker}"
        ),
        None => format!(
            "the archive that was at {root:?} is not mounted: its marker {MARKER} ({marker}) is missing"
        ),
    };
    Some(Another { reason, may_be_new: volume.facts.kind == VolumeKind::Archive })
}

/// Marks a destination, if it is not, and remembers it. `new`: it may be another than the one that was there before.
/// Gives the destination with its marker, and its number.
///
/// # Errors
/// When it can not be marked, is another, or the catalog can not be written.
pub(super) async fn remember(
    catalog: &Catalog,
    place: &Destination,
    new: bool,
) -> Result<(Destination, i64), EngineError> {
    let known = catalog.volumes().await?;
    let place = place.clone();
    let (place, real) = blocking(move || (place.as_it_is(), real(&place.root))).await?;
    let place = place.map_err(EngineError::Destination)?;
    if let Some(another) = another(&known, &place.root, place.volume, &real)
        && !(new && another.may_be_new)
    {
        return Err(EngineError::Destination(another.reason));
    }
    let place = blocking(move || place.marked()).await?.map_err(EngineError::Destination)?;
    let marker = place.volume.map(|marker| marker.to_string());
    if let Some(volume) = at(&known, &real)
        && (volume.facts.marker == marker || volume.facts.kind != VolumeKind::Archive)
    {
        return Ok((place, volume.id));
    }
    let path = real.to_string_lossy().into_owned();
    // How full it is is looked at when somebody asks for a move; nothing keeps that up to date here.
    let facts = VolumeFacts { marker, ..VolumeFacts::new(path.clone(), VolumeKind::Archive, path) };
    let volume = catalog.upsert_volume(facts).await?;
    Ok((place, volume.id))
}
