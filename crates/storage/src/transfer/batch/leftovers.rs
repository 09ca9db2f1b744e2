//! What earlier attempts have copied and not proven takes room that this one may need, and nobody will take it.

use runstow_lifecycle::manifest::Kind;
use rustix::io::Errno;

use super::super::Run;
use crate::failure::Failure;
use crate::journal::Journal;
use crate::remove;
use crate::tree::{Parents, names};

/// Removes it. An attempt that was displaced and still writes makes no copy that counts: what it notes is looked for, and is
/// copied again when it is not there.
pub(super) fn remove(run: &Run<'_>) -> Result<(), Failure> {
    let journal = &run.journal;
    let failed = |errno| journal.failed("remove copies that are not needed in")(errno);
    let attempts: Vec<u64> = names(journal.fd())
        .map_err(failed)?
        .iter()
        .filter_map(|name| name.to_str().ok()?.strip_prefix("staged-")?.parse().ok())
        .filter(|fence| *fence < journal.fence)
        .collect();
    if attempts.is_empty() {
        return Ok(());
    }
    let mut folders: Vec<_> = attempts.iter().map(|_| Parents::new(journal.tree())).collect();
    let mut reader = run.reader()?;
    while let Some((id, planned)) = reader.next()? {
        run.watch.go_on()?;
        if planned.kind == Kind::Folder || run.slots.get(journal, id)?.is_some() {
            continue;
        }
        for (fence, folders) in attempts.iter().zip(&mut folders) {
            match folders.of(&Journal::staged(*fence, &planned.stored().0)) {
                // In an earlier plan there may have been a folder of that name.
                Ok((folder, name)) => match remove::own_copy(folder, &name) {
                    Ok(()) | Err(Errno::ISDIR) => {}
                    Err(errno) => return Err(failed(errno)),
                },
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {}
                Err(errno) => return Err(failed(errno)),
            }
        }
    }
    for fence in attempts {
        remove::own_empty_tree(journal.tree(), format!("staged-{fence}").as_bytes()).map_err(failed)?;
    }
    Ok(())
}
