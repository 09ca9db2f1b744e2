//! Jobs on both databases: gates, leases and fences, the states that categories show, people and crashes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod crashes;
mod dumps;
mod ends;
mod gates;
mod leases;
mod loads;
mod meanwhile;
mod order;
mod people;
mod requests;
mod support;
mod workers;
