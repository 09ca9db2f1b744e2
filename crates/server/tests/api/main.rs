//! The native API over real connections, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod accounts;
mod asking;
mod asking_site;
mod document;
mod documentation;
mod edits;
mod events;
mod files;
mod jobs;
mod lists;
mod problems;
mod random_requests;
mod reports;
mod retries;
mod support;
mod trash;
mod verifications;
