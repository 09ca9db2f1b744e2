//! As many files at the same time as the site allows.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::thread::ThreadId;

use runstow_lifecycle::Category;
use runstow_storage::{Phase, Stop, Watch};

use crate::ground::{Ground, Request};

/// Notes which threads do what.
#[derive(Default)]
struct OneAtATime(Mutex<Vec<(Phase, ThreadId)>>);

impl OneAtATime {
    fn threads_in(&self, phase: Phase) -> usize {
        self.0.lock().unwrap().iter().filter(|seen| seen.0 == phase).count()
    }
}

impl Watch for OneAtATime {
    fn advance(&self, phase: Phase, _bytes: u64, files: u64) {
        let seen = (phase, std::thread::current().id());
        let mut all = self.0.lock().unwrap();
        if files > 0 && !all.contains(&seen) {
            all.push(seen);
        }
    }

    fn go_on(&self) -> Result<(), Stop> {
        Ok(())
    }

    fn files_at_a_time(&self) -> Option<NonZeroUsize> {
        NonZeroUsize::new(1)
    }
}

#[test]
fn where_one_file_at_a_time_is_allowed_one_thread_copies_reads_back_and_removes() {
    let ground = Ground::new();
    for number in 0..50 {
        let signal = ground.run().join(format!("acq_{number:04}.dat"));
        crate::ground::write(&signal, format!("signal {number}").as_bytes());
    }
    crate::ground::write(&ground.report().join("sigproc.log"), b"of the report");
    let watch = OneAtATime::default();
    let done = ground.go(Request { watch: &watch, ..Request::archive(Category::Sigproc) }).unwrap();
    assert!(done.removed >= 50, "{}", done.removed);
    for phase in [Phase::Copy, Phase::Prove, Phase::Remove] {
        assert_eq!(watch.threads_in(phase), 1, "{phase:?}");
    }
}
