//! Only for tests: real databases, and the real program.
//!
//! Nothing here knows Runstow's own crates, so every one of them can use it.
#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test that can not be set up must fail loudly"
)]

pub mod database;
pub mod demo_site;
pub mod kills;
mod patience;
pub mod program;
pub mod python;
pub mod trees;

pub use database::TestDatabase;
pub use patience::until;
