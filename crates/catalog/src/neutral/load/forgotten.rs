//! What lies in the trash and would be known to nobody after a load.

use std::collections::HashSet;

use crate::db::Tx;
use crate::error::{CatalogError, Result};
use crate::records::{self, TrashRow};

const MB: f64 = (1 << 20) as f64;

/// Refuses when the catalog knows of something in the trash that the document does not know. A delete has a folder of its
/// own, by which it is known.
pub(super) async fn require_none(tx: &mut Tx, document: &[TrashRow]) -> Result<()> {
    let folder = |row: &TrashRow| (row.folder.clone(), row.folder_bytes.clone());
    let known: HashSet<_> = document.iter().map(folder).collect();
    let mut here: Vec<TrashRow> = records::read_all(&tx.all(&records::select::<TrashRow>()).await?)?;
    here.retain(|row| !known.contains(&folder(row)));
    let Some(first) = here.first() else { return Ok(()) };
    let bytes: i64 = here.iter().map(|row| row.bytes).sum();
    Err(CatalogError::Conflict(format!(
        "{} entries of the trash ({:.1} MB) are not in the document, such as {} of report {}: they would stay on the disk, \
         and no command would find them any more; nothing was changed: bring them back (`runstow restore`) or remove them \
         (`runstow trash empty`) first, or give --forget-trash",
        here.len(),
        bytes as f64 / MB,
        first.folder,
        first.result_id,
    )))
}
