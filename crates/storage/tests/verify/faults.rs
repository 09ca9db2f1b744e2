//! Every step of a verification fails once: that is never told as damage of a file, and an archive that is whole is
//! never told to be anything but whole or unreadable.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

use runstow_lifecycle::Category;
use runstow_storage::Cure;
use runstow_storage::fault::{self, Event, Fault};
use runstow_storage::verify::Choice;
use rustix::io::Errno;

use crate::ground::Ground;
use crate::support::{Archive, QUIET, told};

#[test]
fn a_step_that_fails_is_told_as_unreadable_or_tried_again_and_never_as_damage() {
    let _alone = QUIET.write().unwrap_or_else(PoisonError::into_inner);
    let archive = Archive::alone(Ground::in_memory(), Category::Sigproc, Ground::fill_small);
    for errno in [Errno::IO, Errno::ACCESS, Errno::STALE, Errno::INTR] {
        let (mut steps, mut unreadable) = (0, 0);
        for at in 1.. {
            let hit = Arc::new(AtomicBool::new(false));
            let seen = hit.clone();
            fault::install(move |event: &Event| {
                assert!(!event.step.changes(), "a verification wrote: {event:?}");
                let here = !event.after && event.number == at;
                seen.fetch_or(here, Ordering::SeqCst);
                if here { Fault::Fail(errno) } else { Fault::None }
            });
            let outcome = archive.watched(Choice::All, &runstow_storage::Alone);
            fault::clear();
            let when = format!("{errno:?} at step {at}");
            match outcome {
                Ok((_, findings)) => {
                    let told = told(&findings);
                    assert!(told.iter().all(|(_, word)| *word == "unreadable"), "{when}: {told:?}");
                    assert!(told.len() <= 1 && (errno != Errno::INTR || told.is_empty()), "{when}: {told:?}");
                    unreadable += told.len();
                }
                Err(failure) => {
                    assert!(matches!(failure.cure(), Cure::Wait | Cure::Retry), "{when}: {failure}");
                }
            }
            if !hit.load(Ordering::SeqCst) {
                break;
            }
            steps += 1;
        }
        assert!(steps > 20, "{steps} steps");
        assert_eq!(unreadable > 0, matches!(errno, Errno::IO | Errno::ACCESS), "{errno:?}: {unreadable}");
    }
}
