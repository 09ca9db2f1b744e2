//! Moves from the plan to the end, over a real catalog and real files.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "tests make and move the files they look at")]

mod again;
mod archive;
mod archived;
mod back;
mod meanwhile;
mod mounted;
mod namesakes;
mod site;
