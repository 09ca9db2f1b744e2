//! How many requests a client may send: a bucket of tokens for each address, large enough that neither pages nor scripts
//! that poll ever meet its bottom.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::Client;

/// Counts the requests of each client.
pub(crate) struct Rates {
    limiter: Option<DefaultKeyedRateLimiter<IpAddr>>,
    clock: DefaultClock,
}

impl Rates {
    /// So many requests a second for each client, and so many at once after a pause. Without the first there is no limit.
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        let quota = NonZeroU32::new(per_second).map(|rate| {
            let burst = NonZeroU32::new(burst).unwrap_or(rate);
            Quota::per_second(rate).allow_burst(burst.max(rate))
        });
        Self { limiter: quota.map(RateLimiter::keyed), clock: DefaultClock::default() }
    }

    /// Takes a request of a client.
    ///
    /// # Errors
    /// How long to wait when there were too many. Never for clients on this machine: a proxy that is not configured as
    /// trusted hides everybody behind one such address.
    pub(crate) fn take(&self, client: Client) -> Result<(), Duration> {
        let Some(limiter) = self.limiter.as_ref().filter(|_| !client.address.is_loopback()) else {
            return Ok(());
        };
        limiter.check_key(&client.network()).map_err(|later| later.wait_time_from(self.clock.now()))
    }

    /// Forgets clients that have been quiet. To be called every few seconds, so that memory stays flat.
    pub(crate) fn forget_quiet(&self) {
        if let Some(limiter) = &self.limiter {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> Client {
        Client { address: address.parse().unwrap(), secure: false, by_proxy: false }
    }

    #[test]
    fn each_client_has_a_bucket_of_its_own() {
        let rates = Rates::new(1, 3);
        for _ in 0..3 {
            assert_eq!(rates.take(at("192.0.2.1")), Ok(()));
        }
        assert!(rates.take(at("192.0.2.1")).unwrap_err() <= Duration::from_secs(1));
        assert_eq!(rates.take(at("192.0.2.2")), Ok(()));
        for _ in 0..3 {
            assert_eq!(rates.take(at("2001:db8::1")), Ok(()));
        }
        assert!(rates.take(at("2001:db8::2")).is_err(), "an IPv6 client owns a whole /64");
        for _ in 0..100 {
            assert_eq!(rates.take(at("127.0.0.1")), Ok(()));
            assert_eq!(rates.take(at("::1")), Ok(()));
        }
        assert!((0..1000).all(|_| Rates::new(0, 0).take(at("192.0.2.1")).is_ok()), "switched off");
    }
}
