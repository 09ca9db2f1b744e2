//! The accept loop: connections come in, are bounded, and go away in good order.
//!
//! HTTP/1.1 only, with TLS if there is a certificate. A reverse proxy speaks newer versions to browsers, and slow or idle clients are
//! bounded here rather than trusted: by time, by number and by the bytes they may send.

mod connection;
mod handshake;
mod open_files;
mod request_line;
mod stream;

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::app::App;
use crate::routes;
use connection::Signal;

/// Time given to tasks that were told to drop everything.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Pause after a failed accept: the cause (no file handles, mostly) does not go away by trying at once.
const AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(100);

/// Answers requests until `shutdown` completes, then lets running requests finish for
/// [`drain_timeout`](crate::ServerConfig::drain_timeout).
///
/// # Errors
/// When the listener has no address, i.e. was not bound. A failing accept is logged and tried again.
pub async fn serve(listener: TcpListener, app: App, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let address = listener.local_addr()?;
    let most = open_files::most_connections(app.config().max_connections);
    let slots = Arc::new(Semaphore::new(most));
    let (signal, _) = watch::channel(Signal::default());
    let routes = routes::router(&app);
    let mut shutdown = pin!(shutdown);
    let housekeeping = tokio::spawn(housekeeping(app.clone()));
    tracing::info!(%address, connections = most, "serving");

    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "can not accept a connection; trying again");
                    tokio::time::sleep(AFTER_FAILED_ACCEPT).await;
                    continue;
                }
            },
            () = &mut shutdown => break,
        };
        let slot = tokio::select! {
            slot = free_slot(&slots, &signal) => slot,
            () = &mut shutdown => break,
        };
        prepare(&stream);
        let stream = stream::Guarded::new(stream, app.config().write_timeout, slot);
        tokio::spawn(connection::serve(stream, peer, app.clone(), routes.clone(), signal.subscribe()));
    }

    drop(listener);
    tracing::info!(open = most - slots.available_permits(), "stopping; running requests may finish");
    signal.send_modify(|signal| signal.stopping = true);
    if !all_gone(&slots, most, app.config().drain_timeout).await {
        tracing::warn!(
            open = most - slots.available_permits(),
            "requests still running at the deadline are cut"
        );
        signal.send_modify(|signal| signal.cut = true);
        all_gone(&slots, most, LAST_WORDS).await;
    }
    housekeeping.abort();
    tracing::info!("stopped");
    Ok(())
}

/// What must happen now and then while requests are served.
async fn housekeeping(app: App) {
    let mut ticks = tokio::time::interval(Duration::from_secs(5));
    for tick in 0_u64.. {
        ticks.tick().await;
        app.operations().upkeep();
        app.rates().forget_quiet();
        if tick % 12 == 0
            && let Some(tls) = app.config().tls.clone()
        {
            // A panic there is logged by itself; the old certificate stays.
            let _ = tokio::task::spawn_blocking(move || tls.renew_if_changed()).await;
        }
        if tick % 6 == 0
            && let Err(error) = app.catalog().end_expired(runstow_catalog::times::now_us()).await
        {
            tracing::warn!(%error, "can not end Keep and holds whose time is over; trying again in half a minute");
        }
        if tick % 720 == 0
            && let Err(error) = app.catalog().purge_expired_sessions().await
        {
            tracing::warn!(%error, "can not remove sessions that have ended; trying again in an hour");
        }
    }
}

/// Waits for room for one more connection; while there is none, idle connections are asked to go.
async fn free_slot(slots: &Arc<Semaphore>, signal: &watch::Sender<Signal>) -> Option<OwnedSemaphorePermit> {
    if let Ok(slot) = slots.clone().try_acquire_owned() {
        return Some(slot);
    }
    loop {
        tracing::warn!("all connections are taken; closing idle ones");
        signal.send_modify(|signal| signal.shed += 1);
        let slot = tokio::time::timeout(Duration::from_secs(1), slots.clone().acquire_owned()).await;
        if let Ok(slot) = slot {
            return slot.ok();
        }
    }
}

async fn all_gone(slots: &Semaphore, most: usize, within: Duration) -> bool {
    let everything = u32::try_from(most).unwrap_or(u32::MAX);
    tokio::time::timeout(within, slots.acquire_many(everything)).await.is_ok()
}

fn prepare(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "can not switch off Nagle's algorithm");
    }
}
