//! Where a path without a slash at its end is sent (api.md rule 40).

use http::header::HOST;
use http::request::Parts;

use crate::request::Client;

/// The same address with a slash, absolute as in the original; relative when the request names no host.
pub(super) fn location(request: &Parts, path: &str) -> String {
    let mut out = origin(request).unwrap_or_default();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'/' => out.push(byte.into()),
            _ => out.push_str(percent_encoding::percent_encode_byte(byte)),
        }
    }
    out.push('/');
    if let Some(query) = request.uri.query().filter(|query| !query.is_empty()) {
        out.push('?');
        for byte in query.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(byte.into()),
                _ if b"_.-/#%[]=:;$&()+,!?*@'~".contains(&byte) => out.push(byte.into()),
                _ => out.push_str(percent_encoding::percent_encode_byte(byte)),
            }
        }
    }
    out
}

/// Scheme and host as the client sees them.
pub(super) fn origin(request: &Parts) -> Option<String> {
    let host = match request.headers.get(HOST) {
        Some(host) => host.to_str().ok()?,
        None => request.uri.authority()?.as_str(),
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
    if host.is_empty() || !host.bytes().all(plain) {
        return None;
    }
    Some(format!("{}://{host}", Client::of(&request.extensions).scheme()))
}
