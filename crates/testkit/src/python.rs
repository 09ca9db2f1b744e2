//! Programs from PyPI, which `scripts/install-test-tools` puts into an environment of their own.

use std::path::PathBuf;

/// A program of the environment, such as `python` or `schemathesis`.
///
/// # Panics
/// When it is not there; the text says how to install it.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let environment = std::env::var_os("RUNSTOW_TEST_VENV").map_or_else(
        || {
            let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
            let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(|| home.join(".cache"), PathBuf::from);
            cache.join("runstow-ci/venv")
        },
        PathBuf::from,
    );
    let program = environment.join("bin").join(name);
    assert!(program.exists(), "{} is missing: run scripts/install-test-tools", program.display());
    program
}
