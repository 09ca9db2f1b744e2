//! How often passwords may be tried, on the sign-in page and by Basic credentials.
//!
//! After some failures each further try must wait, twice as long each time up to a minute. Failures count per
//! user and address together, and per address, never per user alone: nobody can shut somebody else out.
//! What was counted is forgotten after a quiet time, so nobody is shut out for ever.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures of one user from one address before waits begin.
const FREE_PER_USER: u32 = 5;
/// Failures from one address before waits begin: people behind one gateway share it.
const FREE_PER_ADDRESS: u32 = 30;
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(60);
/// After this time without a try everything is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(15 * 60);
/// Tries that came too early, after which credentials that were right before wait as well: who has sent so many is
/// guessing, and must not learn from a quick answer that a guess was right.
const SUSPICIOUS: u32 = 100;
/// Counters kept at most.
const MOST: usize = 20_000;

/// Too many failures: try again after this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Throttled {
    /// The time to wait, at least a second.
    pub(crate) wait: Duration,
}

/// Counts failures, by user name and network address ([`Client::network`](crate::request::Client::network)).
#[derive(Default)]
pub(crate) struct Throttle {
    counters: Mutex<HashMap<Key, Counter>>,
}

/// The digest of a user's name, or none for the address as a whole. A digest, because names may be long and many.
type Key = (Option<[u8; 32]>, IpAddr);

fn key(user: &str, network: IpAddr) -> Key {
    (Some(blake3::hash(user.as_bytes()).into()), network)
}

struct Counter {
    tries: u32,
    /// Tries that came too early.
    early: u32,
    last: Instant,
}

impl Throttle {
    /// Counts a try as a failure until [`Throttle::succeeded`] says otherwise, so that many at once count too.
    ///
    /// # Errors
    /// When it comes too early after others; it is no try then.
    pub(super) fn begin(&self, user: &str, network: IpAddr) -> Result<(), Throttled> {
        self.begin_at(user, network, Instant::now())
    }

    /// Forgets the failures of the user from this address, and this try.
    pub(super) fn succeeded(&self, user: &str, network: IpAddr) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        counters.remove(&key(user, network));
        if let Some(counter) = counters.get_mut(&(None, network)) {
            counter.tries = counter.tries.saturating_sub(1);
        }
    }

    /// May credentials that were right before pass without being tried again?
    pub(super) fn is_calm(&self, user: &str, network: IpAddr) -> bool {
        self.is_calm_at(user, network, Instant::now())
    }

    fn is_calm_at(&self, user: &str, network: IpAddr, now: Instant) -> bool {
        let counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        counters
            .get(&key(user, network))
            .is_none_or(|counter| counter.early < SUSPICIOUS || now.duration_since(counter.last) >= FORGOTTEN)
    }

    fn begin_at(&self, user: &str, network: IpAddr, now: Instant) -> Result<(), Throttled> {
        let keys = [(key(user, network), FREE_PER_USER), ((None, network), FREE_PER_ADDRESS)];
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= MOST {
            counters.retain(|_, counter| now.duration_since(counter.last) < LONGEST);
        }
        let wait = keys.iter().find_map(|(key, free)| counters.get(key)?.wait(*free, now));
        let full = counters.len() >= MOST;
        for (key, _) in keys {
            if wait.is_some() && full && !counters.contains_key(&key) {
                continue;
            }
            let counter = counters.entry(key).or_insert(Counter { tries: 0, early: 0, last: now });
            if wait.is_some() {
                counter.early = counter.early.saturating_add(1);
                continue;
            }
            if now.duration_since(counter.last) >= FORGOTTEN {
                (counter.tries, counter.early) = (0, 0);
            }
            counter.tries = counter.tries.saturating_add(1);
            counter.last = now;
        }
        wait.map_or(Ok(()), |wait| Err(Throttled { wait }))
    }
}

impl Throttled {
    /// The time to wait, in whole seconds.
    pub(crate) fn seconds(self) -> u64 {
        self.wait.as_secs() + u64::from(self.wait.subsec_nanos() > 0)
    }
}

impl Counter {
    fn wait(&self, free: u32, now: Instant) -> Option<Duration> {
        let beyond = self.tries.checked_sub(free)?;
        let pause = Duration::from_secs(1 << beyond.min(6)).min(LONGEST);
        let left = pause.checked_sub(now.duration_since(self.last)).filter(|left| !left.is_zero())?;
        Some(left.max(Duration::from_secs(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    #[test]
    fn waits_grow_to_a_minute_and_no_further() {
        let (throttle, mut now) = (Throttle::default(), Instant::now());
        for _ in 0..5 {
            assert_eq!(throttle.begin_at("ion", HERE, now), Ok(()));
        }
        let mut waits = Vec::new();
        for _ in 0..8 {
            let wait = throttle.begin_at("ion", HERE, now).unwrap_err().wait;
            waits.push(wait.as_secs());
            now += wait;
            assert_eq!(throttle.begin_at("ion", HERE, now), Ok(()));
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(throttle.begin_at("ion", THERE, now), Ok(()), "the same user elsewhere is not hindered");
        assert_eq!(throttle.begin_at("eve", HERE, now), Ok(()), "nor another user here");
        assert_eq!(throttle.begin_at("ion", HERE, now + FORGOTTEN), Ok(()));
        assert_eq!(
            throttle.begin_at("ion", HERE, now + FORGOTTEN),
            Ok(()),
            "all is forgotten after a quiet time"
        );
    }

    #[test]
    fn success_clears_and_many_names_from_one_address_are_slowed() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..20 {
            assert_eq!(throttle.begin_at("ion", HERE, now), Ok(()));
            throttle.succeeded("ion", HERE);
        }
        for name in 0..30 {
            assert_eq!(throttle.begin_at(&name.to_string(), HERE, now), Ok(()));
        }
        assert!(throttle.begin_at("one more", HERE, now).is_err());
        assert_eq!(throttle.begin_at("one more", THERE, now), Ok(()));
    }

    #[test]
    fn what_was_right_passes_beside_failures_but_not_beside_guessing() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..100 {
            let _ = throttle.begin_at("ion", HERE, now);
        }
        assert!(
            throttle.is_calm_at("ion", HERE, now),
            "a script with an old password does not hinder the others"
        );
        for _ in 0..100 {
            assert!(throttle.begin_at("ion", HERE, now).is_err());
        }
        assert!(!throttle.is_calm_at("ion", HERE, now));
        assert!(throttle.is_calm_at("ion", THERE, now) && throttle.is_calm_at("eve", HERE, now));
        assert!(throttle.is_calm_at("ion", HERE, now + FORGOTTEN));
    }

    #[test]
    fn seconds_are_rounded_up() {
        let seconds = |ms| Throttled { wait: Duration::from_millis(ms) }.seconds();
        assert_eq!((seconds(1000), seconds(1001), seconds(59_999)), (1, 2, 60));
    }
}
