//! Archives that lie below a storage root: they are passed over, and told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use runstow_storage::discover::{Found, Passed};

use super::{Collected, warning};
use crate::moves::Archives;

/// What was passed over, each once, though roots may overlap.
#[derive(Default)]
pub(super) struct PassedOver {
    /// Roots of archives.
    roots: BTreeSet<PathBuf>,
    /// Folders that show by what lies in them that they are archives.
    folders: BTreeSet<PathBuf>,
    /// Folders that only the catalog knows as archives.
    known: BTreeSet<PathBuf>,
}

impl PassedOver {
    /// What discovery has passed over.
    pub(super) fn add(&mut self, passed: impl IntoIterator<Item = Passed>) {
        for Passed { path, is_root } in passed {
            if is_root {
                self.roots.insert(path)
            } else {
                self.folders.insert(path)
            };
        }
    }

    /// Takes out of what was found what the catalog knows as an archive.
    pub(super) fn take_known(&mut self, found: &mut Vec<Found>, archives: &Archives) {
        found.retain(|found| {
            let archive = archives.holding(&found.path).is_some();
            if archive {
                self.known.insert(found.path.clone());
            }
            !archive
        });
    }

    /// Tells what was passed over. Nothing below is called absent.
    pub(super) fn tell(self, collected: &mut Collected) {
        for root in &self.roots {
            let message = format!(
                "it is the root of archives ({} and {} lie there, and it is no storage root of the catalog), so it was passed over: what is \
                 archived there comes back with `runstow restore --from {}`. If live runs or reports lie there too, make it a storage \
                 root: [[file_server]] or [[report_storage]] in runstow.toml",
                runstow_storage::volume::MARKER,
                runstow_storage::INCOMING,
                root.display()
            );
            collected.warnings.push(warning(root, message));
        }
        tell_folders(&self.folders, "Runstow's list or record lies there", collected);
        tell_folders(&self.known, "the catalog says so", collected);
        collected.unseen.extend(self.roots.into_iter().chain(self.folders).chain(self.known));
    }
}

/// One line for all that lie beside each other: there may be thousands.
fn tell_folders(folders: &BTreeSet<PathBuf>, why: &str, collected: &mut Collected) {
    let mut beside: BTreeMap<Option<&Path>, Vec<&PathBuf>> = BTreeMap::new();
    for folder in folders {
        beside.entry(folder.parent()).or_default().push(folder);
    }
    for (above, folders) in beside {
        let [first, others @ ..] = &folders[..] else { continue };
        let at = above.filter(|_| !others.is_empty()).unwrap_or(first);
        let (what, they) = match others.len() {
            0 => ("it is an archive or export".to_owned(), "it was"),
            more => (
                format!("{} folders here are archives or exports, the first is {first:?}", more + 1),
                "they were",
            ),
        };
        let message = format!(
            "{what} ({why}) and no live run or report, so {they} passed over; `runstow restore --from {}` brings it back",
            first.display()
        );
        collected.warnings.push(warning(at, message));
    }
}
