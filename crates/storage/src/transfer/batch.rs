//! Copies batch by batch: while one batch is read back, the next is made durable, and the one after it is copied. A disk
//! then writes and reads all the time.

mod further;
mod leftovers;
mod proving;

use std::ffi::CStr;
use std::os::fd::BorrowedFd;
use std::path::PathBuf;

use rayon::prelude::*;
use runstow_lifecycle::manifest::Kind;
use rustix::io::Errno;

use super::hard_links::{FirstName, HardLinks};
use super::{Run, existing};
use crate::copy::{self, Copied, NotCopied, Way};
use crate::failure::{Failure, Side};
use crate::journal::{Journal, PlanFile, PlanReader, join};
use crate::plan::Planned;
use crate::threads::{pool, readers, writers};
use crate::tree::{Parents, names};
use crate::watch::Phase;
use further::{Firsts, hard_link};
use proving::{make_durable, prove};

/// A batch ends with this many entries or bytes. One `syncfs` serves it all.
const ENTRIES: usize = 4096;
const BYTES: u64 = 256 << 20;

type Entry = (u64, Planned);

/// What is copied together.
#[derive(Default)]
struct Batch {
    copies: Vec<Entry>,
    /// Further names of files that are copied with it, or were before.
    further: Vec<(u64, Planned, FirstName)>,
}

/// A copy of this attempt, not yet proven.
struct Made {
    id: u64,
    stored: Vec<u8>,
    kind: Kind,
    copied: Copied,
    /// A further name of a file that is proven itself.
    same: bool,
}

/// Makes and proves all copies that the journal does not know yet.
pub(crate) fn copy_all(run: &Run<'_>) -> Result<(), Failure> {
    leftovers::remove(run)?;
    let threads = |most| pool(&run.journal, run.head.entries, most);
    let (writing, reading) = (threads(writers(run.watch))?, threads(readers(run.watch))?);
    let mut reader = run.reader()?;
    let (mut links, mut firsts) = (HardLinks::default(), Firsts::default());
    let (mut written, mut durable): (Vec<Made>, Vec<Made>) = (Vec::new(), Vec::new());
    loop {
        let batch = next_batch(run, &mut reader, &mut links)?;
        if batch.copies.is_empty() && batch.further.is_empty() && written.is_empty() && durable.is_empty() {
            return Ok(());
        }
        let (made, synced, proven) = std::thread::scope(|scope| {
            let (before, first) = (std::mem::take(&mut written), std::mem::take(&mut durable));
            let proving = scope.spawn(|| prove(run, &reading, first));
            let syncing = scope.spawn(|| make_durable(run, before));
            let made = copy_batch(run, &writing, batch, &mut firsts);
            (made, joined(syncing), joined(proving))
        });
        proven?;
        durable = synced?;
        written = made?;
    }
}

fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// The next entries without a proven copy.
fn next_batch(run: &Run<'_>, reader: &mut PlanReader<'_>, links: &mut HardLinks) -> Result<Batch, Failure> {
    let (mut batch, mut bytes) = (Batch::default(), 0);
    while batch.copies.len() + batch.further.len() < ENTRIES && bytes < BYTES {
        let Some((id, planned)) = reader.next()? else { break };
        if planned.kind == Kind::Folder {
            continue;
        }
        let first = links.first_of(id, &planned, reader)?;
        let names_a_new_copy = first.as_ref().is_some_and(|first| first.is_new);
        if !names_a_new_copy && is_proven(run, id, &planned)? {
            run.progress(Phase::Copy, planned.identity.size, 1);
            run.progress(Phase::Prove, planned.identity.size, 1);
            continue;
        }
        bytes += planned.identity.size;
        match first {
            Some(first) => batch.further.push((id, planned, first)),
            None => {
                links.copies(id, &planned);
                batch.copies.push((id, planned));
            }
        }
    }
    Ok(batch)
}

/// Does the journal know a proven copy, and is it still there, waiting or in its place?
fn is_proven(run: &Run<'_>, id: u64, planned: &Planned) -> Result<bool, Failure> {
    let Some(slot) = run.slots.get(&run.journal, id)? else { return Ok(false) };
    let stored = &planned.stored().0;
    let mut staged = Parents::new(run.journal.tree());
    if existing::is_copy(&mut staged, &Journal::staged(slot.fence, stored), slot.copy, planned.kind) {
        return Ok(true);
    }
    Ok(existing::is_copy(&mut Parents::new(&run.target.tree), &run.placed(stored), slot.copy, planned.kind))
}

