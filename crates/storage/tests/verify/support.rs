//! An archive that is made and verified.

use std::path::PathBuf;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use runstow_lifecycle::Category;
use runstow_storage::verify::{Choice, Finding, Verification, Verified, verify};
use runstow_storage::{Alone, Failure, Watch};

use crate::ground::{Ground, Request, whose};

/// The hook for faults is one for the process: who breaks steps is alone.
pub(crate) static QUIET: RwLock<()> = RwLock::new(());

/// An archive of one category.
pub(crate) struct Archive {
    pub(crate) ground: Ground,
    pub(crate) category: Category,
    pub(crate) _quiet: Option<RwLockReadGuard<'static, ()>>,
}

/// What was told: path and word of each finding, in order of paths.
pub(crate) type Told = Vec<(String, &'static str)>;

impl Archive {
    /// Of the ground with all kinds of entries.
    pub(crate) fn new(category: Category) -> Self {
        Self::of(Ground::new(), category, Ground::fill)
    }

    pub(crate) fn of(ground: Ground, category: Category, fill: impl FnOnce(&Ground)) -> Self {
        let quiet = Some(QUIET.read().unwrap_or_else(PoisonError::into_inner));
        Self { _quiet: quiet, ..Self::alone(ground, category, fill) }
    }

    /// For those who are alone.
    pub(crate) fn alone(ground: Ground, category: Category, fill: impl FnOnce(&Ground)) -> Self {
        fill(&ground);
        ground.go(Request::archive(category)).unwrap();
        Self { ground, category, _quiet: None }
    }

    pub(crate) fn place(&self) -> PathBuf {
        self.ground.target().join(Ground::folder(self.category))
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.place().join(path)
    }

    pub(crate) fn verify(&self) -> (Verified, Vec<Finding>) {
        self.choose(Choice::All)
    }

    pub(crate) fn choose(&self, choice: Choice) -> (Verified, Vec<Finding>) {
        self.watched(choice, &Alone).unwrap()
    }

    pub(crate) fn watched(
        &self,
        choice: Choice,
        watch: &dyn Watch,
    ) -> Result<(Verified, Vec<Finding>), Failure> {
        let place = self.place();
        let verification = Verification {
            folder: &place,
            target: None,
            category: self.category,
            whose: Some(whose()),
            choice,
            extras: true,
        };
        let mut findings = Vec::new();
        let verified = verify(&verification, watch, &mut |finding| findings.push(finding))?;
        assert_eq!(verified.findings(), findings.len() as u64);
        Ok((verified, findings))
    }

    /// What a whole reading tells.
    pub(crate) fn told(&self) -> Told {
        told(&self.verify().1)
    }
}

pub(crate) fn told(findings: &[Finding]) -> Told {
    let mut told: Told =
        findings.iter().map(|finding| (finding.path.to_string(), finding.damage.word())).collect();
    told.sort();
    told
}

/// One finding.
pub(crate) fn one(path: &str, word: &'static str) -> Told {
    vec![(path.to_owned(), word)]
}
