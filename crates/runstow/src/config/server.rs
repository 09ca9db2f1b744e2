//! `[server]`: how the HTTP face behaves.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use runstow_server::{AllowedHosts, CorsOrigins, ServerConfig, TrustedProxies};
use serde::Deserialize;

/// `[server]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerSection {
    /// Address and port to answer on.
    pub listen: SocketAddr,
    /// The certificate to speak HTTPS with, and its chain.
    pub tls_cert: Option<PathBuf>,
    /// The certificate's key.
    pub tls_key: Option<PathBuf>,
    /// Days for which browsers are told to come by HTTPS only; 0: they are told nothing.
    pub hsts_days: u32,
    /// Names in addresses that are answered, beside those the machine is known by.
    pub allowed_hosts: Vec<String>,
    /// Addresses and networks of reverse proxies that are believed about their clients.
    pub trusted_proxies: Vec<String>,
    /// Other sites whose scripts may use the APIs.
    pub cors_origins: Vec<String>,
    /// Requests of one client in a second, in the long run; 0: any number.
    pub requests_per_second: u32,
    /// Requests of one client at once, after a pause.
    pub request_burst: u32,
    /// Whether anyone may read without signing in.
    pub anonymous_read: bool,
    /// Hours a session lasts.
    pub session_hours: u32,
    /// Seconds a client may take to send its request's head.
    pub header_seconds: u32,
    /// Seconds a request may take altogether.
    pub request_seconds: u32,
    /// Largest request body, in MB of 2^20 bytes.
    pub max_body_mb: u32,
    /// Connections served at once; further ones wait.
    pub max_connections: u32,
}

impl Default for ServerSection {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            tls_cert: None,
            tls_key: None,
            hsts_days: 30,
            allowed_hosts: Vec::new(),
            trusted_proxies: Vec::new(),
            cors_origins: Vec::new(),
            requests_per_second: 200,
            request_burst: 1000,
            anonymous_read: false,
            session_hours: 14 * 24,
            header_seconds: 10,
            request_seconds: 60,
            max_body_mb: 16,
            max_connections: 4096,
        }
    }
}

impl ServerSection {
    /// What the server is told, but for the certificate.
    ///
    /// # Errors
    /// Names the key whose value can not be used.
    pub fn http(&self) -> Result<ServerConfig> {
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            bail!("server.tls_cert and server.tls_key belong together: give both to speak HTTPS, or neither");
        }
        for (name, value) in [
            ("header_seconds", self.header_seconds),
            ("request_seconds", self.request_seconds),
            ("max_connections", self.max_connections),
            ("session_hours", self.session_hours),
        ] {
            if value == 0 {
                bail!("server.{name} is 0, so nothing could be served; take 1 or more");
            }
        }
        let seconds = |count: u32, each: u64| Duration::from_secs(u64::from(count) * each);
        Ok(ServerConfig {
            anonymous_read: self.anonymous_read,
            hsts: seconds(self.hsts_days, 24 * 3600),
            allowed_hosts: AllowedHosts::new(&self.allowed_hosts).context("server.allowed_hosts")?,
            trusted_proxies: TrustedProxies::new(&self.trusted_proxies).context("server.trusted_proxies")?,
            cors_origins: CorsOrigins::new(&self.cors_origins).context("server.cors_origins")?,
            requests_per_second: self.requests_per_second,
            request_burst: self.request_burst,
            session_lifetime: seconds(self.session_hours, 3600),
            header_timeout: seconds(self.header_seconds, 1),
            request_timeout: seconds(self.request_seconds, 1),
            max_body_bytes: u64::from(self.max_body_mb) << 20,
            max_connections: self.max_connections as usize,
            ..ServerConfig::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;

    fn refused(line: &str) -> String {
        format!("{:#}", Config::parse(&format!("[server]\n{line}\n")).unwrap_err())
    }

    #[test]
    fn a_certificate_without_its_key_is_refused() {
        for half in ["tls_cert = \"/c.pem\"", "tls_key = \"/k.pem\""] {
            assert!(refused(half).contains("belong together"), "{half}");
        }
        assert!(Config::parse("[server]\ntls_cert = \"/c.pem\"\ntls_key = \"/k.pem\"\n").is_ok());
    }

    #[test]
    fn a_name_network_or_origin_that_is_none_is_named_with_its_key() {
        for (line, key, advice) in [
            (
                "allowed_hosts = [\"https://runstow.example.org\"]",
                "server.allowed_hosts",
                "without scheme and port",
            ),
            ("trusted_proxies = [\"proxy\"]", "server.trusted_proxies", "neither an address nor a network"),
            ("cors_origins = [\"*\"]", "server.cors_origins", "no pattern for many"),
            ("session_hours = 0", "server.session_hours", "take 1 or more"),
        ] {
            let text = refused(line);
            assert!(text.contains(key) && text.contains(advice), "{text}");
        }
    }
}
