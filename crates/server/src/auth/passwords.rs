//! Passwords, checked without paying for the slow hash at each request.
//!
//! The outcome of a check is remembered for minutes under a keyed digest of name, password and the stored
//! hash. A changed password changes the stored hash, so the old outcome is never found again.

use std::time::Duration;

use runstow_catalog::{CatalogError, User, passwords};
use tokio::sync::Semaphore;

use super::recent::{Recent, TIMELESS};

/// How long an outcome is remembered.
pub(super) const REMEMBERED: Duration = Duration::from_secs(5 * 60);

/// Checks passwords.
pub(super) struct Passwords {
    outcomes: Recent<bool>,
    /// Slow hashes at a time: one per core, so that guessing can not use up threads or memory.
    slow: Semaphore,
}

impl Passwords {
    pub(super) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { outcomes: Recent::new(REMEMBERED), slow: Semaphore::new(cores) }
    }

    /// Is this the password of the user? Nobody's password (none) takes as long.
    ///
    /// # Errors
    /// When the server stops meanwhile.
    pub(super) async fn right(
        &self,
        user: Option<&User>,
        name: &str,
        password: &str,
    ) -> Result<bool, CatalogError> {
        let stored = user.and_then(|user| user.password_hash.clone());
        let digest = self.outcomes.digest(&[name, password, stored.as_deref().unwrap_or_default()]);
        if let Some(right) = self.outcomes.get(&digest, TIMELESS) {
            return Ok(right);
        }
        let _turn = self.slow.acquire().await;
        // Who waited for a turn may find that the same credentials were checked meanwhile.
        if let Some(right) = self.outcomes.get(&digest, TIMELESS) {
            return Ok(right);
        }
        let password = password.to_owned();
        let right = tokio::task::spawn_blocking(move || match stored {
            Some(hash) => passwords::verify(&hash, &password),
            None => {
                passwords::verify_nobody(&password);
                false
            }
        });
        let right =
            right.await.map_err(|_| CatalogError::Unavailable("the password check was cut short".into()))?;
        self.outcomes.put(digest, TIMELESS, right);
        Ok(right)
    }
}
