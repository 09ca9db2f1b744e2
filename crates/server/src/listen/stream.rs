//! A connection's bytes, with two guards: a client that stops reading is cut off, and one that still
//! sends when we are done gets to read its answer before the connection is reset.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep, sleep, timeout};

/// How long the rest of what a client sends is thrown away after the answer.
const LINGER: Duration = Duration::from_secs(2);

/// A TCP stream with its slot in the connection limit.
pub(super) struct Guarded {
    /// Some until dropped.
    inner: Option<(TcpStream, Option<OwnedSemaphorePermit>)>,
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    wrote: bool,
    ended: bool,
}

impl Guarded {
    /// Guards a stream; a write that makes no progress for `patience` fails.
    pub(super) fn new(stream: TcpStream, patience: Duration, slot: Option<OwnedSemaphorePermit>) -> Self {
        Self { inner: Some((stream, slot)), patience, stalled: None, wrote: false, ended: false }
    }

    /// The first byte that the client sends, left in place; none when it hangs up instead.
    ///
    /// # Errors
    /// When the connection breaks.
    pub(super) async fn first_byte(&mut self) -> io::Result<Option<u8>> {
        let Some((stream, _)) = &self.inner else { return Ok(None) };
        let mut byte = [0];
        Ok((stream.peek(&mut byte).await? > 0).then_some(byte[0]))
    }

    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        match &mut self.inner {
            Some((stream, _)) => Ok(Pin::new(stream)),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Passes a write's outcome on, or fails it when the client has not read for too long.
    fn watch<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.stalled = None;
            return outcome;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read its answer")))
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let outcome = ready!(self.stream()?.poll_read(cx, buf));
        self.ended |= outcome.is_err() || buf.filled().len() == before;
        Poll::Ready(outcome)
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.wrote = true;
        let outcome = self.stream()?.poll_write(cx, bytes);
        self.watch(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.wrote = true;
        let outcome = self.stream()?.poll_write_vectored(cx, parts);
        self.watch(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = self.stream()?.poll_flush(cx);
        self.watch(cx, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_shutdown(cx)
    }
}

/// Closing a socket with unread bytes resets it, and the client may lose the answer that says why
/// (413, 431). So what still comes is read and thrown away for a moment.
impl Drop for Guarded {
    fn drop(&mut self) {
        let Some((stream, slot)) = self.inner.take() else { return };
        if !self.wrote || self.ended {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                let _slot = slot;
                let _ = timeout(LINGER, discard(stream)).await;
            });
        }
    }
}

async fn discard(mut stream: TcpStream) -> io::Result<()> {
    stream.shutdown().await?;
    let until = Instant::now() + LINGER;
    let mut bytes = vec![0; 16 * 1024];
    while Instant::now() < until && stream.read(&mut bytes).await? > 0 {}
    Ok(())
}
