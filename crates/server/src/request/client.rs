//! Who is at the other end of a request.

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::FromRequestParts;
use http::Extensions;
use http::request::Parts;

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
    /// Whether the client speaks TLS.
    pub(crate) secure: bool,
}

impl Client {
    /// The other end of the connection itself.
    pub(super) fn of_peer(peer: Peer) -> Self {
        Self { address: peer.address.ip().to_canonical(), secure: peer.secure }
    }

    /// The client of a request; each that came over a connection carries it.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        let nowhere = Self { address: Ipv4Addr::UNSPECIFIED.into(), secure: false };
        extensions.get().copied().unwrap_or(nowhere)
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
