//! Time that nobody can set.

use std::time::Duration;

/// How long this machine has been up, its sleep included: what was promised for a minute is over when it wakes an hour later.
#[must_use]
pub fn uptime() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    // Both count from zero up.
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or_default())
}
