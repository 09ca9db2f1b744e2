//! Somebody swaps entries for others while they are moved: nothing outside is touched, no content is lost.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod everywhere;
#[path = "../moves/ground.rs"]
#[allow(dead_code)]
mod ground;
mod racer;
mod rest;
mod second_process;
mod swapped;
#[path = "../moves/ways.rs"]
#[allow(dead_code)]
mod ways;
#[path = "../faults/world.rs"]
#[allow(dead_code)]
mod world;
