//! Goes through a list, batch by batch, with several threads.

use rayon::prelude::*;
use runstow_lifecycle::manifest::{Entry, Kind};

use super::beside::Said;
use super::choice::Chosen;
use super::entry::{Checked, Way, Wrong, check, refused};
use super::finding::{Damage, Finding};
use super::swapped::Differing;
use super::{Verification, Verified};
use crate::archive::{ArchiveFolder, Recorded};
use crate::failure::{Failure, Side};
use crate::threads::readers;
use crate::tree::Parents;
use crate::watch::{Phase, Watch};

/// Entries that are looked at together.
const BATCH: usize = 4096;

/// Why a list was not read to its end.
pub(super) enum ListFailure {
    /// It can not be used.
    Damaged(Damage),
    /// Something else.
    Other(Failure),
}

impl From<Failure> for ListFailure {
    fn from(failure: Failure) -> Self {
        Self::Other(failure)
    }
}

impl ListFailure {
    /// What a failure to read the list itself means.
    fn of(folder: &ArchiveFolder, failure: Failure) -> Self {
        match failure {
            Failure::BadRecord { why, .. } => Self::Damaged(Damage::List { why }),
            Failure::Io { errno, .. } => {
                refused(folder.path(), b"", errno).map_or_else(Self::Other, Self::Damaged)
            }
            other => Self::Other(other),
        }
    }
}

/// Goes through a list.
pub(super) struct Checking<'c> {
    folder: &'c ArchiveFolder,
    recorded: &'c Recorded,
    way: Way<'c>,
    chosen: Chosen,
    pool: rayon::ThreadPool,
    differing: Differing,
    /// The file that is read when chance chose none: of the least rank.
    spare: Option<(u64, Entry)>,
    verified: &'c mut Verified,
}

impl<'c> Checking<'c> {
    pub(super) fn new(
        verification: &Verification<'_>,
        folder: &'c ArchiveFolder,
        recorded: &'c Recorded,
        watch: &'c dyn Watch,
        verified: &'c mut Verified,
    ) -> Result<Self, Failure> {
        let category = &recorded.category;
        let chosen = Chosen::of(verification.choice, category.bytes);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(readers(watch))
            .thread_name(|n| format!("verify-{n}"));
        let pool = pool.build().map_err(|_| {
            Failure::io(Side::Target, "start threads for", folder.path(), b"")(rustix::io::Errno::AGAIN)
        })?;
        watch.total(chosen.of_number(category.bytes), category.files);
        watch.advance(Phase::Prove, 0, 0);
        let way = Way { root: folder.path(), category, watch };
        let differing = Differing::default();
        Ok(Self { folder, recorded, way, chosen, pool, differing, spare: None, verified })
    }

    pub(super) fn all(&mut self, tell: &mut dyn FnMut(Finding)) -> Result<(), ListFailure> {
        let of_list = |failure| ListFailure::of(self.folder, failure);
        let mut entries = self.folder.entries(&self.recorded.category).map_err(of_list)?;
        let mut said = Said::default();
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let entry = entries.next().map_err(|failure| ListFailure::of(self.folder, failure))?;
            let last = entry.is_none();
            if let Some(entry) = entry {
                said.add(&entry);
                batch.push(entry);
            }
            if last || batch.len() == BATCH {
                self.batch(std::mem::take(&mut batch), tell)?;
            }
            if last {
                break;
            }
        }
        if self.verified.read_files == 0
            && let Some((_, entry)) = self.spare.take()
        {
            let checked = check(self.way, &mut Parents::new(&self.folder.tree), &entry, true)?;
            self.note(entry, Checked { time: false, mode: false, ..checked }, tell);
        }
        self.differing.tell(tell);
        self.verified.complete = self.chosen.is_all();
        self.verified.files += said.files;
        self.verified.links += said.links;
        self.verified.folders += said.folders;
        self.verified.bytes += said.bytes;
        said.against_record(self.recorded).into_iter().for_each(&mut *tell);
        said.against_checksums(self.folder, &self.recorded.category)?.into_iter().for_each(tell);
        Ok(())
    }

    fn batch(&mut self, batch: Vec<Entry>, tell: &mut dyn FnMut(Finding)) -> Result<(), Failure> {
        let (way, chosen, tree) = (self.way, self.chosen, &self.folder.tree);
        let chunk = batch.len().div_ceil(self.pool.current_num_threads() * 4).clamp(1, 64);
        let checked: Vec<Result<Vec<Checked>, Failure>> = self.pool.install(|| {
            let chunks = batch.par_chunks(chunk).map(|some| {
                let mut parents = Parents::new(tree);
                let look = |entry: &Entry| {
                    let checked = check(way, &mut parents, entry, chosen.takes(&entry.path.0))?;
                    if entry.kind == Kind::File {
                        way.watch.advance(Phase::Prove, 0, 1);
                    }
                    Ok(checked)
                };
                some.iter().map(look).collect()
            });
            chunks.collect()
        });
        let mut entries = batch.into_iter();
        for some in checked {
            for (checked, entry) in some?.into_iter().zip(entries.by_ref()) {
                self.note(entry, checked, tell);
            }
        }
        Ok(())
    }

    fn note(&mut self, entry: Entry, checked: Checked, tell: &mut dyn FnMut(Finding)) {
        let verified = &mut *self.verified;
        if let Some(bytes) = checked.read {
            verified.read_files += 1;
            verified.read_bytes += bytes;
            verified.from_medium &= !checked.from_memory;
        }
        if checked.time {
            verified.times.add(&entry.path);
        }
        if checked.mode {
            verified.modes.add(&entry.path);
        }
        match (checked.wrong, entry.hash) {
            (Some(Wrong::Damage(damage)), _) => tell(Finding { path: entry.path, damage }),
            (Some(Wrong::Differs { found, size }), Some(hash)) => {
                if self.differing.add(entry.path, (hash, entry.size), (found, size)) {
                    self.differing.tell(tell);
                }
            }
            (Some(Wrong::Differs { .. }), None) => {}
            (None, _) if entry.kind == Kind::File && checked.read.is_none() => {
                let rank = self.chosen.rank(&entry.path.0);
                if self.spare.as_ref().is_none_or(|(least, _)| rank < *least) {
                    self.spare = Some((rank, entry));
                }
            }
            (None, _) => {}
        }
    }
}
