//! The most that one request may remove: a slip of the hand must not empty a disk.

use std::collections::HashMap;

use runstow_lifecycle::{JobAction, Megabytes};

use super::Plan;
use super::able::removes;

/// The most that one request may remove from where it lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Files and links; none: any number.
    pub files: Option<u64>,
    /// Bytes; none: any number.
    pub bytes: Option<u64>,
}

/// What all possible moves of a request would remove.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Removal {
    files: u64,
    bytes: u64,
    /// Moves whose files were not looked at.
    unknown: usize,
}

impl Removal {
    /// Of plans for one run. When there are several, what stays for one because another needs it may go with the last; what
    /// they have in common goes once.
    fn of_run(plans: &[&Plan]) -> Self {
        let several = plans.len() > 1;
        let mut sum = Self::default();
        let mut common = HashMap::new();
        for plan in plans {
            let totals = plan.totals;
            sum.unknown += usize::from(!plan.exact);
            let mut files = (totals.files + totals.links).saturating_sub(totals.stay_files);
            let mut bytes = totals.bytes.saturating_sub(totals.stay_bytes);
            if several {
                files = files.saturating_add(totals.needed_files);
                bytes = bytes.saturating_add(totals.needed_bytes);
                for entry in plan.common.entries().unwrap_or_default().iter().filter(|entry| entry.goes) {
                    common.insert(entry.hash, entry.size);
                    files = files.saturating_sub(1);
                    bytes = bytes.saturating_sub(entry.size);
                }
            }
            sum = sum.and(Self { files, bytes, unknown: 0 });
        }
        let shared = common.values().copied().fold(0, u64::saturating_add);
        sum.and(Self { files: common.len() as u64, bytes: shared, unknown: 0 })
    }

    const fn and(self, other: Self) -> Self {
        Self {
            files: self.files.saturating_add(other.files),
            bytes: self.bytes.saturating_add(other.bytes),
            unknown: self.unknown + other.unknown,
        }
    }
}

/// A request that would remove more than it may. Nothing of it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooMuch {
    /// Too many files.
    #[error(
        "this would remove {would} files and links, what several have in common counted once, and one request may remove at most \
         {may} (max_delete); nothing was done: ask for less at once, or allow more"
    )]
    Files {
        /// So many.
        would: u64,
        /// At most.
        may: u64,
    },
    /// Too many bytes.
    #[error(
        "this would remove {} ({would} bytes), and one request may remove at most {} (max_delete_size); nothing was done: \
         ask for less at once, or allow more",
        Megabytes::from_bytes(*would),
        Megabytes::from_bytes(*may)
    )]
    Bytes {
        /// So many.
        would: u64,
        /// At most.
        may: u64,
    },
    /// Files that could not be counted.
    #[error(
        "there is a limit of what one request may remove, and the files of {moves} moves were not looked at, so that it can \
         not be known; nothing was done: ask for less at once"
    )]
    Unknown {
        /// So many.
        moves: usize,
    },
}

impl Limits {
    /// Is anything limited?
    #[must_use]
    pub const fn any(&self) -> bool {
        self.files.is_some() || self.bytes.is_some()
    }

    /// Must files be looked at before this is asked for?
    #[must_use]
    pub const fn concern(&self, action: JobAction) -> bool {
        self.any() && removes(action)
    }

    /// Does it allow more than this one?
    #[must_use]
    pub fn exceeds(&self, other: &Self) -> bool {
        let more =
            |own: Option<u64>, other: Option<u64>| other.is_some_and(|most| own.is_none_or(|own| own > most));
        more(self.files, other.files) || more(self.bytes, other.bytes)
    }

    /// May the possible ones of these plans be carried out together?
    ///
    /// # Errors
    /// What would be too much, with figures.
    pub fn check(&self, plans: &[Plan]) -> Result<(), TooMuch> {
        let mut runs: HashMap<i64, Vec<&Plan>> = HashMap::new();
        for plan in plans.iter().filter(|plan| plan.is_possible() && self.concern(plan.request.action)) {
            runs.entry(plan.run).or_default().push(plan);
        }
        self.allow(runs.values().map(|plans| Removal::of_run(plans)).fold(Removal::default(), Removal::and))
    }

    fn allow(&self, sum: Removal) -> Result<(), TooMuch> {
        if let Some(may) = self.files.filter(|may| sum.files > *may) {
            return Err(TooMuch::Files { would: sum.files, may });
        }
        if let Some(may) = self.bytes.filter(|may| sum.bytes > *may) {
            return Err(TooMuch::Bytes { would: sum.bytes, may });
        }
        if sum.unknown > 0 { Err(TooMuch::Unknown { moves: sum.unknown }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_may_remove_as_much_as_the_limit_and_no_more() {
        let limits = Limits { files: Some(3), bytes: Some(100) };
        let sum = Removal { files: 3, bytes: 100, unknown: 0 };
        assert_eq!(limits.allow(sum), Ok(()));
        assert_eq!(limits.allow(Removal { files: 4, ..sum }), Err(TooMuch::Files { would: 4, may: 3 }));
        assert_eq!(limits.allow(Removal { bytes: 101, ..sum }), Err(TooMuch::Bytes { would: 101, may: 100 }));
        assert_eq!(limits.allow(Removal { unknown: 2, ..sum }), Err(TooMuch::Unknown { moves: 2 }));
        assert_eq!(Limits { files: Some(0), bytes: None }.allow(Removal::default()), Ok(()));
    }

    #[test]
    fn no_limit_allows_more_than_any() {
        let some = Limits { files: Some(3), bytes: None };
        assert!(Limits::default().exceeds(&some) && !some.exceeds(&Limits::default()));
        assert!(Limits { files: Some(4), ..some }.exceeds(&some) && !some.exceeds(&some));
    }
}
