//! How the server behaves; the binary fills it from `runstow.toml` and flags.

use std::sync::Arc;
use std::time::Duration;

use crate::request::{AllowedHosts, CorsOrigins, TrustedProxies};
use crate::tls::Tls;

/// Settings of the HTTP face. [`Default`] is safe on an open network: reading needs an account.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Whether everybody may read without an account (lifecycle.md §7). Off by default.
    pub anonymous_read: bool,
    /// How long browsers that came over our own TLS are told to come that way only; zero tells them nothing.
    pub hsts: Duration,
    /// The names in addresses that are answered.
    pub allowed_hosts: AllowedHosts,
    /// Reverse proxies that are believed about their clients.
    pub trusted_proxies: TrustedProxies,
    /// Other sites whose scripts may use the APIs.
    pub cors_origins: CorsOrigins,
    /// Requests of one client in a second, in the long run; 0 for any number.
    pub requests_per_second: u32,
    /// Requests of one client at once, after a pause.
    pub request_burst: u32,
    /// How long a session lives after signing in. Two weeks, as in the original.
    pub session_lifetime: Duration,
    /// The server's own certificate; none serves plain HTTP.
    pub tls: Option<Arc<Tls>>,
    /// Connections served at a time. At the limit idle ones are closed, then new ones wait.
    pub max_connections: usize,
    /// Bytes of a request's line and headers; more is answered 431.
    pub max_header_bytes: usize,
    /// Bytes of a request's body; more is answered 413.
    pub max_body_bytes: u64,
    /// How long a client may take from one answer to the end of the next request's headers, and to begin a TLS
    /// connection. It bounds both slow clients and idle connections.
    pub header_timeout: Duration,
    /// How long a client may take to send a body.
    pub body_timeout: Duration,
    /// How long a client may leave an answer unread before the connection is closed.
    pub write_timeout: Duration,
    /// How long a request may be worked on before it is answered 503.
    pub request_timeout: Duration,
    /// How long running requests may go on after a stop was asked for.
    pub drain_timeout: Duration,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            anonymous_read: false,
            session_lifetime: Duration::from_secs(14 * 24 * 3600),
            tls: None,
            hsts: Duration::from_secs(30 * 24 * 3600),
            allowed_hosts: AllowedHosts::default(),
            trusted_proxies: TrustedProxies::default(),
            cors_origins: CorsOrigins::default(),
            requests_per_second: 200,
            request_burst: 1000,
            max_connections: 4096,
            max_header_bytes: 64 * 1024,
            max_body_bytes: 16 << 20,
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(60),
            write_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(60),
            drain_timeout: Duration::from_secs(10),
        }
    }
}
