//! Makes copies durable, and reads them back.

use rayon::prelude::*;
use runstow_lifecycle::manifest::Kind;

use super::super::Run;
use super::Made;
use crate::copy::{self, Copied, NotCopied};
use crate::disk;
use crate::failure::{Failure, Side};
use crate::journal::{Journal, Slot, join};
use crate::tree::Parents;
use crate::watch::Phase;

/// Makes a batch durable.
pub(super) fn make_durable(run: &Run<'_>, made: Vec<Made>) -> Result<Vec<Made>, Failure> {
    if !made.is_empty() {
        disk::sync_file_system(run.target.tree.fd()).map_err(Failure::io(
            Side::Target,
            "make durable what was copied to",
            run.target.tree.path(),
            b"",
        ))?;
    }
    Ok(made)
}

/// Reads a batch back that was made durable, and notes what is proven.
pub(super) fn prove(run: &Run<'_>, pool: &rayon::ThreadPool, made: Vec<Made>) -> Result<(), Failure> {
    if made.is_empty() {
        return Ok(());
    }
    let chunk = made.len().div_ceil(pool.current_num_threads() * 4).clamp(1, 64);
    let read: Vec<Result<Vec<(u64, Slot)>, Failure>> = pool.install(|| {
        made.par_chunks(chunk).map(|some| some.iter().map(|made| prove_one(run, made)).collect()).collect()
    });
    for slots in read {
        for (id, slot) in slots? {
            run.slots.put(&run.journal, id, &slot)?;
        }
    }
    // They become durable with the next batch, and with all others before a source is removed. Waiting for them here would
    // keep the disk from reading; after a power cut one batch is copied again.
    Ok(())
}

fn prove_one(run: &Run<'_>, made: &Made) -> Result<(u64, Slot), Failure> {
    let fence = run.journal.fence;
    let Copied { hash, copy, attributes, lacks } = made.copied;
    let slot =
        |from_medium| (made.id, Slot { hash, copy, fence, attributes, lacks, from_medium, shared: false });
    let path = Journal::staged(fence, &made.stored);
    let damaged = || Failure::Damaged { path: join(run.journal.path(), &path) };
    if made.same {
        return Ok(slot(true));
    }
    let mut parents = Parents::new(run.journal.tree());
    let (folder, name) = parents.of(&path).map_err(run.journal.failed("find the copy to read back in"))?;
    if made.kind == Kind::Link {
        let there = copy::link_hash(folder, &name).map_err(run.journal.failed("read back a link in"))?;
        run.progress(Phase::Prove, 0, 1);
        return if there == hash { Ok(slot(true)) } else { Err(damaged()) };
    }
    let read = match copy::read_back(run.hash, folder, &name, Phase::Prove, run.watch) {
        Ok(read) => read,
        Err(NotCopied::Stopped(stop)) => return Err(stop.into()),
        Err(NotCopied::Source(errno) | NotCopied::Target(errno)) => {
            let path = join(run.journal.path(), &path);
            return Err(Failure::Io { doing: "read back the copy", path, errno, side: Side::Target });
        }
        Err(NotCopied::Changed | NotCopied::Damaged) => return Err(damaged()),
    };
    if read.hash != hash || read.identity != copy {
        return Err(damaged());
    }
    run.progress(Phase::Prove, 0, 1);
    Ok(slot(read.from_medium))
}
