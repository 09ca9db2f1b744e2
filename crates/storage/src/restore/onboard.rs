//! The link by which a report uses what the instrument computed. It is in no archive, as links to folders are not; without it these
//! files would be nobody's (categories.md §5).

use std::os::unix::ffi::OsStrExt as _;

use runstow_lifecycle::classify::{ONBOARD_RESULTS, SIGPROC_RESULTS};
use rustix::io::Errno;

use super::Restore;
use crate::disk;
use crate::failure::{Failure, Side};
use crate::target::OpenTarget;
use crate::trash::{make_start, proven};
use crate::tree::{Tree, c_name};

/// Makes the link of a report whose basecalling input lies with the run, if nothing has its name. What can not be done is told.
pub(super) fn link(restore: &Restore<'_>, left_alone: &mut Vec<String>) -> Result<(), Failure> {
    let (Some(report), Some(run)) = (restore.report.report_dir, restore.run_dir) else { return Ok(()) };
    let results = run.join(ONBOARD_RESULTS).join(SIGPROC_RESULTS);
    if !results.is_dir() {
        return Ok(());
    }
    let roots = proven(restore.roots)?;
    roots.iter().try_for_each(OpenTarget::check)?;
    let not_made = |why: String| {
        format!(
            "{}: the link to {} could not be made ({why})",
            report.join(SIGPROC_RESULTS).display(),
            results.display()
        )
    };
    if let Err(error) = make_start(report, &roots) {
        left_alone.push(not_made(error.to_string()));
        return Ok(());
    }
    let failed = |errno| Failure::io(Side::Target, "link the instrument's results in", report, b"")(errno);
    let folder = Tree::open(report).map_err(failed)?;
    let name = c_name(SIGPROC_RESULTS.as_bytes()).map_err(failed)?;
    match disk::symlink(results.as_os_str().as_bytes(), folder.fd(), &name) {
        Ok(()) | Err(Errno::EXIST) => disk::sync(folder.fd()).map_err(failed),
        Err(errno @ (Errno::PERM | Errno::ACCESS | Errno::NOTSUP)) => {
            left_alone.push(not_made(errno.to_string()));
            Ok(())
        }
        Err(errno) => Err(failed(errno)),
    }
}
