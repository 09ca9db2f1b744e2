//! How many connections the process has file handles for.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Handles kept for the catalog, logs and what the engine opens.
const RESERVED: u64 = 256;

/// Raises the soft limit of open files to the hard one, and bounds `wanted` by what remains.
pub(super) fn most_connections(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    // No limit at all is reported as None.
    let room = files.map_or(usize::MAX, |files| {
        usize::try_from(files.saturating_sub(RESERVED).max(files / 2)).unwrap_or(usize::MAX)
    });
    let most = wanted.min(room).clamp(1, u32::MAX as usize >> 4);
    if most < wanted {
        tracing::warn!(
            wanted,
            most,
            "fewer connections than configured: raise the limit of open files (ulimit -n)"
        );
    }
    most
}
