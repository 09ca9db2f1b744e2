//! How fast files may be copied: to a destination, and of a category of a file set.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use runstow_lifecycle::{Category, FileSet};

use super::Destinations;

/// Limits for all workers of a program together.
#[derive(Default)]
pub struct Bandwidth {
    destinations: HashMap<PathBuf, Arc<Bucket>>,
    sets: Mutex<HashMap<(String, Category), Arc<Bucket>>>,
}

impl Bandwidth {
    /// Those that the configuration sets for destinations; those of file sets come with the file sets.
    #[must_use]
    pub fn new(destinations: &Destinations) -> Self {
        let limited = destinations.iter().filter_map(|destination| {
            Some((destination.path.clone(), Arc::new(Bucket::new(destination.max_mb_per_second?))))
        });
        Self { destinations: limited.collect(), sets: Mutex::default() }
    }

    /// The buckets that a copy to or from a destination has to draw from.
    pub(super) fn of(
        &self,
        destination: Option<&Path>,
        set: &FileSet,
        category: Category,
    ) -> Vec<Arc<Bucket>> {
        let mut buckets: Vec<Arc<Bucket>> = destination
            .and_then(|destination| self.destinations.get(destination).cloned())
            .into_iter()
            .collect();
        if let Some(rate) = set.rules(category).defaults.max_mb_per_second {
            let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
            let key = (set.name().to_owned(), category);
            buckets.push(Arc::clone(sets.entry(key).or_insert_with(|| Arc::new(Bucket::new(rate)))));
        }
        buckets
    }
}

/// Bytes in one token.
const TOKEN: u64 = 1024;

/// A bucket of tokens that fills at a rate.
pub(super) struct Bucket<C: Clock = DefaultClock> {
    limiter: RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<C::Instant>>,
    clock: C,
    /// As many tokens as it holds: those of one second.
    size: u32,
}

impl Bucket {
    fn new(mb_per_second: NonZeroU32) -> Self {
        Self::by(mb_per_second, DefaultClock::default())
    }
}

impl<C: Clock + Clone> Bucket<C> {
    fn by(mb_per_second: NonZeroU32, clock: C) -> Self {
        let size = mb_per_second.saturating_mul(NonZeroU32::MIN.saturating_add(1023));
        let limiter = RateLimiter::direct_with_clock(Quota::per_second(size), clock.clone());
        Self { limiter, clock, size: size.get() }
    }

    /// Waits until so many bytes may be read.
    pub(super) fn draw(&self, bytes: u64) {
        let mut tokens = bytes.div_ceil(TOKEN);
        while tokens > 0 {
            match self.take(tokens) {
                Ok(taken) => tokens -= taken,
                Err(wait) => std::thread::sleep(wait),
            }
        }
    }

    /// Takes so many tokens, or as many as the bucket can hold.
    ///
    /// # Errors
    /// How long to wait until they are there.
    fn take(&self, tokens: u64) -> Result<u64, Duration> {
        let part = u32::try_from(tokens).unwrap_or(u32::MAX).min(self.size);
        let Some(some) = NonZeroU32::new(part) else { return Ok(0) };
        match self.limiter.check_n(some) {
            Ok(Err(later)) => Err(later.wait_time_from(self.clock.now())),
            // Never more than it holds, which would be the other error.
            Ok(Ok(())) | Err(_) => Ok(part.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    #[test]
    fn what_is_not_in_the_bucket_comes_at_its_rate() {
        let clock = FakeRelativeClock::default();
        let bucket = Bucket::by(NonZeroU32::new(64).unwrap(), clock.clone());
        let second = 64 * 1024;
        assert_eq!(bucket.take(2 * second), Ok(second), "no more than it holds");
        let wait = bucket.take(second / 4).unwrap_err();
        assert!((0.249..0.251).contains(&wait.as_secs_f64()), "{wait:?}");
        clock.advance(wait);
        assert_eq!(bucket.take(second / 4), Ok(second / 4));
        assert!(bucket.take(1024).is_err());
    }

    #[test]
    fn a_category_of_a_set_has_one_bucket_and_a_destination_its_own() {
        let text = runstow_lifecycle::FileSets::built_in();
        let set = text.for_version(None);
        let named = |name: &str, rate| super::super::NamedDestination {
            name: name.into(),
            path: format!("/mnt/{name}").into(),
            not_mounted: false,
            max_mb_per_second: rate,
        };
        let all = Destinations::new(vec![named("slow", NonZeroU32::new(5)), named("fast", None)]);
        let bandwidth = Bandwidth::new(&all);
        let count = |path: &str| bandwidth.of(Some(Path::new(path)), set, Category::Misc).len();
        assert_eq!((count("/mnt/slow"), count("/mnt/fast"), count("/mnt/other")), (1, 0, 0));
    }
}
