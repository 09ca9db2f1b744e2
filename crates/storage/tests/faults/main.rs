//! Every step of a move is failed, cut short, falsified, and killed before and after: no byte is ever lost, and the move
//! always comes to its end by itself.
//!
//! The steps are counted by the hook that all of them pass, not by a hand-kept list.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod around_the_cache;
mod crash;
mod errors;
#[path = "../moves/ground.rs"]
#[allow(dead_code)]
mod ground;
mod liars;
mod marker;
mod rest;
mod unpublished;
#[path = "../moves/ways.rs"]
#[allow(dead_code)]
mod ways;
mod whole;
mod world;
