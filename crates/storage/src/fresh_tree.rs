//! Makes a new tree of files where nothing was before, for the demo storage.
//!
//! It can only add: an existing file is never opened for writing, replaced or removed.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

/// Why a tree could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FreshTreeError {
    /// The folder is there and holds something.
    #[error("{0} is not empty; name another folder: nothing that exists is ever overwritten")]
    NotEmpty(PathBuf),
    /// A path would leave the tree.
    #[error("{0} is no path inside the tree")]
    Outside(PathBuf),
    /// The system refused.
    #[error("can not write {path}: {source}")]
    Io {
        /// What was to be written.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// A folder that was empty or missing when this was made.
pub struct FreshTree {
    root: PathBuf,
}

impl FreshTree {
    /// Takes `root`, which must be missing (its parents too, then they are made) or empty.
    ///
    /// # Errors
    /// When it holds anything or can not be made.
    pub fn create(root: &Path) -> Result<Self, FreshTreeError> {
        let failed = |source| FreshTreeError::Io { path: root.to_owned(), source };
        std::fs::create_dir_all(root).map_err(failed)?;
        if std::fs::read_dir(root).map_err(failed)?.next().is_some() {
            return Err(FreshTreeError::NotEmpty(root.to_owned()));
        }
        Ok(Self { root: root.to_owned() })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A new file of these bytes, changed last at `modified`; folders on the way are made.
    ///
    /// # Errors
    /// When it exists already or can not be written.
    pub fn file(&self, relative: &str, bytes: &[u8], modified: SystemTime) -> Result<(), FreshTreeError> {
        let path = self.place(relative)?;
        let failed = |source| FreshTreeError::Io { path: path.clone(), source };
        let mut file: File = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
        file.write_all(bytes).map_err(failed)?;
        file.set_modified(modified).map_err(failed)
    }

    /// A new symbolic link with this text.
    ///
    /// # Errors
    /// When something of that name exists already or links are not possible here.
    pub fn link(&self, relative: &str, target: &str) -> Result<(), FreshTreeError> {
        let path = self.place(relative)?;
        symlink(target, &path).map_err(|source| FreshTreeError::Io { path, source })
    }

    /// Dates a folder of the tree, which making entries in it has made look new.
    ///
    /// # Errors
    /// When it is not there.
    pub fn date_folder(&self, relative: &str, modified: SystemTime) -> Result<(), FreshTreeError> {
        let path = self.root.join(relative);
        let dated = File::open(&path).and_then(|folder| folder.set_modified(modified));
        dated.map_err(|source| FreshTreeError::Io { path, source })
    }

    fn place(&self, relative: &str) -> Result<PathBuf, FreshTreeError> {
        let relative = Path::new(relative);
        if relative.components().any(|part| !matches!(part, Component::Normal(_))) {
            return Err(FreshTreeError::Outside(relative.to_owned()));
        }
        let path = self.root.join(relative);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)
                .map_err(|source| FreshTreeError::Io { path: parent.to_owned(), source })?;
        }
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_exists_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("new");
        let tree = FreshTree::create(&root).unwrap();
        tree.file("a/b.txt", b"one", SystemTime::now()).unwrap();
        assert!(tree.file("a/b.txt", b"two", SystemTime::now()).is_err());
        assert_eq!(std::fs::read(root.join("a/b.txt")).unwrap(), b"one");
        assert!(matches!(FreshTree::create(&root), Err(FreshTreeError::NotEmpty(_))));
        assert!(matches!(tree.file("../x", b"", SystemTime::now()), Err(FreshTreeError::Outside(_))));
    }
}
