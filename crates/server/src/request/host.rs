//! The name that a request calls this server by.

use axum::response::Response;
use http::header::HOST;
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderName, HeaderValue, StatusCode, Version};

use super::hosts::AllowedHosts;
use super::proxies;

const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Sees that the request names one host, and one of ours; leaves that name as the only one in its headers.
///
/// # Errors
/// 400 when the request names none or two, 421 when it names somebody else.
pub(super) fn settle(head: &mut Parts, by_proxy: bool, allowed: &AllowedHosts) -> Result<(), Box<Response>> {
    let refused = |status, sentence: &str| Err(Box::new(super::error(status, sentence)));
    let mut names = head.headers.get_all(HOST).iter();
    let name = match (names.next(), names.next()) {
        (_, Some(_)) => {
            return refused(StatusCode::BAD_REQUEST, "the request has two Host headers; send one");
        }
        (None, None) if head.version == Version::HTTP_11 => {
            return refused(
                StatusCode::BAD_REQUEST,
                "the request has no Host header, which HTTP/1.1 asks for",
            );
        }
        (name, None) => name.map(|name| name.to_str().unwrap_or_default()),
    };
    // A whole address in the request line counts more than the header (RFC 9112 §3.2.2).
    let name = head.uri.authority().map(Authority::as_str).or(name);
    let forwarded = proxies::word(&head.headers, &FORWARDED_HOST).filter(|_| by_proxy);
    let Some(name) = forwarded.or(name) else { return Ok(()) };
    let Some(read) = Authority::try_from(name).ok().filter(is_host_and_port) else {
        return refused(StatusCode::BAD_REQUEST, "the Host header can not be read; it is host or host:port");
    };
    if !allowed.allow(read.host()) {
        let sentence = format!(
            "this server does not answer to the name {}: ask it by an address, or have its admin add the name to \
             allowed_hosts below [server] in runstow.toml",
            read.host()
        );
        return refused(StatusCode::MISDIRECTED_REQUEST, &sentence);
    }
    if let Ok(value) = HeaderValue::from_str(read.as_str()) {
        head.headers.insert(HOST, value);
    }
    Ok(())
}

/// Without a user's name before it, and what follows the host is a port, if anything.
fn is_host_and_port(authority: &Authority) -> bool {
    let (host, text) = (authority.host(), authority.as_str());
    let port = text.strip_prefix(host).map(|rest| rest.strip_prefix(':').unwrap_or(rest));
    !host.is_empty() && port.is_some_and(|port| port.is_empty() || port.parse::<u16>().is_ok())
}
