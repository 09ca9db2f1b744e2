//! How often passwords may be tried on the sign-in page.
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
/// Counters kept at most.
const MOST: usize = 20_000;

/// Too many failures: try again after this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Throttled {
    /// The time to wait, at least a second.
    pub(crate) wait: Duration,
}

/// Counts failures.
#[derive(Default)]
pub(crate) struct Throttle {
    counters: Mutex<HashMap<(Option<String>, IpAddr), Counter>>,
}

struct Counter {
    tries: u32,
    last: Instant,
}

impl Throttle {
    /// Counts a try as a failure until [`Throttle::succeeded`] says otherwise, so that many at once count too.
    ///
    /// # Errors
    /// When it comes too early after others; it is not counted then.
    pub(crate) fn begin(&self, user: &str, address: IpAddr) -> Result<(), Throttled> {
        self.begin_at(user, address, Instant::now())
    }

    /// Forgets the failures of the user from this address, and this try.
    pub(crate) fn succeeded(&self, user: &str, address: IpAddr) {
        let address = network(address);
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        counters.remove(&(Some(user.to_owned()), address));
        if let Some(counter) = counters.get_mut(&(None, address)) {
            counter.tries = counter.tries.saturating_sub(1);
        }
    }

    fn begin_at(&self, user: &str, address: IpAddr, now: Instant) -> Result<(), Throttled> {
        let address = network(address);
        let keys = [((Some(user.to_owned()), address), FREE_PER_USER), ((None, address), FREE_PER_ADDRESS)];
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= MOST {
            counters.retain(|_, counter| now.duration_since(counter.last) < LONGEST);
        }
        for (key, free) in &keys {
            if let Some(wait) = counters.get(key).and_then(|counter| counter.wait(*free, now)) {
                return Err(Throttled { wait });
            }
        }
        for (key, _) in keys {
            let counter = counters.entry(key).or_insert(Counter { tries: 0, last: now });
            if now.duration_since(counter.last) >= FORGOTTEN {
                counter.tries = 0;
            }
            counter.tries = counter.tries.saturating_add(1);
            counter.last = now;
        }
        Ok(())
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

/// An IPv6 client owns a whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
        v4 => v4,
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
    fn neighbours_of_an_ipv6_network_count_as_one() {
        let text = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(network(text("2001:db8::1")), network(text("2001:db8::ffff:1:2:3")));
        assert_ne!(network(text("2001:db8:0:1::1")), network(text("2001:db8::1")));
        assert_eq!(network(text("::ffff:10.0.0.1")), HERE);
    }
}
