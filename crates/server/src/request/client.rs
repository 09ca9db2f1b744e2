//! Who is at the other end of a request.

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderName};

use super::proxies::{self, TrustedProxies};

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    /// Its address.
    pub(crate) address: SocketAddr,
    /// Whether the connection is TLS.
    pub(crate) secure: bool,
}

/// Who sent a request, as limits, cookies and logs see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Client {
    /// The address.
    pub(crate) address: IpAddr,
    /// Whether the client speaks TLS, to us or to a trusted proxy.
    pub(crate) secure: bool,
    /// Whether a trusted proxy asks in its name.
    pub(crate) by_proxy: bool,
}

impl Client {
    /// The other end of the connection, or whom it asks for if it is a trusted proxy.
    pub(super) fn find(peer: Peer, headers: &HeaderMap, proxies: &TrustedProxies) -> Self {
        let address = peer.address.ip().to_canonical();
        if !proxies.trust(address) {
            return Self { address, secure: peer.secure, by_proxy: false };
        }
        let said = proxies::word(headers, &FORWARDED_PROTO);
        Self {
            address: proxies.client(address, headers),
            secure: said.map_or(peer.secure, |scheme| scheme.eq_ignore_ascii_case("https")),
            by_proxy: true,
        }
    }

    /// The client of a request; each that came over a connection carries it.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        let nowhere = Self { address: Ipv4Addr::UNSPECIFIED.into(), secure: false, by_proxy: false };
        extensions.get().copied().unwrap_or(nowhere)
    }

    /// What counts as one client: an IPv6 client owns a whole /64.
    pub(crate) fn network(self) -> IpAddr {
        match self.address.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
            v4 => v4,
        }
    }

    /// `https` or `http`
    pub(crate) fn scheme(self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> IpAddr {
        Client { address: text.parse().unwrap(), secure: false, by_proxy: false }.network()
    }

    #[test]
    fn neighbours_of_an_ipv6_network_count_as_one() {
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1:2:3"));
        assert_ne!(network("2001:db8:0:1::1"), network("2001:db8::1"));
        assert_eq!(network("::ffff:10.0.0.1"), network("10.0.0.1"));
    }
}
