//! The two files: from bytes to a certificate that can be shown.

use std::path::Path;

use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{Error, InconsistentKeys};

use super::TlsError;

/// What the files hold just now. No `Debug`: a private key is among it.
pub(super) struct Found {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Found {
    /// Reads both.
    pub(super) fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let read = |path: &Path| {
            std::fs::read(path).map_err(|cause| TlsError::Unreadable { path: path.to_owned(), cause })
        };
        Ok(Self { certificate: read(certificate)?, key: read(key)? })
    }

    /// Tells one content from another.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(self.certificate.len() as u64).to_le_bytes());
        hasher.update(&self.certificate).update(&self.key).finalize().into()
    }

    /// Takes the texts apart and sees that they belong together. The paths are for errors.
    pub(super) fn parse(
        &self,
        certificate: &Path,
        key: &Path,
        provider: &CryptoProvider,
    ) -> Result<CertifiedKey, TlsError> {
        let chain = self.chain(certificate)?;
        let private = self.private(key)?;
        CertifiedKey::from_der(chain, private, provider).map_err(|cause| {
            let (certificate, key) = (certificate.to_owned(), key.to_owned());
            match cause {
                Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                    TlsError::Mismatch { certificate, key }
                }
                cause => TlsError::Unusable { certificate, key, cause },
            }
        })
    }

    fn chain(&self, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.certificate).collect();
        let chain = chain.map_err(|error| damaged(path, &error))?;
        if !chain.is_empty() {
            return Ok(chain);
        }
        let path = path.to_owned();
        Err(if names(&self.certificate, "PRIVATE KEY-----") {
            TlsError::Exchanged { path }
        } else {
            TlsError::NoCertificate { path }
        })
    }

    fn private(&self, path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
        if names(&self.key, "BEGIN ENCRYPTED PRIVATE KEY") || names(&self.key, "Proc-Type: 4,ENCRYPTED") {
            return Err(TlsError::Encrypted { path: path.to_owned() });
        }
        PrivateKeyDer::from_pem_slice(&self.key).map_err(|error| match error {
            pem::Error::NoItemsFound => TlsError::NoKey { path: path.to_owned() },
            other => damaged(path, &other),
        })
    }
}

fn damaged(path: &Path, error: &pem::Error) -> TlsError {
    TlsError::Damaged { path: path.to_owned(), cause: error.to_string() }
}

fn names(text: &[u8], words: &str) -> bool {
    text.windows(words.len()).any(|part| part == words.as_bytes())
}
