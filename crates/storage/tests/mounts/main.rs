//! Disks that are unplugged, taken for another, full, or become read-only at every step of a move. Real mounts, each test
//! in a mount namespace of its own; only root may mount.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod full;
#[path = "../moves/ground.rs"]
#[allow(dead_code)]
mod ground;
mod namespace;
mod read_only;
mod unplugged;
#[path = "../faults/whole.rs"]
#[allow(dead_code)]
mod whole;
