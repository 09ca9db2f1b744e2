//! What lies beside archived data: enough to prove it, and to bring it back into an empty catalog (lifecycle.md §4).
//!
//! Beside the data of a report there are, for each category that was archived or exported,
//!
//! - the *list*: one JSON line per entry ([`Entry`]), with hash, times, modes, owners, links;
//! - the *checksums*: a file that `b3sum --check` or `sha256sum --check` reads without Runstow;
//!
//! and one [`Record`] for all of them, `serialized_<resultsName>.json`, which is written last: data without a record is
//! no archive.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Category, RawText};

/// The version of the form of record and list.
pub const FORMAT: u32 = 1;

/// How contents are hashed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HashKind {
    /// BLAKE3: `b3sum --check`.
    #[default]
    Blake3,
    /// SHA-256: `sha256sum --check`, which every machine has.
    Sha256,
}

impl HashKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Blake3, Self::Sha256];

    /// The name in records, settings and the endings of checksum files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blake3 => "blake3",
            Self::Sha256 => "sha256",
        }
    }

    /// The program that checks such sums.
    #[must_use]
    pub const fn program(self) -> &'static str {
        match self {
            Self::Blake3 => "b3sum",
            Self::Sha256 => "sha256sum",
        }
    }
}

/// A text that names no kind of hash.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a kind of checksum; use blake3 or sha256")]
pub struct UnknownHashKind(String);

impl FromStr for HashKind {
    type Err = UnknownHashKind;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(given.trim()))
            .ok_or_else(|| UnknownHashKind(given.to_owned()))
    }
}

/// A hash of 32 bytes; in JSON and in checksum files 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = UnknownHash;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.as_bytes();
        let mut bytes = [0; 32];
        if digits.len() != 64 {
            return Err(UnknownHash);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| UnknownHash)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| UnknownHash)?;
        }
        Ok(Self(bytes))
    }
}

/// A text that is no hash.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a hash has 64 hexadecimal digits")]
pub struct UnknownHash;

impl Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The start folder that an entry came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The report directory.
    Report,
    /// The run directory.
    Run,
    /// The directory of another report, through a link: copied, never removed.
    Linked,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
    /// A folder, with the times and modes it had.
    Folder,
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its path in the archive, relative to the folder of the list.
    pub path: RawText,
    /// Where it came from.
    pub from: Origin,
    /// Its path below that start folder, where it differs from `path`. Of what was reached through a link, `path` is
    /// already that below the report directory, through the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<RawText>,
    /// What it is.
    pub kind: Kind,
    /// Apparent size in bytes.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub size: u64,
    /// Hash of the content of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<Hash>,
    /// The text of a link, as it was in the source. In the archive it may be another, so that it still leads there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<RawText>,
    /// The path in the archive of the first name of the same file: a hard link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<RawText>,
    /// Last change of content: seconds since 1970.
    pub mtime: i64,
    /// And nanoseconds.
    #[serde(default, skip_serializing_if = "is_zero_32")]
    pub mtime_ns: u32,
    /// Permissions, as the number that `chmod` takes, decimal in JSON.
    pub mode: u32,
    /// Number of the owner.
    pub uid: u32,
    /// Number of the group.
    pub gid: u32,
    /// Extended attributes; values in base64.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Why the source was not to be removed, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stays: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_zero_32(number: &u32) -> bool {
    *number == 0
}

impl Entry {
    /// Its path below its start folder.
    #[must_use]
    pub fn origin(&self) -> &RawText {
        self.origin.as_ref().unwrap_or(&self.path)
    }
}

/// What is known of one archived category, without its list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryRecord {
    /// `archive` or `export`.
    pub action: String,
    /// When it was complete: RFC 3339, UTC.
    pub finished: String,
    /// The start folders. Those of other reports, which were reached through links, are not named.
    pub folders: BTreeMap<Origin, RawText>,
    /// How contents were hashed.
    pub hash: HashKind,
    /// File name of the list.
    pub list: String,
    /// BLAKE3 of the list.
    pub list_hash: Hash,
    /// File name of the checksums.
    pub checksums: String,
    /// Number of regular files, by name.
    pub files: u64,
    /// Number of links.
    pub links: u64,
    /// Number of folders.
    pub folder_count: u64,
    /// Bytes of all files by apparent size, hard links once per name.
    pub bytes: u64,
    /// Whether the copies were read back from the medium, or why that is not certain.
    pub proof: String,
    /// The Keep flag that the category had.
    #[serde(default)]
    pub keep: bool,
}

/// `serialized_<resultsName>.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`FORMAT`].
    pub runstow: u32,
    /// The report as the catalog knows it, in the neutral form of `runstow catalog dump`.
    pub report: serde_json::Value,
    /// The run, likewise.
    pub run: serde_json::Value,
    /// What is archived here.
    pub categories: BTreeMap<Category, CategoryRecord>,
}

/// A line of a checksum file, as `b3sum` and `sha256sum` write it: names with a backslash or a line end are escaped, and
/// a backslash in front says so.
#[must_use]
pub fn checksum_line(hash: &Hash, path: &[u8]) -> Vec<u8> {
    let special = path.iter().any(|byte| matches!(byte, b'\\' | b'\n' | b'\r'));
    let mut line = if special { b"\\".to_vec() } else { Vec::new() };
    line.extend_from_slice(hash.to_string().as_bytes());
    line.extend_from_slice(b"  ");
    for byte in path {
        match byte {
            b'\\' => line.extend_from_slice(b"\\\\"),
            b'\n' => line.extend_from_slice(b"\\n"),
            b'\r' => line.extend_from_slice(b"\\r"),
            other => line.push(*other),
        }
    }
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_read_back() {
        let hash = Hash(std::array::from_fn(|at| u8::try_from(at * 7).unwrap()));
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!("xy".parse::<Hash>(), Err(UnknownHash));
        assert_eq!("é".repeat(32).parse::<Hash>(), Err(UnknownHash));
    }

    #[test]
    fn special_names_are_escaped_as_b3sum_does() {
        let hash = Hash([0xab; 32]);
        let digits = "ab".repeat(32);
        assert_eq!(checksum_line(&hash, b"a b"), format!("{digits}  a b\n").into_bytes());
        assert_eq!(checksum_line(&hash, b"a\nb\\c"), format!("\\{digits}  a\\nb\\\\c\n").into_bytes());
    }

    #[test]
    fn an_unknown_key_in_a_list_is_an_error() {
        let line = r#"{"path":"a","from":"run","kind":"file","mtime":1,"mode":420,"uid":0,"gid":0,"sise":3}"#;
        assert!(serde_json::from_str::<Entry>(line).unwrap_err().to_string().contains("sise"));
    }
}
