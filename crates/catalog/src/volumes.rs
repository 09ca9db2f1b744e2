//! Storage roots as last examined, and the file servers that the compatible API shows.

use sea_query::{Expr, ExprTrait, Order, Query};

use crate::Catalog;
use crate::error::{CatalogError, Result};
use crate::ids::{self, Sequence};
use crate::records::{self, FileserverRow, Record as _, VolumeRow};
use crate::tables::{Fileservers, Volumes};
use crate::times::now_us;

/// A file server's fill is written when it has changed by this many percent: each write makes every reader
/// compute its lists anew.
const WORTH_WRITING: f64 = 0.01;

/// What a storage root holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumeKind {
    /// Run directories.
    Runs,
    /// Report directories.
    Reports,
    /// Archived or exported files.
    Archive,
}

/// Whether a storage root can be relied upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumeStatus {
    /// It is there and is the one that is meant.
    Ready,
    /// It is not there or can not be read.
    Missing,
    /// Something is there that does not prove to be the volume that is meant.
    Unproven,
}

/// A storage root, as found when it was last examined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeFacts {
    /// What people call it.
    pub name: String,
    /// What it holds.
    pub kind: VolumeKind,
    /// Where it is mounted; one path is one volume.
    pub path: String,
    /// What proves its identity: the UUID in its marker file.
    pub marker: Option<String>,
    /// Type or id of its file system.
    pub filesystem: Option<String>,
    /// Its size in bytes.
    pub total_bytes: Option<u64>,
    /// Bytes that can still be written.
    pub available_bytes: Option<u64>,
    /// Can it be relied upon?
    pub status: VolumeStatus,
    /// Why not.
    pub status_reason: String,
}

impl VolumeFacts {
    /// One of which nothing more is known, to be relied upon.
    pub fn new(name: impl Into<String>, kind: VolumeKind, path: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind,
            path: path.into(),
            marker: None,
            filesystem: None,
            total_bytes: None,
            available_bytes: None,
            status: VolumeStatus::Ready,
            status_reason: String::new(),
        }
    }
}

/// A storage root that the catalog knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Its number.
    pub id: i64,
    /// What was found.
    pub facts: VolumeFacts,
    /// When it was examined, in microseconds since 1970 UTC.
    pub checked_us: Option<i64>,
}

impl VolumeKind {
    const ALL: [Self; 3] = [Self::Runs, Self::Reports, Self::Archive];

    /// The name in configuration and output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::Reports => "reports",
            Self::Archive => "archive",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl VolumeStatus {
    const ALL: [Self; 3] = [Self::Ready, Self::Missing, Self::Unproven];

    /// The name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Missing => "missing",
            Self::Unproven => "unproven",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

impl Volume {
    fn from_row(row: VolumeRow) -> Result<Self> {
        let unknown =
            |what: &str| CatalogError::Invalid(format!("the catalog holds a volume with the unknown {what}"));
        let facts = VolumeFacts {
            kind: VolumeKind::from_name(&row.kind).ok_or_else(|| unknown(&row.kind))?,
            status: VolumeStatus::from_name(&row.status).ok_or_else(|| unknown(&row.status))?,
            name: row.name,
            path: row.path,
            marker: row.marker,
            filesystem: row.filesystem,
            total_bytes: row.total_bytes.and_then(|bytes| u64::try_from(bytes).ok()),
            available_bytes: row.available_bytes.and_then(|bytes| u64::try_from(bytes).ok()),
            status_reason: row.status_reason,
        };
        Ok(Self { id: row.id, facts, checked_us: row.checked_us })
    }
}

impl Catalog {
    /// All storage roots, by id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn volumes(&self) -> Result<Vec<Volume>> {
        let query = records::select::<VolumeRow>().order_by(Volumes::Id, Order::Asc).to_owned();
        self.db.all(&query).await?.iter().map(|row| Volume::from_row(VolumeRow::read(row)?)).collect()
    }

    /// Keeps what was found about a storage root, now, in place of what was known about this path. Only news other
    /// than its fill advance the catalog's version.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn upsert_volume(&self, facts: VolumeFacts) -> Result<Volume> {
        let mut tx = self.db.write().await?;
        let query = records::select::<VolumeRow>()
            .and_where(Expr::col(Volumes::Path).eq(facts.path.as_str()))
            .to_owned();
        let known = tx.first(&query).await?.map(|row| VolumeRow::read(&row)).transpose()?;
        let id = match &known {
            Some(row) => row.id,
            None => ids::take(&mut tx, Sequence::Volumes, 1).await?,
        };
        let bytes = |bytes: Option<u64>| bytes.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX));
        let checked_us = now_us();
        let row = VolumeRow {
            id,
            name: facts.name.clone(),
            kind: facts.kind.name().to_owned(),
            path: facts.path.clone(),
            marker: facts.marker.clone(),
            filesystem: facts.filesystem.clone(),
            total_bytes: bytes(facts.total_bytes),
            available_bytes: bytes(facts.available_bytes),
            status: facts.status.name().to_owned(),
            status_reason: facts.status_reason.clone(),
            checked_us: Some(checked_us),
        };
        let same_but_fill = known.is_some_and(|known| {
            known
                == VolumeRow {
                    total_bytes: known.total_bytes,
                    available_bytes: known.available_bytes,
                    checked_us: known.checked_us,
                    ..row.clone()
                }
        });
        records::upsert(&mut tx, &[row]).await?;
        if same_but_fill {
            tx.leave_version();
        }
        tx.commit().await?;
        Ok(Volume { id, facts, checked_us: Some(checked_us) })
    }

    /// Forgets all storage roots but those at these paths, and tells how many that were.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn retain_volumes(&self, paths: &[String]) -> Result<u64> {
        let mut tx = self.db.write().await?;
        let query = Query::delete()
            .from_table(Volumes::Table)
            .and_where(Expr::col(Volumes::Path).is_not_in(paths.iter().map(String::as_str)))
            .to_owned();
        let gone = tx.run(&query).await?;
        tx.commit().await?;
        Ok(gone)
    }

    /// Keeps a file server for the compatible API, recognised by its prefix, and gives its id. Its comments are
    /// people's and stay.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn sync_fileserver(
        &self,
        name: &str,
        files_prefix: &str,
        percentfull: Option<f64>,
    ) -> Result<i64> {
        let query = records::select::<FileserverRow>()
            .and_where(Expr::col(Fileservers::FilesPrefix).eq(files_prefix))
            .order_by(Fileservers::Id, Order::Asc)
            .to_owned();
        let mut tx = self.db.write().await?;
        let known = tx.first(&query).await?.map(|row| FileserverRow::read(&row)).transpose()?;
        let mut row = match &known {
            Some(row) => row.clone(),
            None => FileserverRow {
                id: ids::take(&mut tx, Sequence::Fileservers, 1).await?,
                name: String::new(),
                comments: String::new(),
                files_prefix: files_prefix.to_owned(),
                percentfull: None,
            },
        };
        row.name = name.to_owned();
        let near =
            matches!((row.percentfull, percentfull), (Some(a), Some(b)) if (a - b).abs() < WORTH_WRITING);
        if !near {
            row.percentfull = percentfull;
        }
        let id = row.id;
        if known.as_ref() != Some(&row) {
            records::upsert(&mut tx, &[row]).await?;
        }
        tx.commit().await?;
        Ok(id)
    }
}
