//! How much a plan holds.

use serde::{Deserialize, Serialize};

/// Sums of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Regular files, by name.
    pub files: u64,
    /// Links to files, broken links.
    pub links: u64,
    /// Folders, and links to folders.
    pub folders: u64,
    /// Apparent size of all files in bytes.
    pub bytes: u64,
    /// Files and links that are not removed.
    pub stay_files: u64,
    /// Their apparent size in bytes.
    pub stay_bytes: u64,
    /// Those of them that stay only as long as another category or report needs them.
    #[serde(default)]
    pub needed_files: u64,
    /// Their apparent size in bytes.
    #[serde(default)]
    pub needed_bytes: u64,
}
