//! Which state may follow which (lifecycle.md §2, "Legal moves").

use super::State;
use State::{
    Acknowledged, ArchivePending, Archived, Archiving, DeletePending, Deleted, Deleting, Error,
    ExportPending, Exporting, Importing, Local, Notified, Selected,
};

/// A move that the lifecycle does not know.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
#[error(
    "a category that is {} ({from}) cannot become {} ({to}); it can become: {}",
    from.label(),
    to.label(),
    codes(from.next())
)]
pub struct IllegalMove {
    /// The state it is in.
    pub from: State,
    /// The state that was asked for.
    pub to: State,
}

fn codes(states: &[State]) -> String {
    if states.is_empty() {
        "nothing".to_owned()
    } else {
        states.iter().map(|s| s.code()).collect::<Vec<_>>().join(", ")
    }
}

impl State {
    /// All states that may follow this one.
    ///
    /// A pending state leads back to where it was asked for (cancel): at rest, or archived for an export of an archived
    /// set. `E` leads where a person may decide to go: try again, or back to a place where the files are known to be;
    /// that is `DD` for a restore of what was deleted.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        match self {
            Local => &[Selected, ArchivePending, ExportPending, DeletePending, Deleting],
            Selected => &[Notified, ArchivePending, ExportPending, DeletePending, Deleting],
            Notified => &[Acknowledged, ArchivePending, ExportPending, DeletePending, Deleting],
            Acknowledged => &[ArchivePending, ExportPending, DeletePending, Deleting],
            ArchivePending => &[Archiving, Local, Selected, Notified, Acknowledged],
            ExportPending => &[Exporting, Local, Selected, Notified, Acknowledged, Archived],
            DeletePending => &[Deleting, Local, Selected, Notified, Acknowledged],
            Archiving => &[Archived, Error],
            Exporting => &[Local, Archived, Error],
            Deleting => &[Deleted, Error],
            Importing => &[Local, Error],
            Archived => &[Importing, ExportPending, Deleting],
            Deleted => &[Importing],
            Error => &[
                ArchivePending,
                ExportPending,
                DeletePending,
                Archiving,
                Exporting,
                Deleting,
                Importing,
                Local,
                Archived,
                Deleted,
            ],
        }
    }

    /// May `next` follow this state?
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        self.next().contains(&next)
    }

    /// The move as a value, or why it is refused.
    ///
    /// # Errors
    /// [`IllegalMove`] when the lifecycle does not know the move.
    pub fn step(self, next: Self) -> Result<Self, IllegalMove> {
        if self.may_become(next) { Ok(next) } else { Err(IllegalMove { from: self, to: next }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path(codes: &str) -> Result<(), IllegalMove> {
        let states: Vec<State> = codes.split(' ').map(|c| c.parse().unwrap()).collect();
        states.windows(2).try_for_each(|w| w[0].step(w[1]).map(drop))
    }

    #[test]
    fn the_documented_ways_are_open() {
        for from in ["L", "S", "N", "A"] {
            for rest in ["SA AG AD", "SE EG L", "SD DG DD", "DG DD"] {
                path(&format!("{from} {rest}")).unwrap();
            }
            for pending in ["SA", "SE", "SD"] {
                path(&format!("{from} {pending} {from}")).unwrap();
            }
        }
        for way in [
            "L S N A DG DD",
            "AD IG L",
            "DD IG L",
            "AD SE EG AD",
            "AD SE AD",
            "AD DG DD",
            "AG E",
            "EG E AD",
            "DD IG E DD",
        ] {
            path(way).unwrap();
        }
    }

    #[test]
    fn shortcuts_are_refused_and_named() {
        for way in
            ["L AD", "L DD", "L AG", "L EG", "L N", "SA AD", "AD L", "DD L", "AD SA", "DD DG", "L E", "AD DD"]
        {
            assert!(path(way).is_err(), "{way}");
        }
        let text = State::Local.step(State::Archived).unwrap_err().to_string();
        assert_eq!(
            text,
            "a category that is Local (L) cannot become Archived (AD); it can become: S, SA, SE, SD, DG"
        );
    }

    proptest! {
        /// Whatever is asked for, files that are gone only come back through an import, and nothing ends as archived
        /// or deleted without the running state before it.
        #[test]
        fn no_walk_skips_a_running_state(asked in proptest::collection::vec(0usize..14, 1..60)) {
            let mut now = State::Local;
            for i in asked {
                let Ok(next) = now.step(State::ALL[i]) else { continue };
                prop_assert_ne!(now, next);
                if next == State::Deleted { prop_assert!(matches!(now, State::Deleting | State::Error)); }
                if next == State::Archived {
                    prop_assert!(matches!(now, State::Archiving | State::Exporting | State::ExportPending | State::Error));
                }
                if now == State::Deleted { prop_assert_eq!(next, State::Importing); }
                if next == State::Error { prop_assert!(now.running()); }
                now = next;
            }
        }
    }
}
