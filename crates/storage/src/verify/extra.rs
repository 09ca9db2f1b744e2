//! What is in an archive folder and in none of its lists.

use std::collections::HashSet;

use runstow_lifecycle::RawText;
use runstow_lifecycle::manifest::Record;
use rustix::fs::{Dir, FileType};
use rustix::io::Errno;

use super::entry::{name_of, refused};
use super::finding::{Damage, Finding};
use crate::archive::{ArchiveFolder, Found, is_record, read_record};
use crate::disk;
use crate::failure::Failure;
use crate::tree::{names, split};
use crate::watch::Watch;

/// Paths known at once, as hashes of 16 bytes: about 64 MB. Of larger archives the folder is walked several times, each
/// time with another part of all paths, so that memory does not grow with their number. That two paths of an archive
/// have the same 128 bits of BLAKE3 is less likely than any damage.
const AT_ONCE: u64 = 1 << 21;

/// Finds extra entries. Gives the reason where that can not be told.
pub(super) fn find(
    folder: &ArchiveFolder,
    watch: &dyn Watch,
    found: &mut dyn FnMut(Finding),
) -> Result<Option<String>, Failure> {
    find_with(folder, watch, found, AT_ONCE)
}

fn find_with(
    folder: &ArchiveFolder,
    watch: &dyn Watch,
    found: &mut dyn FnMut(Finding),
    at_once: u64,
) -> Result<Option<String>, Failure> {
    let records = folder.records()?;
    if let Some(other) = foreign_record(folder)? {
        let why =
            format!("{other} lies here: what belongs to it is not known, so extra files are not looked for");
        return Ok(Some(why));
    }
    let Some(all) = count(folder, &records)? else {
        let why = "the list of another category can not be used, so extra files are not looked for";
        return Ok(Some(why.into()));
    };
    let parts = u128::from(all.div_ceil(at_once).max(1));
    for part in 0..parts {
        let part = Part { number: part, of: parts };
        let known = known(folder, &records, part, watch)?;
        walk(folder, part, &known, watch, found)?;
    }
    Ok(None)
}

/// A part of all paths, by their hashes.
#[derive(Clone, Copy)]
struct Part {
    number: u128,
    of: u128,
}

impl Part {
    fn has(self, key: u128) -> bool {
        key % self.of == self.number
    }
}

fn key(path: &[u8]) -> u128 {
    let mut key = [0; 16];
    blake3::Hasher::new().update(path).finalize_xof().fill(&mut key);
    u128::from_le_bytes(key)
}

/// A record that is not ours, such as one of Torrent Suite.
fn foreign_record(folder: &ArchiveFolder) -> Result<Option<String>, Failure> {
    for name in names(folder.tree.fd()).map_err(failed(folder, b""))? {
        if let Some(name) = name.to_str().ok().filter(|name| is_record(name))
            && matches!(read_record(&folder.tree, name)?, Found::Damaged | Found::Other)
        {
            return Ok(Some(name.to_owned()));
        }
    }
    Ok(None)
}

fn count(folder: &ArchiveFolder, records: &[(String, Record)]) -> Result<Option<u64>, Failure> {
    let mut all = 0;
    for category in records.iter().flat_map(|(_, record)| record.categories.values()) {
        let mut entries = match folder.entries(category) {
            Ok(entries) => entries,
            Err(Failure::BadRecord { .. }) => return Ok(None),
            Err(other) => return Err(other),
        };
        loop {
            match entries.next() {
                Ok(Some(_)) => all += 1,
                Ok(None) => break,
                Err(Failure::BadRecord { .. }) => return Ok(None),
                Err(other) => return Err(other),
            }
        }
    }
    Ok(Some(all))
}

/// The paths of a part that belong here: those of all lists, the folders on their way, and what lies beside the data.
fn known(
    folder: &ArchiveFolder,
    records: &[(String, Record)],
    part: Part,
    watch: &dyn Watch,
) -> Result<HashSet<u128>, Failure> {
    let mut known = HashSet::new();
    let mut add = |path: &[u8]| {
        let key = key(path);
        if part.has(key) {
            known.insert(key);
        }
    };
    for (name, record) in records {
        add(name.as_bytes());
        for category in record.categories.values() {
            watch.go_on()?;
            add(category.list.as_bytes());
            add(category.checksums.as_bytes());
            let mut entries = folder.entries(category)?;
            let mut last = Vec::new();
            while let Some(entry) = entries.next()? {
                add(&entry.path.0);
                let (mut above, _) = split(&entry.path.0);
                if above != last.as_slice() {
                    last = above.to_vec();
                    while !above.is_empty() {
                        add(above);
                        above = split(above).0;
                    }
                }
            }
        }
    }
    Ok(known)
}

