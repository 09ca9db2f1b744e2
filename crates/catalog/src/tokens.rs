//! Secrets that Runstow makes: long enough not to be guessed, so a plain SHA-256 keeps them.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// A secret of 256 random bits, as 64 hexadecimal digits.
pub(crate) fn session_token() -> String {
    hex(&rand::random::<[u8; 32]>())
}

/// An API key: 40 hexadecimal digits, as Torrent Suite's keys are.
pub(crate) fn api_key() -> String {
    hex(&rand::random::<[u8; 20]>())
}

/// What is stored in place of a secret.
pub(crate) fn digest(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// Is this text what [`digest`] gives?
pub(crate) fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_differ() {
        assert_eq!((session_token().len(), api_key().len()), (64, 40));
        assert_ne!(session_token(), session_token());
        assert_eq!(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(is_digest(&digest("x")) && !is_digest("x"));
    }
}
