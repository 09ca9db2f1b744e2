//! How many threads a move works with. More than there are cores: they wait for disks.

use crate::failure::Failure;
use crate::journal::Journal;
use crate::watch::Watch;

/// Threads that copy or remove.
pub(crate) fn writers(watch: &dyn Watch) -> usize {
    let suits = || std::thread::available_parallelism().map_or(8, |cores| (cores.get() * 4).clamp(8, 16));
    watch.files_at_a_time().map_or_else(suits, usize::from)
}

/// Threads that read back. Many more where nobody says how many, since reads from the medium can not be asked for ahead: small
/// files would keep a disk waiting between them.
pub(crate) fn readers(watch: &dyn Watch) -> usize {
    watch.files_at_a_time().map_or_else(|| (writers(watch) * 4).min(32), usize::from)
}

/// So many threads for the entries of a journal; few entries need few.
pub(crate) fn pool(journal: &Journal, entries: u64, threads: usize) -> Result<rayon::ThreadPool, Failure> {
    let threads = usize::try_from(entries / 4 + 1).unwrap_or(threads).min(threads);
    let pool =
        rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|n| format!("move-{n}")).build();
    pool.map_err(|_| journal.failed("start threads for")(rustix::io::Errno::AGAIN))
}
