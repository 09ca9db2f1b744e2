//! What a worker's thread and the catalog tell each other while a job is carried out.

mod undoing;

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use runstow_catalog::{
    Catalog, Lease, Progress, Published, Sources, StoredPath, Ticket, Told, TrashFilter, Trashed, times,
};
use runstow_lifecycle::{Category, Phase};
use runstow_storage::{Failure, Stop, Watch, uptime};
use tokio::runtime::Handle;

use super::bandwidth::Bucket;
use super::first_removal::FirstRemoval;
use super::subject::Subject;
use super::vanished::vanished;
use crate::keep_file::KeepFile;
pub(super) use undoing::Undoing;

/// A job in hand.
pub(super) struct Hand {
    catalog: Catalog,
    ticket: Ticket,
    lease: Duration,
    runtime: Handle,
    /// Until this machine has been up so long the lease surely holds.
    until: Mutex<Duration>,
    lost: AtomicBool,
    cancelled: AtomicBool,
    /// Copies are complete: from now on a cancel comes too late, and the way is forward.
    past_return: AtomicBool,
    keep_file: KeepFile,
    first_removal: FirstRemoval,
    /// The catalog knows where the archive is.
    published: AtomicBool,
    ending: Arc<AtomicBool>,
    /// Limits of bandwidth.
    buckets: OnceLock<Vec<Arc<Bucket>>>,
    files_at_a_time: Option<NonZeroUsize>,
    phase: AtomicU8,
    bytes: AtomicI64,
    files: AtomicI64,
    bytes_total: AtomicI64,
    files_total: AtomicI64,
    /// What was copied, whatever phase is shown.
    bytes_copied: AtomicI64,
    files_copied: AtomicI64,
}

/// Between two reports of progress, each of which renews the lease.
const TELL: Duration = Duration::from_secs(2);

const PHASES: [Phase; 6] =
    [Phase::Plan, Phase::Copy, Phase::Prove, Phase::Publish, Phase::Remove, Phase::Settle];

impl Hand {
    pub(super) fn new(catalog: &Catalog, ticket: Ticket, lease: Duration, ending: Arc<AtomicBool>) -> Self {
        Self {
            catalog: catalog.clone(),
            ticket,
            lease,
            runtime: Handle::current(),
            until: Mutex::new(uptime() + lease),
            lost: AtomicBool::new(false),
            cancelled: AtomicBool::new(false),
            past_return: AtomicBool::new(false),
            keep_file: KeepFile::default(),
            first_removal: FirstRemoval::default(),
            published: AtomicBool::new(false),
            ending,
            buckets: OnceLock::new(),
            files_at_a_time: None,
            phase: AtomicU8::new(0),
            bytes: AtomicI64::new(0),
            files: AtomicI64::new(0),
            bytes_total: AtomicI64::new(-1),
            files_total: AtomicI64::new(-1),
            bytes_copied: AtomicI64::new(0),
            files_copied: AtomicI64::new(0),
        }
    }

    /// Works on no more files at the same time.
    pub(super) fn with_files_at_a_time(self, most: Option<NonZeroUsize>) -> Self {
        Self { files_at_a_time: most, ..self }
    }

    /// Copies no faster than these allow.
    pub(super) fn draw_from(&self, buckets: Vec<Arc<Bucket>>) {
        let _ = self.buckets.set(buckets);
    }

    /// Renews the lease until dropped.
    pub(super) async fn renew(&self) {
        loop {
            tokio::time::sleep(TELL.min(self.lease / 4)).await;
            self.renew_once().await;
            if self.lost.load(Ordering::SeqCst) {
                return;
            }
        }
    }

    async fn renew_once(&self) {
        let asked = uptime();
        let outcome =
            self.catalog.renew_job(self.ticket, self.lease, &self.progress(), times::now_us()).await;
        match outcome {
            Ok(Lease::Held) => self.extend(asked),
            Ok(Lease::CancelAsked) => {
                self.cancelled.store(true, Ordering::SeqCst);
                self.extend(asked);
            }
            Ok(Lease::Lost) => self.lost.store(true, Ordering::SeqCst),
            // The lease runs on; when it is over, nothing more is removed.
            Err(error) => {
                tracing::warn!(job = self.ticket.job, %error, "can not renew the lease; trying again")
            }
        }
    }

