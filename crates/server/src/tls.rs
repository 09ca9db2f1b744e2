//! The server's own certificate: two PEM files, read at the start and again when they change, so that a renewed
//! certificate needs no restart.

mod files;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{self, ServerConfig};

/// Why a certificate can not be used. The texts name the file and say what to do.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is missing, or may not be read.
    #[error(
        "can not read {path} ({cause}): the account that Runstow runs as must be able to read the certificate and its key"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said. No source of this error: a chain would print it again.
        cause: std::io::Error,
    },
    /// The certificate's file holds none.
    #[error(
        "{path} holds no certificate: it must be PEM text, the server's certificate first and those of its issuers \
         after it (such files are often named fullchain.pem)"
    )]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The certificate's file holds a key.
    #[error("{path} holds a private key, not a certificate: are certificate and key exchanged?")]
    Exchanged {
        /// The file.
        path: PathBuf,
    },
    /// The key's file holds none.
    #[error(
        "{path} holds no private key: it must be PEM text with a line such as -----BEGIN PRIVATE KEY-----"
    )]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The key is protected by a password.
    #[error(
        "the private key {path} is protected by a password, which nobody could give when the server starts: \
         take it off with `openssl pkey -in OLD -out NEW`, and let only Runstow's account read the new file"
    )]
    Encrypted {
        /// The file.
        path: PathBuf,
    },
    /// PEM text that is broken.
    #[error("{path} is damaged ({cause}): copy it again from where it was made")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// Key and certificate were not made for each other.
    #[error(
        "the private key {key} does not belong to the certificate {certificate}: give the two files that were made together"
    )]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The TLS library refuses certificate or key.
    #[error(
        "certificate {certificate} and key {key} can not be used ({cause}): RSA keys of 2048 bits and more, \
         ECDSA keys on P-256 or P-384 and Ed25519 keys can"
    )]
    Unusable {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What the library said.
        cause: rustls::Error,
    },
}

/// A certificate with its key, in use. Connections that are open keep the one they began with.
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    current: Arc<Current>,
    acceptor: TlsAcceptor,
    /// The digest of what the files held when they were last looked at, good or not.
    seen: Mutex<[u8; 32]>,
}

/// What new connections are shown.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl Tls {
    /// Reads a certificate with its chain, and its key, both as PEM.
    ///
    /// # Errors
    /// When a file can not be read, holds something else, or the two do not belong together.
    pub fn open(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let found = files::Found::read(certificate, key)?;
        let current = Arc::new(Current(RwLock::new(Arc::new(found.parse(certificate, key, &provider)?))));
        let config =
            ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
        let config = config.map_err(|cause| TlsError::Unusable {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            cause,
        })?;
        let mut config = config.with_no_client_auth().with_cert_resolver(current.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            provider,
            current,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            seen: Mutex::new(found.digest()),
        })
    }

    /// Reads the files again; new connections get what they hold now. Blocks on the disk.
    ///
    /// # Errors
    /// As [`Tls::open`]; what was in use stays in use.
    pub fn renew(&self) -> Result<(), TlsError> {
        let found = files::Found::read(&self.certificate, &self.key)?;
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = found.digest();
        let parsed = Arc::new(found.parse(&self.certificate, &self.key, &self.provider)?);
        *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = parsed;
        tracing::info!(certificate = %self.certificate.display(), "the TLS certificate was read again");
        Ok(())
    }

    /// Reads the files again if they hold something else than when they were last looked at, and logs what comes of it.
    /// Blocks on the disk.
    pub(crate) fn renew_if_changed(&self) {
        let renewed = match files::Found::read(&self.certificate, &self.key) {
            Ok(found) if found.digest() == *self.seen.lock().unwrap_or_else(PoisonError::into_inner) => {
                return;
            }
            Ok(_) => self.renew(),
            Err(error) => Err(error),
        };
        if let Err(error) = renewed {
            tracing::warn!(%error, "the TLS certificate has changed and can not be used; the old one stays in use");
        }
    }

    /// Greets connections.
    pub(crate) fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("certificate", &self.certificate)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
