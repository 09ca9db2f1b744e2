//! How far a job has come, by its journal.

use rustix::io::Errno;

use crate::failure::{Failure, Side};
use crate::journal::{INCOMING, Journal};
use crate::target::{OpenTarget, Target};

/// Does a journal say that all copies of a job are in their place? Without one it does not.
///
/// # Errors
/// When the target does not answer.
pub fn is_complete(target: &Target<'_>, job: &str) -> Result<bool, Failure> {
    ask(target, job, Journal::is_complete)
}

/// Does a journal say that sources may be gone? Then [`super::undo`] comes too late. Without one it does not.
///
/// # Errors
/// When the target does not answer.
pub fn may_have_removed(target: &Target<'_>, job: &str) -> Result<bool, Failure> {
    ask(target, job, Journal::may_have_removed)
}

fn ask(target: &Target<'_>, job: &str, what: fn(&Journal) -> Result<bool, Failure>) -> Result<bool, Failure> {
    let target = OpenTarget::open(target.clone())?;
    let path = format!("{INCOMING}/{job}");
    match target.tree.within(path.as_bytes()) {
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => {
            Err(Failure::io(Side::Target, "open the journal", target.tree.path(), path.as_bytes())(errno))
        }
        Ok(tree) => what(&Journal::of(tree, 0)),
    }
}