    fn extend(&self, from: Duration) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = from + self.lease;
    }

    fn sure(&self) -> bool {
        uptime() < *self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks on while what was begun is taken back: a cancel is what that comes from, and stops nothing.
    pub(super) const fn undoing(&self) -> Undoing<'_> {
        Undoing::of(self)
    }

    /// A cancel comes too late from now on.
    pub(super) fn pass_the_point_of_return(&self) {
        self.past_return.store(true, Ordering::SeqCst);
    }

    /// Before the first removal looks for a file that keeps the signal files.
    pub(super) fn heed_keep_file(&self, subject: &Subject) {
        if let (Category::Sigproc, (_, Some(run_dir))) = (subject.category, subject.dirs()) {
            self.keep_file.look_in(run_dir);
        }
    }

    /// Before the first removal asks the catalog once more whether files may be removed.
    pub(super) fn ask_before_first_removal(&self) {
        self.first_removal.is_asked();
    }

    /// Why nothing was removed, where somebody has come to keep all.
    pub(super) fn refused(&self) -> Option<Told> {
        self.keep_file.found().map(|text| Told::new("kept", text)).or_else(|| self.first_removal.refused())
    }

    /// Why nothing is removed yet, where somebody has come to use the files.
    pub(super) fn in_use(&self) -> Option<Told> {
        self.first_removal.in_use()
    }

    /// Records in the catalog, from a thread that may wait, where an archive is whose sources are removed next.
    ///
    /// # Errors
    /// Why that was not recorded; then nothing may be removed.
    pub(super) fn publish(&self, archive: &StoredPath, sources: Sources) -> Result<(), Failure> {
        let publish = self.catalog.publish_job(self.ticket, archive, sources, times::now_us());
        let refused = |Told { kind, text }: Told, for_good| Err(Failure::Refused { kind, text, for_good });
        match self.runtime.block_on(publish).map_err(|error| Failure::NotRecorded(error.to_string()))? {
            Published::Recorded => {
                self.published.store(true, Ordering::SeqCst);
                Ok(())
            }
            Published::CancelAsked => Err(Stop::Cancelled.into()),
            Published::Wait(told) => refused(told, false),
            Published::Refused(told) => refused(told, true),
            Published::Lost => {
                self.lost.store(true, Ordering::SeqCst);
                Err(Stop::Displaced.into())
            }
        }
    }

    /// Has this worker published an archive?
    pub(super) fn has_published(&self) -> bool {
        self.published.load(Ordering::SeqCst)
    }

    /// Asks the catalog, from a thread that may wait: does this worker still have the job?
    pub(super) fn ask(&self) -> Result<(), Stop> {
        self.runtime.block_on(self.renew_once());
        if self.lost.load(Ordering::SeqCst) || !self.sure() { Err(Stop::Displaced) } else { Ok(()) }
    }

    /// Asks the catalog, from a thread that may wait: is it right to remove files of these storage roots?
    ///
    /// # Errors
    /// Why not.
    pub(super) fn nothing_vanished(&self, roots: &[i64]) -> Result<(), Failure> {
        let found = self.runtime.block_on(vanished(&self.catalog));
        let found = found.map_err(|error| Failure::NotRecorded(error.to_string()))?;
        match roots.iter().find_map(|root| found.get(root)) {
            Some(vanished) => {
                Err(Failure::Refused { kind: "vanished".into(), text: vanished.reason(), for_good: false })
            }
            None => Ok(()),
        }
    }

    /// Asks the catalog, from a thread that may wait: what else of this run lies in the trash?
    ///
    /// # Errors
    /// Why that is not known.
    pub(super) fn trash_of_run(&self, run: i64) -> Result<Vec<Trashed>, String> {
        let of_run = TrashFilter { run: Some(run), ..TrashFilter::default() };
        self.runtime.block_on(self.catalog.trash(of_run)).map_err(|error| error.to_string())
    }

    fn progress(&self) -> Progress {
        let known = |total: &AtomicI64| Some(total.load(Ordering::Relaxed)).filter(|total| *total >= 0);
        // What is read twice, such as a copy that was there already, is not more than all.
        let done = |done: &AtomicI64, total: &AtomicI64| {
            done.load(Ordering::Relaxed).min(known(total).unwrap_or(i64::MAX))
        };
        Progress {
            phase: PHASES[usize::from(self.phase.load(Ordering::Relaxed)) % PHASES.len()],
            bytes_done: done(&self.bytes, &self.bytes_total),
            bytes_total: known(&self.bytes_total),
            files_done: done(&self.files, &self.files_total),
            files_total: known(&self.files_total),
            bytes_copied: self.bytes_copied.load(Ordering::Relaxed),
            files_copied: self.files_copied.load(Ordering::Relaxed),
        }
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Watch for Hand {
    fn total(&self, bytes: u64, files: u64) {
        self.bytes_total.store(signed(bytes), Ordering::Relaxed);
        self.files_total.store(signed(files), Ordering::Relaxed);
    }

    fn advance(&self, phase: Phase, bytes: u64, files: u64) {
        if phase == Phase::Copy {
            self.bytes_copied.fetch_add(signed(bytes), Ordering::Relaxed);
            self.files_copied.fetch_add(signed(files), Ordering::Relaxed);
        }
        let number = PHASES.iter().position(|known| *known == phase).unwrap_or_default();
        let number = u8::try_from(number).unwrap_or_default();
        // Copying and proving overlap; what is shown is the later of both, and begins anew with each phase.
        let before = self.phase.fetch_max(number, Ordering::Relaxed);
        if before < number {
            self.bytes.store(0, Ordering::Relaxed);
            self.files.store(0, Ordering::Relaxed);
        }
        if number >= before {
            self.bytes.fetch_add(signed(bytes), Ordering::Relaxed);
            self.files.fetch_add(signed(files), Ordering::Relaxed);
        }
    }

    fn go_on(&self) -> Result<(), Stop> {
        if self.lost.load(Ordering::SeqCst) {
            return Err(Stop::Displaced);
        }
        if self.cancelled.load(Ordering::SeqCst) && !self.past_return.load(Ordering::SeqCst) {
            return Err(Stop::Cancelled);
        }
        if self.ending.load(Ordering::SeqCst) { Err(Stop::Ending) } else { Ok(()) }
    }

    fn wait_for(&self, bytes: u64) {
        self.buckets.get().into_iter().flatten().for_each(|bucket| bucket.draw(bytes));
    }

    fn files_at_a_time(&self) -> Option<NonZeroUsize> {
        self.files_at_a_time
    }

    fn may_remove(&self) -> Result<(), Stop> {
        self.go_on()?;
        if self.keep_file.keeps() {
            return Err(Stop::Cancelled);
        }
        self.first_removal
            .may_begin(|| self.runtime.block_on(self.catalog.begin_job(self.ticket, times::now_us())))?;
        self.is_mine()
    }

    fn is_mine(&self) -> Result<(), Stop> {
        self.go_on()?;
        // A worker that was frozen finds its lease over, and asks.
        if self.sure() { Ok(()) } else { self.ask() }
    }
}
