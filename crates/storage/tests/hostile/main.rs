//! Trees that are awkward in every way: each entry is moved right or reported, nothing is skipped without a word.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod deep;
#[path = "../moves/ground.rs"]
#[allow(dead_code)]
mod ground;
mod names;
mod unreadable;
