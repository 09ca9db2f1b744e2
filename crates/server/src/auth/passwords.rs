//! Passwords, checked without paying for the slow hash at each request, and new ones hashed. Slow hashes take turns.
//!
//! The outcome of a check is remembered for minutes under a keyed digest of name, password and the stored
//! hash. A changed password changes the stored hash, so the old outcome is never found again.

use std::sync::Arc;
use std::time::Duration;

use runstow_catalog::{CatalogError, User, passwords};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::recent::{Recent, TIMELESS};

/// How long an outcome is remembered.
pub(super) const REMEMBERED: Duration = Duration::from_secs(5 * 60);

/// Checks and hashes passwords.
pub(super) struct Passwords {
    outcomes: Recent<bool>,
    /// Slow hashes at a time: one per core, so that neither guessing nor setting can use up threads or memory.
    slow: Arc<Semaphore>,
}

impl Passwords {
    pub(super) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { outcomes: Recent::new(REMEMBERED), slow: Arc::new(Semaphore::new(cores)) }
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
        let turn = self.turn().await?;
        // Who waited for a turn may find that the same credentials were checked meanwhile.
        if let Some(right) = self.outcomes.get(&digest, TIMELESS) {
            return Ok(right);
        }
        let password = password.to_owned();
        let right = slowly(turn, move || match stored {
            Some(hash) => passwords::verify(&hash, &password),
            None => {
                passwords::verify_nobody(&password);
                false
            }
        });
        let right = right.await?;
        self.outcomes.put(digest, TIMELESS, right);
        Ok(right)
    }

    /// What the catalog stores of a new password.
    ///
    /// # Errors
    /// When the server stops meanwhile.
    pub(super) async fn hash(&self, password: String) -> Result<String, CatalogError> {
        slowly(self.turn().await?, move || passwords::hash(&password)).await
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, CatalogError> {
        self.slow.clone().acquire_owned().await.map_err(|_| cut_short())
    }
}

/// Runs a slow hash away from the threads that answer requests. The turn ends with the work, not with the client that
/// waits for it: those who hang up would else start more hashes than there are turns.
async fn slowly<T: Send + 'static>(
    turn: OwnedSemaphorePermit,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, CatalogError> {
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(turn);
        done
    });
    done.await.map_err(|_| cut_short())
}

fn cut_short() -> CatalogError {
    CatalogError::Unavailable("the server is stopping".into())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Waker};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_client_that_hangs_up_does_not_free_the_turn_of_its_running_hash() {
        let slow = Arc::new(Semaphore::new(1));
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        for _ in 0..4 {
            let turn = slow.clone().acquire_owned().await.unwrap();
            let (begun, has_begun) = tokio::sync::oneshot::channel();
            let (running, most) = (running.clone(), most.clone());
            let client = tokio::spawn(slowly(turn, move || {
                let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                begun.send(()).unwrap();
                std::thread::sleep(Duration::from_millis(30));
                running.fetch_sub(1, Ordering::SeqCst);
            }));
            has_begun.await.unwrap();
            client.abort();
        }
        let _last = slow.acquire().await.unwrap();
        assert_eq!((running.load(Ordering::SeqCst), most.load(Ordering::SeqCst)), (0, 1));
    }

    #[tokio::test]
    async fn a_new_password_waits_for_its_turn() {
        let passwords = Passwords::new();
        let turns = u32::try_from(passwords.slow.available_permits()).unwrap();
        let all = passwords.slow.clone().acquire_many_owned(turns).await.unwrap();
        let mut hash = std::pin::pin!(passwords.hash("correct horse".into()));
        // Polled once with every turn taken: it must not have begun.
        assert!(hash.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(passwords.slow.available_permits(), 0);
        drop(all);
        assert!(runstow_catalog::passwords::verify(&hash.await.unwrap(), "correct horse"));
    }
}
