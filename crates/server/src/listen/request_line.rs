//! Request lines as clients really send them.
//!
//! Some clients leave `<`, `>`, quotes or letters beyond ASCII in an address as they are. The original's web
//! server took that; the HTTP parser here refuses it before anybody could answer properly. So these bytes
//! are percent-encoded on the way in, in request lines only. After a request with a body nothing is
//! touched any more on that connection: where the body ends is not known here.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes read at a time while heads are looked at.
const CHUNK: usize = 8 * 1024;

/// A connection whose request lines the parser takes.
pub(super) struct RequestLines<S> {
    inner: S,
    place: Place,
    /// Bytes looked at and not handed over yet.
    ready: Vec<u8>,
    handed: usize,
}

/// Where in the stream of requests the next byte is.
enum Place {
    /// In a request line, which may have begun.
    Line { begun: bool },
    /// In a line of the head, whose beginning is kept to know its name.
    Head { line: Vec<u8>, body: bool },
    /// Behind the head of a request with a body.
    Unknown,
}

/// The longest name of a header that matters here, and its colon.
const NAME: usize = "transfer-encoding:".len();

impl<S> RequestLines<S> {
    pub(super) fn new(inner: S) -> Self {
        Self { inner, place: Place::Line { begun: false }, ready: Vec::new(), handed: 0 }
    }

    /// Looks at bytes that came and keeps them, encoded, for the parser.
    fn take(&mut self, bytes: &[u8]) {
        for (at, byte) in bytes.iter().enumerate() {
            match &mut self.place {
                Place::Unknown => return self.ready.extend_from_slice(&bytes[at..]),
                Place::Line { begun } => match byte {
                    b'"' | b'<' | b'>' | b'`' | 0x7f.. => {
                        self.ready.extend_from_slice(percent_encoding::percent_encode_byte(*byte).as_bytes());
                        continue;
                    }
                    b'\n' if *begun => self.place = Place::Head { line: Vec::new(), body: false },
                    b'\r' | b'\n' => {}
                    _ => *begun = true,
                },
                Place::Head { line, body } => match byte {
                    b'\n' if line.is_empty() => {
                        self.place = if *body { Place::Unknown } else { Place::Line { begun: false } };
                    }
                    b'\n' => line.clear(),
                    b'\r' => {}
                    _ if line.len() < NAME => {
                        line.push(byte.to_ascii_lowercase());
                        *body |= matches!(
                            line.as_slice(),
                            b"content-length:" | b"transfer-encoding:" | b"upgrade:"
                        );
                    }
                    _ => {}
                },
            }
            self.ready.push(*byte);
        }
    }

    fn hand_over(&mut self, buf: &mut ReadBuf<'_>) {
        let count = buf.remaining().min(self.ready.len() - self.handed);
        buf.put_slice(&self.ready[self.handed..self.handed + count]);
        self.handed += count;
        if self.handed == self.ready.len() {
            self.ready.clear();
            self.handed = 0;
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for RequestLines<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ready.is_empty() {
            if matches!(self.place, Place::Unknown) {
                return Pin::new(&mut self.inner).poll_read(cx, buf);
            }
            let mut bytes = [0; CHUNK];
            let mut chunk = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut self.inner).poll_read(cx, &mut chunk))?;
            self.take(chunk.filled());
        }
        self.hand_over(buf);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for RequestLines<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(chunks: &[&[u8]]) -> String {
        let mut lines = RequestLines::new(());
        chunks.iter().for_each(|chunk| lines.take(chunk));
        String::from_utf8(lines.ready).unwrap()
    }

    #[test]
    fn only_request_lines_are_touched() {
        assert_eq!(
            seen(&[
                b"GET /?a=<b>\"\xc3\xbc HTTP/1.1\r\nX: <\xc3\xbc>\r\n\r\n",
                b"\r\nGET /<",
                b"> HTTP/1.1\n\n"
            ]),
            "GET /?a=%3Cb%3E%22%C3%BC HTTP/1.1\r\nX: <ü>\r\n\r\n\r\nGET /%3C%3E HTTP/1.1\n\n"
        );
    }

    #[test]
    fn bodies_and_what_follows_them_stay_as_they_are() {
        let request: &[u8] = b"POST /< HTTP/1.1\r\nCONTENT-Length: 3\r\n\r\n<b>GET /<";
        let wanted = "POST /%3C HTTP/1.1\r\nCONTENT-Length: 3\r\n\r\n<b>GET /<";
        assert_eq!(seen(&[request]), wanted);
        let bytes: Vec<&[u8]> = request.chunks(1).collect();
        assert_eq!(seen(&bytes), wanted);
    }
}
