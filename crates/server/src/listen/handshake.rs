//! The beginning of a TLS connection, in the connection's own task: a slow client holds up nobody else.

use std::io;

use tokio::io::AsyncWriteExt as _;
use tokio_rustls::server::TlsStream;

use super::stream::Guarded;
use crate::tls::Tls;

/// What a client that speaks HTTP without TLS is told.
const PLAIN: &str = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 58\r\n\
                     X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n\
                     This port speaks HTTPS: begin the address with https://.\r\n";

/// Agrees on keys with the client. None: it spoke plain HTTP and was told so.
///
/// # Errors
/// When the client hangs up or speaks something else.
pub(super) async fn greet(mut stream: Guarded, tls: &Tls) -> io::Result<Option<TlsStream<Guarded>>> {
    // TLS begins with byte 22; HTTP with a verb.
    if stream.first_byte().await?.is_some_and(|byte| byte.is_ascii_alphabetic()) {
        stream.write_all(PLAIN.as_bytes()).await?;
        stream.flush().await?;
        return Ok(None);
    }
    tls.acceptor().accept(stream).await.map(Some)
}

#[cfg(test)]
mod tests {
    use super::PLAIN;

    #[test]
    fn the_plain_answer_is_as_long_as_it_says() {
        let (head, body) = PLAIN.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{}", body.len());
    }
}
