//! A destination may be the folder of the sources, or one above it, by another path: a bind mount, a share of this very disk.
//! Then a source would be its own copy.

use super::Run;
use crate::failure::Failure;
use crate::journal::INCOMING;

/// Looks whether the journal of this job, which lies at the top of the destination, shows above the sources.
pub(super) fn refuse(run: &Run<'_>) -> Result<(), Failure> {
    let Some(job) = run.journal.path().file_name() else { return Ok(()) };
    for base in &run.head.bases {
        let Ok(real) = base.path.canonicalize() else { continue };
        if real.ancestors().any(|above| above.join(INCOMING).join(job).exists()) {
            return Err(Failure::OnePlace { path: base.path.clone() });
        }
    }
    Ok(())
}
