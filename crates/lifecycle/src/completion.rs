//! Has a run finished? Markers that the instrument writes last, then a quiet period (lifecycle.md §3, gate 2).

use jiff::{SignedDuration, Timestamp};

/// Files whose presence at the top of a run dir says that the instrument has finished writing.
pub const MARKERS: [&str; 3] = ["explog_final.txt", "explog_final.json", "checksum_status.txt"];

/// The quiet period when the configuration gives none.
pub const DEFAULT_QUIET: SignedDuration = SignedDuration::from_mins(30);

/// What was seen of a run dir.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// The markers that are there.
    pub markers: Vec<&'static str>,
    /// The newest change of the folder or of anything seen in it; none when nothing could be read.
    pub newest: Option<Timestamp>,
}

/// Whether a run is still being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Completion {
    /// A marker is there, and nothing changed for the quiet period.
    Finished,
    /// Something changed within the quiet period.
    Writing {
        /// For people.
        why: String,
    },
    /// Nothing changed for the quiet period, and no marker is there: they are gone, with an archive of ours perhaps, or were
    /// never written.
    Unmarked {
        /// For people.
        why: String,
    },
    /// Nothing proves that it has finished: no action may start on its own.
    Unknown {
        /// For people.
        why: String,
    },
}

impl Completion {
    /// Proven to be finished.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        matches!(self, Self::Finished)
    }

    /// Why it does not count as finished.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Finished => None,
            Self::Writing { why } | Self::Unmarked { why } | Self::Unknown { why } => Some(why),
        }
    }
}

/// Decides from what was seen, the present time and the quiet period.
///
/// A time in the future (a clock that is off) never proves quiet.
#[must_use]
pub fn completion(signs: &Signs, now: Timestamp, quiet: SignedDuration) -> Completion {
    let Some(newest) = signs.newest else {
        return Completion::Unknown {
            why: "no time of change could be read from the run's folder".to_owned(),
        };
    };
    let age = now.duration_since(newest);
    if age.is_negative() {
        return Completion::Unknown {
            why: format!("its newest change is dated in the future ({newest}); check the clocks"),
        };
    }
    if age < quiet {
        return Completion::Writing {
            // The instant, not the age: the text must stay the same while nothing changes.
            why: format!("last changed {newest:.0}; it counts as finished after {quiet:#} without a change"),
        };
    }
    if signs.markers.is_empty() {
        return Completion::Unmarked {
            why: format!("none of {} is there, so the instrument may not have finished", MARKERS.join(", ")),
        };
    }
    Completion::Finished
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(markers: &[&'static str], seconds_ago: i64) -> Completion {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let newest = Some(now - SignedDuration::from_secs(seconds_ago));
        completion(&Signs { markers: markers.to_vec(), newest }, now, DEFAULT_QUIET)
    }

    #[test]
    fn a_marker_and_quiet_prove_the_end() {
        assert!(seen(&["explog_final.txt"], 3600).is_finished());
    }

    #[test]
    fn a_marker_alone_does_not() {
        let Completion::Writing { why } = seen(&["explog_final.json"], 300) else {
            panic!("expected Writing")
        };
        assert!(why.contains("2025-12-31T23:55:00Z"), "{why}");
    }

    #[test]
    fn quiet_alone_does_not() {
        assert!(matches!(seen(&[], 1_000_000), Completion::Unmarked { .. }));
        assert!(matches!(seen(&[], 10), Completion::Writing { .. }));
    }

    #[test]
    fn a_time_in_the_future_proves_nothing() {
        assert!(seen(&["checksum_status.txt"], -60).why().unwrap().contains("future"));
        let none = Signs { markers: vec!["checksum_status.txt"], newest: None };
        assert!(!completion(&none, Timestamp::UNIX_EPOCH, DEFAULT_QUIET).is_finished());
    }
}
