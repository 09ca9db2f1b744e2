//! Does a report leave the instrument's results alone? (categories.md §5)

use std::path::Path;

use runstow_lifecycle::classify::{ONBOARD_RESULTS, SIGPROC_RESULTS};

use crate::realpath::realpath;

/// A thumbnail report does; any other does unless its own `sigproc_results` leads into a folder `onboard_results`.
///
/// A dangling link counts as far as it goes, so the answer stays right after the instrument's results were removed. Ask
/// for the local report and store the answer: once the report is gone, the link is too (categories.md D14).
#[must_use]
pub fn leaves_onboard(report_dir: Option<&Path>, thumbnail: bool) -> bool {
    let uses = |dir: &Path| has_onboard_component(&realpath(&dir.join(SIGPROC_RESULTS)));
    thumbnail || !report_dir.is_some_and(uses)
}

/// Is `onboard_results` one of the folders of this path? Whole names count, not parts of names.
pub(crate) fn has_onboard_component(path: &Path) -> bool {
    path.components().any(|c| c.as_os_str() == ONBOARD_RESULTS)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_a_link_into_the_instruments_results_uses_them() {
        let dir = tempfile::tempdir().unwrap();
        let report = |name: &str, target: Option<&str>| {
            let path = dir.path().join(name);
            std::fs::create_dir(&path).unwrap();
            if let Some(target) = target {
                symlink(target, path.join(SIGPROC_RESULTS)).unwrap();
            }
            path
        };
        let full_chip = report("full", Some("../run/onboard_results/sigproc_results"));
        assert!(!leaves_onboard(Some(&full_chip), false));
        assert!(leaves_onboard(Some(&full_chip), true));
        assert!(leaves_onboard(Some(&report("pgm", None)), false));
        assert!(leaves_onboard(Some(&report("child", Some("../my_onboard_results/sigproc_results"))), false));
        assert!(leaves_onboard(None, false));
    }
}
