//! Whose signal processing results a report uses, when they are not its own.

use std::path::{Path, PathBuf};

use runstow_lifecycle::classify::SIGPROC_RESULTS;
use rustix::fs::{CWD, readlinkat};

use crate::onboard::has_onboard_component;
use crate::realpath::realpath;

/// The directory of the parent report, when the report's `sigproc_results` is a link into another report
/// (categories.md §6). None for own results, and for links to the instrument's results in the run.
#[must_use]
pub fn parent_report_dir(report_dir: &Path) -> Option<PathBuf> {
    let link = report_dir.join(SIGPROC_RESULTS);
    readlinkat(CWD, &link, Vec::new()).ok()?;
    let target = realpath(&link);
    let is_results = target.file_name().is_some_and(|name| name == SIGPROC_RESULTS);
    if !is_results || has_onboard_component(&target) {
        return None;
    }
    target.parent().filter(|parent| *parent != realpath(report_dir)).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_into_another_report_names_the_parent() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("parent/sigproc_results")).unwrap();
        let report = |name: &str, target: &str| {
            std::fs::create_dir(root.join(name)).unwrap();
            symlink(target, root.join(name).join(SIGPROC_RESULTS)).unwrap();
            parent_report_dir(&root.join(name))
        };
        assert_eq!(report("child", "../parent/sigproc_results"), Some(root.join("parent")));
        assert_eq!(report("onboard", "../run/onboard_results/sigproc_results"), None);
        assert_eq!(report("itself", "."), None);
        assert_eq!(parent_report_dir(&root.join("parent")), None);
    }
}
