//! Files as people give them.

use std::path::PathBuf;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;

use super::*;

struct Files {
    dir: TempDir,
}

impl Files {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    #[expect(clippy::disallowed_methods, reason = "a test makes its own files")]
    fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn pair(&self, name: &str) -> (PathBuf, PathBuf) {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = self.put(&format!("{name}.pem"), &cert.pem());
        (certificate, self.put(&format!("{name}.key"), &signing_key.serialize_pem()))
    }
}

#[test]
fn each_wrong_file_is_named_with_what_to_do() {
    let files = Files::new();
    let ((certificate, key), (other, other_key)) = (files.pair("one"), files.pair("two"));
    let missing = files.dir.path().join("missing.pem");
    let empty = files.put("empty.pem", "");
    let half = files.put("half.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n");
    let garbage = files.put("garbage.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let locked = files.put("locked.key", locked);
    assert!(Tls::open(&certificate, &key).is_ok() && Tls::open(&other, &other_key).is_ok());
    for (certificate, key, named, advice) in [
        (&missing, &key, &missing, "must be able to read"),
        (&certificate, &missing, &missing, "must be able to read"),
        (&empty, &key, &empty, "holds no certificate"),
        (&half, &key, &half, "is damaged"),
        (&garbage, &key, &garbage, "can not be used"),
        (&key, &certificate, &key, "are certificate and key exchanged"),
        (&certificate, &empty, &empty, "holds no private key"),
        (&certificate, &locked, &locked, "openssl pkey"),
        (&certificate, &other_key, &other_key, "does not belong to the certificate"),
    ] {
        let text = Tls::open(certificate, key).unwrap_err().to_string();
        assert!(text.contains(advice) && text.contains(named.to_str().unwrap()), "{text}");
    }
}

#[test]
fn a_bad_renewal_leaves_the_old_certificate_in_use() {
    let files = Files::new();
    let (certificate, key) = files.pair("one");
    let tls = Tls::open(&certificate, &key).unwrap();
    let shown = || tls.current.0.read().unwrap().cert[0].as_ref().to_vec();
    let first = shown();
    files.put("one.pem", "nothing");
    assert!(tls.renew().is_err());
    assert_eq!(shown(), first);
    files.pair("one");
    tls.renew_if_changed();
    assert_ne!(shown(), first, "and a good one is taken, also without being told");
}
