//! Folders at a destination that moves have chosen and nothing lies in yet: two reports whose directories have one name do not share
//! one.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use runstow_lifecycle::Category;

/// Whose files go to a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum FilesOf {
    Run(i64),
    Report(i64),
}

impl FilesOf {
    /// Of a category of a report.
    pub(super) const fn category(category: Category, run: i64, report: i64) -> Self {
        match category {
            Category::Sigproc => Self::Run(run),
            Category::Basecall | Category::Output | Category::Misc => Self::Report(report),
        }
    }
}

/// Who has chosen which folder first: jobs that have not ended, and earlier plans of the request.
#[derive(Default)]
pub(super) struct Folders(Mutex<HashMap<String, FilesOf>>);

impl Folders {
    /// Notes that somebody's files go to a folder.
    pub(super) fn take(&self, folder: &str, files: FilesOf) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(folder.to_owned()).or_insert(files);
    }

    /// Do the files of others go there?
    pub(super) fn is_taken(&self, folder: &str, files: FilesOf) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(folder).is_some_and(|first| *first != files)
    }
}
