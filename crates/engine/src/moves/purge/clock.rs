//! Is the clock to be believed? A boot with a wrong clock, weeks ahead, must not empty the trash.

use std::time::Duration;

/// So long the clock has to go evenly before anything is removed because of its age: by then it was set right, where anything sets it.
const EVENLY: Duration = Duration::from_hours(1);

/// It goes unevenly when it is ahead or behind by so much more than before.
const JUMP_US: u64 = 24 * 3600 * 1_000_000;

/// A clock that is watched.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// Since when it goes evenly, and how far it is from the time since the start, in microseconds.
    since: Option<(Duration, i64)>,
}

impl Clock {
    /// Has it gone evenly for long enough? `running`: how long this process has been, by what nobody can set.
    pub(super) fn is_believed(&mut self, now_us: i64, running: Duration) -> bool {
        let ahead = now_us.saturating_sub(i64::try_from(running.as_micros()).unwrap_or(i64::MAX));
        let even = self.since.filter(|(_, before)| before.abs_diff(ahead) < JUMP_US);
        let (since, _) = *self.since.insert((even.map_or(running, |(since, _)| since), ahead));
        running.saturating_sub(since) >= EVENLY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One boot with the clock 40 days ahead emptied the whole trash within seconds.
    #[test]
    fn a_clock_is_believed_when_it_has_gone_evenly_for_an_hour() {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        let at = |clock: &mut Clock, days: i64, running: u64| {
            let running = minutes(running);
            let now = days * 86_400_000_000 + i64::try_from(running.as_micros()).unwrap();
            clock.is_believed(now, running)
        };
        let mut clock = Clock::default();
        assert!(!at(&mut clock, 20_040, 0), "nobody knows yet");
        assert!(!at(&mut clock, 20_040, 50));
        assert!(!at(&mut clock, 20_000, 70), "it was set right");
        assert!(!at(&mut clock, 20_000, 120));
        assert!(at(&mut clock, 20_000, 130));
        assert!(at(&mut clock, 20_000, 10_000));
        assert!(!at(&mut clock, 20_040, 10_010), "it was set wrong");
        assert!(at(&mut clock, 20_040, 10_070), "so long that it may be right");
    }
}
