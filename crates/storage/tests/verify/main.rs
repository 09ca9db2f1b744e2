//! Archives are read again: what is whole is told whole, and every kind of damage is found and named.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod damage;
mod faults;
#[path = "../moves/ground.rs"]
#[allow(dead_code)]
mod ground;
mod properties;
mod sample;
mod support;
mod target;
