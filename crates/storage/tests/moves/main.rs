//! Archive, export, delete and restore on real files.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod archive;
mod archived_trash;
mod changed;
mod displaced;
mod ground;
mod metadata;
mod one_at_a_time;
mod open;
mod places;
mod records;
mod renamed;
mod restored;
mod taken_back;
mod tidy;
mod trash;
mod ways;
