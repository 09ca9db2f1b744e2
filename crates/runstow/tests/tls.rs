//! `runstow serve` with a certificate, asked by curl; renewed by SIGHUP.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use runstow_testkit::TestDatabase;
use runstow_testkit::program::Program;

#[expect(clippy::disallowed_methods, reason = "a test makes its own files")]
fn issue(dir: &Path, name: &str) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(dir.join(format!("{name}.pem")), cert.pem()).unwrap();
    std::fs::write(dir.join(format!("{name}.key")), signing_key.serialize_pem()).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a test makes its own files")]
fn replace(dir: &Path, old: &str, new: &str) {
    for end in ["pem", "key"] {
        std::fs::copy(dir.join(format!("{new}.{end}")), dir.join(format!("{old}.{end}"))).unwrap();
    }
}

fn curl(dir: &Path, trusted: &str, base: &str) -> Output {
    let port = base.rsplit(':').next().unwrap();
    Command::new("curl")
        .args(["--silent", "--show-error", "--max-time", "20", "--noproxy", "*", "--cacert"])
        .arg(dir.join(format!("{trusted}.pem")))
        .arg(format!("https://localhost:{port}/healthz"))
        .output()
        .expect("curl is there")
}

#[test]
fn a_certificate_is_served_and_renewed_without_a_restart() {
    let (database, dir) = (TestDatabase::sqlite(), tempfile::tempdir().unwrap());
    let program = Program::new(env!("CARGO_BIN_EXE_runstow"), &database.url());
    issue(dir.path(), "one");
    issue(dir.path(), "two");
    replace(dir.path(), "used", "one");
    let args = ["serve", "--listen", "127.0.0.1:0", "--tls-cert", "used.pem", "--tls-key", "used.key"];
    let server = program.serve(&args, dir.path());
    assert!(server.base().starts_with("https://"), "{}", server.base());
    let answer = curl(dir.path(), "one", server.base());
    assert_eq!(String::from_utf8_lossy(&answer.stdout), "ok\n", "{answer:?}");

    replace(dir.path(), "used", "two");
    let told = Command::new("kill").arg("-HUP").arg(server.id().to_string()).status().unwrap();
    assert!(told.success());
    // A signal has no answer, so ask until the new certificate is shown.
    let renewed = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        curl(dir.path(), "two", server.base()).stdout == b"ok\n"
    });
    assert!(renewed);
    assert!(server.stop());
}

#[test]
fn a_certificate_that_can_not_be_used_is_named() {
    let (database, dir) = (TestDatabase::sqlite(), tempfile::tempdir().unwrap());
    let program = Program::new(env!("CARGO_BIN_EXE_runstow"), &database.url());
    issue(dir.path(), "one");
    issue(dir.path(), "two");
    let run = |cert: &str, key: &str| {
        let args = ["serve", "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key];
        let output = program.command(&args).current_dir(dir.path()).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, text) = run("one.pem", "two.key");
    assert!(code == Some(1) && text.contains("two.key does not belong to the certificate one.pem"), "{text}");
    let (code, text) = run("nowhere.pem", "one.key");
    assert!(code == Some(1) && text.contains("can not read nowhere.pem"), "{text}");
    let alone = program.run(&["serve", "--tls-cert", "one.pem"]);
    assert_eq!(alone.status.code(), Some(2), "a certificate without a key is wrong usage");
}
