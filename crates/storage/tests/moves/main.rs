//! Archive, export, delete and restore on real files.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod archive;
mod ground;
mod restored;
mod taken_back;
mod trash;
mod ways;
