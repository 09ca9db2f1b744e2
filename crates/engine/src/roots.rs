//! Storage roots: where runs and reports are looked for.

use std::path::PathBuf;

/// What a storage root holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootKind {
    /// Runs: a file server.
    Runs,
    /// Reports: a report storage.
    Reports,
}

impl RootKind {
    /// How deep runs or reports usually lie below a root: `<instrument>/<run>` and a level or two more, `<report>` or one more.
    pub fn usual_depth(self) -> usize {
        match self {
            Self::Runs => 4,
            Self::Reports => 2,
        }
    }
}

/// One storage root as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageRoot {
    /// A short name for people; unique.
    pub name: String,
    /// Absolute directory.
    pub path: PathBuf,
    /// What it holds.
    pub kind: RootKind,
    /// How many levels below the root runs or reports are looked for.
    pub depth: usize,
    /// Whether Runstow may put its marker file at the root when there is none.
    pub mark: bool,
}
