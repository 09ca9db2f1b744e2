//! Paths of runs and reports: any bytes a file system allows.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

/// A path as the catalog keeps it. Most are text; the bytes of those that are not UTF-8 are kept besides.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoredPath(Vec<u8>);

impl StoredPath {
    /// A path of any bytes.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path, to open.
    #[must_use]
    pub fn to_path(&self) -> PathBuf {
        PathBuf::from(OsStr::from_bytes(&self.0))
    }

    /// The path as text; what is not UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// Is it unknown?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text column and the bytes column.
    pub(crate) fn to_columns(&self) -> (String, Option<Vec<u8>>) {
        match self.text() {
            Cow::Borrowed(text) => (text.to_owned(), None),
            Cow::Owned(text) => (text, Some(self.0.clone())),
        }
    }

    pub(crate) fn from_columns(text: String, bytes: Option<Vec<u8>>) -> Self {
        Self(bytes.unwrap_or_else(|| text.into_bytes()))
    }

    /// The columns of a path that may be none.
    pub(crate) fn columns_of(path: Option<&Self>) -> (Option<String>, Option<Vec<u8>>) {
        path.map_or((None, None), |path| {
            let (text, bytes) = path.to_columns();
            (Some(text), bytes)
        })
    }

    pub(crate) fn of_columns(text: Option<String>, bytes: Option<Vec<u8>>) -> Option<Self> {
        text.map(|text| Self::from_columns(text, bytes))
    }
}

impl From<&str> for StoredPath {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl From<&Path> for StoredPath {
    fn from(path: &Path) -> Self {
        Self(path.as_os_str().as_bytes().to_vec())
    }
}

impl From<PathBuf> for StoredPath {
    fn from(path: PathBuf) -> Self {
        Self(path.into_os_string().into_vec())
    }
}

/// As [`StoredPath::text`].
impl fmt::Display for StoredPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text())
    }
}

impl fmt::Debug for StoredPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(OsStr::from_bytes(&self.0), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_come_back() {
        for bytes in [&b"/results/run"[..], b"/results/caf\xe9", b"", "/Übung".as_bytes()] {
            let path = StoredPath::from_bytes(bytes.to_vec());
            let (text, kept) = path.to_columns();
            assert_eq!(kept.is_some(), std::str::from_utf8(bytes).is_err());
            assert_eq!(StoredPath::from_columns(text, kept), path);
            assert_eq!(StoredPath::from(path.to_path()), path);
        }
    }
}
