//! The gates before a move (lifecycle.md §3), each with a verdict and a reason.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GateName {
    /// The category is in a state from which the action may begin.
    State,
    /// No job has the files, and no other part of the same request.
    Job,
    /// Nobody has registered that the files are in use.
    Holds,
    /// The run is finished.
    Finished,
    /// The files are not kept.
    Keep,
    /// No other report needs the files.
    Linked,
    /// The folders are there, on the volumes that they should be on.
    Source,
    /// Not much of the volume vanished at once.
    Vanished,
    /// There are such files, and all of them can be read.
    Files,
    /// The destination is the one that is meant, can be written, and is not part of the source.
    Destination,
    /// It has room for these files and for what was asked for before.
    Room,
}

impl GateName {
    /// All gates, in the order in which they are shown.
    pub const ALL: [Self; 11] = [
        Self::State,
        Self::Job,
        Self::Holds,
        Self::Finished,
        Self::Keep,
        Self::Linked,
        Self::Source,
        Self::Vanished,
        Self::Files,
        Self::Destination,
        Self::Room,
    ];

    /// What usually opens it when a person says so.
    #[must_use]
    pub const fn confirmation(self) -> Option<Confirmation> {
        match self {
            Self::Keep => Some(Confirmation::Kept),
            Self::Finished => Some(Confirmation::Unfinished),
            Self::Linked => Some(Confirmation::Linked),
            Self::Destination => Some(Confirmation::NotMounted),
            Self::State => Some(Confirmation::Archived),
            Self::Job | Self::Holds | Self::Source | Self::Vanished | Self::Files | Self::Room => None,
        }
    }

    /// The word for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Job => "job",
            Self::Holds => "holds",
            Self::Finished => "finished",
            Self::Keep => "keep",
            Self::Linked => "linked",
            Self::Source => "source",
            Self::Vanished => "vanished",
            Self::Files => "files",
            Self::Destination => "destination",
            Self::Room => "room",
        }
    }
}

impl fmt::Display for GateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a person can confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// Archive what is kept; it stays kept.
    Kept,
    /// Move files of runs that nothing proves to be finished.
    Unfinished,
    /// Delete files that other reports use through links.
    Linked,
    /// Take a destination where nothing is mounted.
    NotMounted,
    /// What is at the destination is a new archive, in the place of the one that was there before.
    NewArchive,
    /// Delete archived copies, which are the only ones.
    Archived,
}

impl Confirmation {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Kept, Self::Unfinished, Self::Linked, Self::NotMounted, Self::NewArchive, Self::Archived];

    /// The word for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Unfinished => "unfinished",
            Self::Linked => "linked",
            Self::NotMounted => "not_mounted",
            Self::NewArchive => "new_archive",
            Self::Archived => "archived",
        }
    }
}

impl fmt::Display for Confirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a gate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing is in the way.
    Passed,
    /// Something is in the way that was confirmed.
    Confirmed,
    /// The job can be asked for; it waits until this is over.
    Waits,
    /// It was not looked at; the reason says how it can be.
    Open,
    /// It takes a confirmation.
    Confirm,
    /// It can not be done.
    Failed,
}

impl Verdict {
    /// All verdicts, from good to bad.
    pub const ALL: [Self; 6] =
        [Self::Passed, Self::Confirmed, Self::Waits, Self::Open, Self::Confirm, Self::Failed];

    /// The word for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Confirmed => "confirmed",
            Self::Waits => "waits",
            Self::Open => "open",
            Self::Confirm => "confirm",
            Self::Failed => "failed",
        }
    }

    /// Does it keep the move from being asked for?
    #[must_use]
    pub const fn objects(self) -> bool {
        matches!(self, Self::Confirm | Self::Failed)
    }

    /// Should a person know about it before agreeing?
    #[must_use]
    pub const fn warns(self) -> bool {
        matches!(self, Self::Confirmed | Self::Waits)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Gate {
    /// What a person has to confirm before it opens.
    #[must_use]
    pub const fn wants(&self) -> Option<Confirmation> {
        match self.verdict {
            Verdict::Confirm => self.confirmation,
            _ => None,
        }
    }
}

/// What one gate says about one move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Which gate.
    pub name: GateName,
    /// What it says.
    pub verdict: Verdict,
    /// Why, in a sentence for people.
    pub reason: String,
    /// When the verdict changes by itself, in microseconds since 1970 UTC, as far as that is known.
    pub changes_us: Option<i64>,
    /// What opens it when a person says so.
    pub(super) confirmation: Option<Confirmation>,
}

/// Gates as they are judged, one after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Gates(Vec<Gate>);

impl Gates {
    pub(super) fn add(&mut self, name: GateName, verdict: Verdict, reason: impl Into<String>) {
        self.add_until(name, verdict, reason, None);
    }

    /// A gate that opens when this is confirmed, if that is another confirmation than usual.
    pub(super) fn confirm(&mut self, name: GateName, with: Confirmation, said: bool, reason: String) {
        let verdict = if said { Verdict::Confirmed } else { Verdict::Confirm };
        self.0.push(Gate { name, verdict, reason, changes_us: None, confirmation: Some(with) });
    }

    pub(super) fn add_until(
        &mut self,
        name: GateName,
        verdict: Verdict,
        reason: impl Into<String>,
        changes_us: Option<i64>,
    ) {
        let confirmation = name.confirmation();
        self.0.push(Gate { name, verdict, reason: reason.into(), changes_us, confirmation });
    }

    /// Fails for each objection; passes when there is none.
    pub(super) fn judge(
        &mut self,
        name: GateName,
        objections: impl IntoIterator<Item = String>,
        passed: &str,
    ) {
        let before = self.0.len();
        for objection in objections {
            self.add(name, Verdict::Failed, objection);
        }
        if self.0.len() == before {
            self.add(name, Verdict::Passed, passed);
        }
    }

    /// In the order of [`GateName::ALL`].
    pub(super) fn done(mut self) -> Vec<Gate> {
        self.0.sort_by_key(|gate| GateName::ALL.iter().position(|name| *name == gate.name));
        self.0
    }
}
