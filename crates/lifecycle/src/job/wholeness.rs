//! What a verification has found an archive to be.

use super::words::words;

words! {
    /// What a verification has found an archive to be.
    Wholeness, "an outcome of a verification" {
        /// Everything that was looked at is as it was written.
        Whole = "whole",
        /// Something is not.
        Damaged = "damaged",
        /// There is nothing to compare with: whoever archived it wrote no record of Runstow.
        Unproven = "unproven",
    }
}

impl Wholeness {
    /// What is known after a further verification. One that has only read a sample does not take damage back.
    #[must_use]
    pub const fn then(self, next: Self, complete: bool) -> Self {
        match (self, next) {
            (Self::Damaged, Self::Whole) if !complete => Self::Damaged,
            _ => next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Wholeness::{self, Damaged, Unproven, Whole};

    #[test]
    fn only_a_complete_reading_takes_damage_back() {
        assert_eq!(Damaged.then(Whole, false), Damaged);
        assert_eq!(Damaged.then(Whole, true), Whole);
        assert_eq!(Whole.then(Damaged, false), Damaged);
        assert_eq!(Damaged.then(Unproven, false), Unproven);
        for outcome in Wholeness::ALL {
            assert_eq!(outcome.name().parse(), Ok(outcome));
        }
    }
}