fn copy_batch(
    run: &Run<'_>,
    pool: &rayon::ThreadPool,
    batch: Batch,
    firsts: &mut Firsts,
) -> Result<Vec<Made>, Failure> {
    firsts.next_batch();
    let Batch { copies, further } = batch;
    let chunk = copies.len().div_ceil(pool.current_num_threads() * 4).clamp(1, 64);
    let made: Vec<Vec<(Entry, Result<Copied, NotCopied>)>> = pool.install(|| {
        copies
            .into_par_iter()
            .chunks(chunk)
            .map(|entries| copy_some(run, entries))
            .collect::<Result<Vec<_>, Failure>>()
    })?;
    let mut all = Vec::new();
    let mut changed = Changed::default();
    for ((id, planned), outcome) in made.into_iter().flatten() {
        match outcome {
            Ok(copied) => {
                if planned.hard_linked().is_some() {
                    firsts.note(id, copied);
                }
                let stored = planned.stored().0.clone();
                all.push(Made { id, stored, kind: planned.kind, copied, same: false });
            }
            Err(NotCopied::Changed) => changed.add(run, &planned),
            Err(other) => {
                if other == NotCopied::Damaged {
                    // Once mended it is another file.
                    plan_again(run)?;
                }
                return Err(failure(run, &planned, other));
            }
        }
    }
    if changed.count > 0 {
        // What is planned is not there any more: the next attempt finds out what is.
        plan_again(run)?;
    }
    changed.none()?;
    for (id, planned, first) in further {
        all.push(hard_link(run, id, &planned, &first, firsts)?);
    }
    Ok(all)
}

/// Has the next attempt make a new plan. Where sources may be gone already there can be none.
fn plan_again(run: &Run<'_>) -> Result<(), Failure> {
    if run.journal.is_complete()? { Ok(()) } else { PlanFile::discard(&run.journal) }
}

/// Files that are not what was planned.
#[derive(Default)]
struct Changed {
    count: usize,
    first: PathBuf,
}

impl Changed {
    fn add(&mut self, run: &Run<'_>, planned: &Planned) {
        if self.count == 0 {
            self.first = source_path(run, planned);
        }
        self.count += 1;
    }

    fn none(self) -> Result<(), Failure> {
        if self.count == 0 { Ok(()) } else { Err(Failure::InUse { count: self.count, first: self.first }) }
    }
}

fn source_path(run: &Run<'_>, planned: &Planned) -> PathBuf {
    let start = run.head.bases.get(planned.base).map(|base| base.path.clone()).unwrap_or_default();
    join(&start, &planned.path.0)
}

fn failure(run: &Run<'_>, planned: &Planned, what: NotCopied) -> Failure {
    match what {
        NotCopied::Changed => Failure::InUse { count: 1, first: source_path(run, planned) },
        NotCopied::Damaged => Failure::ArchiveDamaged {
            count: 1,
            first: format!("{}: its content is another", source_path(run, planned).display()),
        },
        NotCopied::Source(errno) => {
            Failure::Io { doing: "copy", path: source_path(run, planned), errno, side: Side::Source }
        }
        NotCopied::Target(errno) => {
            let path = run.target.tree.path().join(run.folder);
            let path = join(&path, &planned.stored().0);
            Failure::Io { doing: "write the copy", path, errno, side: Side::Target }
        }
        NotCopied::Stopped(stop) => Failure::Stopped(stop),
    }
}

type Outcomes = Vec<(Entry, Result<Copied, NotCopied>)>;

fn copy_some(run: &Run<'_>, entries: Vec<Entry>) -> Result<Outcomes, Failure> {
    let mut staged = Parents::new(run.journal.tree());
    let mut outcomes = Vec::with_capacity(entries.len());
    let mut from: Option<(usize, Parents<'_>)> = None;
    for (id, planned) in entries {
        let parents = match from.take().filter(|(base, _)| *base == planned.base) {
            Some(known) => known.1,
            None => Parents::new(run.base(planned.base)?),
        };
        let parents = &mut from.insert((planned.base, parents)).1;
        let outcome = copy_one(run, &planned, parents, &mut staged);
        run.progress(Phase::Copy, 0, 1);
        outcomes.push(((id, planned), outcome));
    }
    Ok(outcomes)
}

fn copy_one(
    run: &Run<'_>,
    planned: &Planned,
    from: &mut Parents<'_>,
    staged: &mut Parents<'_>,
) -> Result<Copied, NotCopied> {
    run.watch.go_on()?;
    let path = Journal::staged(run.journal.fence, &planned.stored().0);
    let original = planned.original.as_ref().and_then(|original| original.text.as_ref());
    let text = planned.text.as_ref().and_then(|text| {
        if let Some(original) = original {
            return Some(original.0.clone());
        }
        let start = &run.head.bases.get(planned.base)?.path;
        copy::in_archive(start, &planned.path.0, &text.0)
    });
    let way = Way { hash: run.hash, watch: run.watch, text: text.as_deref(), direct: run.target.direct };
    let (folder, name) = staged.make(&path).map_err(copy::not_named)?;
    match copy::copy(way, planned, from, (folder, &name)) {
        // Left behind by an earlier try of this attempt, before its slot was written.
        Err(NotCopied::Target(Errno::EXIST)) => {
            remove_leftover(folder, &name).map_err(NotCopied::Target)?;
            copy::copy(way, planned, from, (folder, &name))
        }
        outcome => outcome,
    }
}

/// Removes what lies where a copy is to be made. Where upper and lower case are one, that may be the copy of another entry: a name that
/// is not listed as it is asked for stays, and is told as not unique.
fn remove_leftover(folder: BorrowedFd<'_>, name: &CStr) -> rustix::io::Result<()> {
    if !names(folder)?.iter().any(|there| there.as_c_str() == name) {
        return Err(Errno::NOTUNIQ);
    }
    crate::remove::own_copy(folder, name)
}
