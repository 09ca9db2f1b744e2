//! News for those who follow events: one look at the catalog a second for the whole server, while anybody follows.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::app::App;

/// How often the catalog is asked for its version.
const EVERY: Duration = Duration::from_secs(1);

/// Tells followers that the catalog has changed. The value is its version.
pub(in super::super) struct Feed {
    version: Arc<watch::Sender<i64>>,
    looking: Arc<Mutex<bool>>,
}

impl Default for Feed {
    fn default() -> Self {
        Self { version: Arc::new(watch::Sender::new(0)), looking: Arc::default() }
    }
}

impl Feed {
    /// Follows the catalog's version.
    pub(super) fn follow(&self, app: &App) -> watch::Receiver<i64> {
        let follower = self.version.subscribe();
        let mut looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        if !*looking {
            *looking = true;
            tokio::spawn(look(app.catalog().clone(), self.version.clone(), self.looking.clone()));
        }
        follower
    }
}

async fn look(
    catalog: runstow_catalog::Catalog,
    version: Arc<watch::Sender<i64>>,
    looking: Arc<Mutex<bool>>,
) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        {
            // Under the lock, so that a follower who comes just now either keeps this going or starts the next one.
            let mut looking = looking.lock().unwrap_or_else(PoisonError::into_inner);
            if version.receiver_count() == 0 {
                *looking = false;
                return;
            }
        }
        match catalog.version().await {
            Ok(now) => {
                version.send_if_modified(|known| std::mem::replace(known, now) != now);
            }
            Err(error) => tracing::warn!(%error, "can not look for new events; trying again"),
        }
    }
}
