//! The real program is killed at random moments, again and again, and always comes to its end.
//!
//! `cargo xtask random-kills` does the same a thousand times.
#![allow(clippy::disallowed_methods, reason = "tests make the files they look at")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "it tells how often it killed")]

use runstow_testkit::kills::{Action, Kills};

fn killed(action: Action, rounds: u32) {
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let seed = std::env::var("RUNSTOW_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut kills = Kills::new(env!("CARGO_BIN_EXE_runstow"), action, &dir.path().join("kills"), seed);
    let all: u32 = (0..rounds).map(|_| kills.round().kills).sum();
    println!("{action:?}: killed {all} times in {rounds} rounds");
    assert!(all > 0, "it was never killed while it worked");
}

#[test]
fn an_archive_that_is_killed_at_random_moments_ends_and_loses_nothing() {
    killed(Action::Archive, 6);
}

#[test]
fn an_export_that_is_killed_at_random_moments_ends_and_loses_nothing() {
    killed(Action::Export, 3);
}

#[test]
fn a_delete_that_is_killed_at_random_moments_ends_and_loses_nothing() {
    killed(Action::Delete, 4);
}

#[test]
fn a_restore_that_is_killed_at_random_moments_ends_and_brings_everything_back() {
    killed(Action::Restore, 4);
}
