//! Every content that lies anywhere: while others rename what a move is about, no content may end nowhere.

use std::collections::BTreeSet;
use std::path::Path;

/// The contents of all files below a folder, whatever their names; links are not followed.
pub(crate) fn contents(folder: &Path) -> BTreeSet<Vec<u8>> {
    let mut all = BTreeSet::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let kind = path.symlink_metadata().unwrap();
            if kind.is_dir() {
                waiting.push(path);
            } else if kind.is_file() {
                all.insert(std::fs::read(&path).unwrap());
            }
        }
    }
    all
}