fn walk(
    folder: &ArchiveFolder,
    part: Part,
    known: &HashSet<u128>,
    watch: &dyn Watch,
    found: &mut dyn FnMut(Finding),
) -> Result<(), Failure> {
    let root = folder.path();
    let mut waiting: Vec<Vec<u8>> = vec![Vec::new()];
    while let Some(below) = waiting.pop() {
        watch.go_on()?;
        // Each walk meets it; one tells. What is gone is told by the list.
        let unreadable = |errno: Errno| -> Result<Option<Finding>, Failure> {
            let damage = refused(root, &below, errno)?;
            let told = part.number == 0 && matches!(damage, Damage::Unreadable { .. });
            Ok(told.then(|| Finding { path: RawText(below.clone()), damage }))
        };
        let entries = match folder.tree.folder(&below).and_then(Dir::new) {
            Ok(entries) => entries,
            Err(errno) => {
                unreadable(errno)?.into_iter().for_each(&mut *found);
                continue;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(errno) => {
                    unreadable(errno)?.into_iter().for_each(&mut *found);
                    break;
                }
            };
            let name = entry.file_name().to_bytes();
            let own = below.is_empty() && name.starts_with(b".runstow");
            if name == b"." || name == b".." || own {
                continue;
            }
            let path = if below.is_empty() { name.to_vec() } else { [&below, &b"/"[..], name].concat() };
            let mut kind = entry.file_type();
            if kind == FileType::Unknown {
                let at = folder.tree.folder(&below).and_then(|at| disk::stat(at, entry.file_name()));
                kind = at.map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode));
            }
            let key = key(&path);
            if part.has(key) && !known.contains(&key) {
                found(Finding { path: RawText(path.clone()), damage: Damage::Extra { kind: name_of(kind) } });
            }
            if kind == FileType::Directory {
                waiting.push(path);
            }
        }
    }
    Ok(())
}

fn failed(folder: &ArchiveFolder, path: &[u8]) -> impl FnOnce(Errno) -> Failure + use<> {
    Failure::io(crate::failure::Side::Target, "look into", folder.path(), path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Alone;

    /// A list with 40 files, of which each has a twin that is in no list.
    fn archive() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let mut list = String::new();
        for number in 0..40 {
            let below = dir.path().join(format!("folder{}", number % 7));
            std::fs::create_dir_all(&below).unwrap();
            std::fs::write(below.join(format!("{number}")), b"x").unwrap();
            std::fs::write(below.join(format!("{number}.twin")), b"x").unwrap();
            list += &format!(
                "{{\"path\":\"folder{}/{number}\",\"from\":\"run\",\"kind\":\"file\",\"mtime\":1,\"mode\":1,\"uid\":0,\"gid\":0}}\n",
                number % 7
            );
        }
        std::fs::write(dir.path().join("runstow_r_misc.jsonl"), &list).unwrap();
        let record = serde_json::json!({"runstow": 1, "report": {}, "run": {}, "categories": {"misc": {
            "action": "archive", "finished": "", "folders": {}, "hash": "blake3", "list": "runstow_r_misc.jsonl",
            "list_hash": blake3::hash(list.as_bytes()).to_hex().to_string(), "checksums": "runstow_r_misc.b3",
            "files": 40, "links": 0, "folder_count": 0, "bytes": 40, "proof": ""}}});
        std::fs::write(dir.path().join("serialized_r.json"), record.to_string()).unwrap();
        dir
    }

    #[test]
    fn in_several_walks_each_extra_file_is_found_once() {
        let dir = archive();
        let folder = ArchiveFolder::open(dir.path()).unwrap();
        for at_once in [1000, 17, 1] {
            let mut told = Vec::new();
            let unknown =
                find_with(&folder, &Alone, &mut |finding| told.push(finding.path.to_string()), at_once);
            assert_eq!(unknown.unwrap(), None);
            told.sort();
            let mut twins: Vec<String> = (0..40).map(|n| format!("folder{}/{n}.twin", n % 7)).collect();
            twins.sort();
            assert_eq!(told, twins, "{at_once} at once");
        }
    }
}
