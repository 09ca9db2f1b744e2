//! Disks that are unplugged, taken for another, full, or become read-only at every step of a move. Real mounts, each test
//! in a mount namespace of its own; only root may mount.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod full;
#[path = "../moves/ground.rs"]
#[allow(dead_code)]
mod ground;
mod leftovers;
mod metadata;
mod namespace;
mod one_place;
mod read_only;
mod rest_full;
mod rest_read_only;
mod rest_unplugged;
mod unplugged;
#[path = "../moves/ways.rs"]
#[allow(dead_code)]
mod ways;
#[path = "../faults/whole.rs"]
#[allow(dead_code)]
mod whole;
#[path = "../faults/world.rs"]
mod world;
