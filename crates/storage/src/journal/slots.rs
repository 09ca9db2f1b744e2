//! For each entry of a plan a place of fixed size that says whether it has a proven copy.
//!
//! A slot is written whole or not at all: it carries a check of its own, and one that is torn counts as empty. Then the
//! copy is made again.

use std::ffi::CString;
use std::os::fd::OwnedFd;

use runstow_lifecycle::manifest::Hash;
use rustix::io::Errno;

use super::{Head, Journal};
use crate::copy::Lacks;
use crate::disk;
use crate::failure::Failure;
use crate::identity::Identity;

const SIZE: usize = 96;

/// A proven copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    /// Hash of the content of a file, of the text of a link.
    pub(crate) hash: Hash,
    /// The copy.
    pub(crate) copy: Identity,
    /// The attempt that made it, which names its folder.
    pub(crate) fence: u64,
    /// The source has extended attributes.
    pub(crate) attributes: bool,
    /// What the copy could not be given.
    pub(crate) lacks: Lacks,
    /// The medium was surely read, not memory.
    pub(crate) from_medium: bool,
    /// The copy was at its place before: it belongs to another category too.
    pub(crate) shared: bool,
}

/// The slots of a journal.
pub(crate) struct Slots {
    file: OwnedFd,
}

impl Slots {
    /// Those of a plan: entries of another have other numbers.
    pub(crate) fn open(journal: &Journal, plan: &Head) -> Result<Self, Failure> {
        let failed = |errno| journal.failed("open the slots of the journal")(errno);
        let name = CString::new(format!("slots-{}", plan.made_by)).map_err(|_| failed(Errno::INVAL))?;
        Ok(Self { file: disk::open_journal_file(journal.fd(), &name).map_err(failed)? })
    }

    /// The slot of an entry, unless it is empty.
    pub(crate) fn get(&self, journal: &Journal, entry: u64) -> Result<Option<Slot>, Failure> {
        let mut bytes = [0; SIZE];
        let filled = disk::fill_at(&self.file, &mut bytes, entry * SIZE as u64)
            .map_err(journal.failed("read the slots of the journal"))?;
        Ok(if filled { decode(&bytes, entry) } else { None })
    }

    /// Fills the slot of an entry.
    pub(crate) fn put(&self, journal: &Journal, entry: u64, slot: &Slot) -> Result<(), Failure> {
        disk::write_at(&self.file, &encode(slot, entry), entry * SIZE as u64)
            .map_err(journal.failed("write the slots of the journal"))
    }

    /// Empties the slot of an entry: it has no proven copy any more.
    pub(crate) fn clear(&self, journal: &Journal, entry: u64) -> Result<(), Failure> {
        disk::write_at(&self.file, &[0; SIZE], entry * SIZE as u64)
            .map_err(journal.failed("write the slots of the journal"))
    }

    /// Makes all slots durable.
    pub(crate) fn sync(&self, journal: &Journal) -> Result<(), Failure> {
        disk::sync(&self.file).map_err(journal.failed("write the slots of the journal"))
    }
}

fn encode(slot: &Slot, entry: u64) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    bytes[0] = 1;
    // Two in one byte: the rest is taken.
    bytes[1] = u8::from(slot.attributes) | slot.lacks.byte() << 1;
    bytes[2] = u8::from(slot.from_medium);
    bytes[3] = u8::from(slot.shared);
    bytes[4..8].copy_from_slice(&slot.copy.mtime_ns.to_le_bytes());
    bytes[8..16].copy_from_slice(&slot.fence.to_le_bytes());
    bytes[16..24].copy_from_slice(&slot.copy.inode.to_le_bytes());
    bytes[24..32].copy_from_slice(&slot.copy.size.to_le_bytes());
    bytes[32..40].copy_from_slice(&slot.copy.mtime.to_le_bytes());
    bytes[40..72].copy_from_slice(&slot.hash.0);
    let check = check(&bytes, entry);
    bytes[72..96].copy_from_slice(&check);
    bytes
}

fn decode(bytes: &[u8; SIZE], entry: u64) -> Option<Slot> {
    if bytes[0] != 1 || bytes[72..96] != check(bytes, entry) {
        return None;
    }
    let number = |at: usize| bytes[at..at + 8].try_into().map_or(0, u64::from_le_bytes);
    Some(Slot {
        hash: Hash(bytes[40..72].try_into().ok()?),
        copy: Identity {
            inode: number(16),
            size: number(24),
            mtime: number(32).cast_signed(),
            mtime_ns: bytes[4..8].try_into().map_or(0, u32::from_le_bytes),
        },
        fence: number(8),
        attributes: bytes[1] & 1 == 1,
        lacks: Lacks::from_byte(bytes[1] >> 1),
        from_medium: bytes[2] == 1,
        shared: bytes[3] == 1,
    })
}

fn check(bytes: &[u8; SIZE], entry: u64) -> [u8; 24] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&entry.to_le_bytes()).update(&bytes[..72]);
    let mut check = [0; 24];
    check.copy_from_slice(&hasher.finalize().as_bytes()[..24]);
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_whole_or_empty() {
        let copy = Identity { inode: 7, size: 1 << 40, mtime: -3, mtime_ns: 999_999_999 };
        let slot = Slot {
            hash: Hash([9; 32]),
            copy,
            fence: 12,
            attributes: true,
            lacks: Lacks::from_byte(9),
            from_medium: false,
            shared: true,
        };
        let bytes = encode(&slot, 5);
        assert_eq!(decode(&bytes, 5), Some(slot));
        assert_eq!(decode(&bytes, 6), None, "a slot in another's place");
        for at in 0..SIZE {
            let mut torn = bytes;
            torn[at] ^= 1;
            assert_eq!(decode(&torn, 5), None, "byte {at}");
        }
        assert_eq!(decode(&[0; SIZE], 0), None);
    }
}
