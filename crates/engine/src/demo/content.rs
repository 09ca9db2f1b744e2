//! Bytes for demo files.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use runstow_storage::fresh_tree::{FreshTree, FreshTreeError};

/// Writes files with bytes that differ from file to file and are the same on every start.
pub(super) struct Maker<'a> {
    tree: &'a FreshTree,
    state: u64,
}

impl<'a> Maker<'a> {
    pub(super) fn new(tree: &'a FreshTree) -> Self {
        Self { tree, state: 0x5275_6e73_746f_7721 }
    }

    /// The folder all paths are relative to, as text for metadata that names absolute paths.
    pub(super) fn root(&self) -> String {
        let root = self.tree.root();
        std::path::absolute(root).unwrap_or_else(|_| root.to_owned()).to_string_lossy().into_owned()
    }

    /// A file of `kib` times 1024 bytes that do not compress.
    pub(super) fn data(&mut self, path: &str, kib: usize, modified: Timestamp) -> Result<(), FreshTreeError> {
        let mut bytes = Vec::with_capacity(kib * 1024);
        while bytes.len() < kib * 1024 {
            // xorshift64: quick, and no crate is needed for invented bytes
            self.state ^= self.state << 13;
            self.state ^= self.state >> 7;
            self.state ^= self.state << 17;
            bytes.extend_from_slice(&self.state.to_le_bytes());
        }
        self.tree.file(path, &bytes, system(modified))
    }

    /// A text file.
    pub(super) fn text(&mut self, path: &str, text: &str, modified: Timestamp) -> Result<(), FreshTreeError> {
        self.tree.file(path, text.as_bytes(), system(modified))
    }

    /// Small text files whose content says which they are.
    pub(super) fn texts(&mut self, base: &str, names: &[&str], at: Timestamp) -> Result<(), FreshTreeError> {
        names.iter().try_for_each(|name| {
            let lines = format!("# {name} of the demo storage\n").repeat(20 + name.len() * 3);
            self.text(&format!("{base}/{name}"), &lines, at)
        })
    }

    /// Dates a folder, when all is in it.
    pub(super) fn date(&mut self, folder: &str, at: Timestamp) -> Result<(), FreshTreeError> {
        self.tree.date_folder(folder, system(at))
    }

    /// A symbolic link.
    pub(super) fn link(&mut self, path: &str, target: &str) -> Result<(), FreshTreeError> {
        self.tree.link(path, target)
    }
}

fn system(at: Timestamp) -> SystemTime {
    let seconds = u64::try_from(at.as_second()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}
