//! One connection: its requests one after the other, until the client or the server has had enough.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::handshake;
use super::request_line::RequestLines;
use super::stream::Guarded;
use crate::app::App;
use crate::request::{self, Peer};

/// What the accept loop tells all connections.
#[derive(Clone, Default)]
pub(super) struct Signal {
    /// Grows when room is needed: who has nothing to do goes.
    pub(super) shed: u64,
    /// The server stops: finish the running request and go.
    pub(super) stopping: bool,
    /// The deadline has passed: go now.
    pub(super) cut: bool,
}

/// Serves a connection to its end.
pub(super) async fn serve(
    stream: Guarded,
    peer: SocketAddr,
    app: App,
    routes: Router,
    mut signal: watch::Receiver<Signal>,
) {
    let Some(tls) = app.config().tls.clone() else {
        return exchange(stream, Peer { address: peer, secure: false }, app, routes, signal).await;
    };
    let greeting = tokio::time::timeout(app.config().header_timeout, handshake::greet(stream, &tls));
    let greeted = tokio::select! {
        greeted = greeting => greeted,
        // Before the first request there is nothing to finish.
        _ = signal.changed() => return,
    };
    match greeted {
        Ok(Ok(Some(stream))) => {
            exchange(stream, Peer { address: peer, secure: true }, app, routes, signal).await;
        }
        Ok(Ok(None)) => tracing::debug!(%peer, "plain HTTP on a port that speaks TLS"),
        Ok(Err(error)) => tracing::debug!(%peer, %error, "no TLS connection came about"),
        Err(_) => tracing::debug!(%peer, "the client was too slow to begin a TLS connection"),
    }
}

/// Requests and answers, one after the other.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: Peer,
    app: App,
    routes: Router,
    mut signal: watch::Receiver<Signal>,
) {
    let started = AtomicBool::new(false);
    let service = service_fn(|request| {
        started.store(true, Ordering::Relaxed);
        let answer = request::answer(app.clone(), routes.clone(), peer, request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let config = app.config();
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(config.header_timeout)
        // The buffer must hold a whole head; hyper refuses less than 8 kB.
        .max_buf_size(config.max_header_bytes.max(8192))
        .serve_connection(TokioIo::new(RequestLines::new(stream)), service);
    let mut connection = pin!(connection);
    loop {
        tokio::select! {
            ended = &mut connection => {
                if let Err(error) = ended {
                    // The client's doing, mostly: hung up, too slow, not HTTP. hyper has answered 400 or 431.
                    tracing::debug!(peer = %peer.address, %error, "connection ended early");
                }
                return;
            }
            heard = signal.changed() => {
                let now = signal.borrow_and_update().clone();
                // Before its first request there is nothing to finish.
                if heard.is_err() || now.cut || !started.load(Ordering::Relaxed) {
                    return;
                }
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}
