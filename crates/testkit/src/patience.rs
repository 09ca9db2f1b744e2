//! Waiting for what another program does.

use std::time::{Duration, Instant};

/// Looks again and again, and gives up loudly only after far more time than it ever takes.
///
/// # Panics
/// When it does not happen.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(300), "it never happened: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
