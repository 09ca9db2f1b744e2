//! The committed OpenAPI document is the one that the server serves.

/// Where it is committed.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/runstow.json");

#[test]
fn the_committed_document_is_the_one_that_is_served() {
    let made = runstow_server::document();
    if std::env::var_os("RUNSTOW_BLESS").is_some() {
        #[expect(clippy::disallowed_methods, reason = "a test that renews a file of the repository")]
        std::fs::write(FILE, made).unwrap();
    }
    let committed = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        committed == made,
        "openapi/runstow.json is not what the server serves any more; renew it with\n\
         RUNSTOW_BLESS=1 cargo test -p runstow-server --test api document\n\
         and look at the difference: clients rely on it"
    );
}
