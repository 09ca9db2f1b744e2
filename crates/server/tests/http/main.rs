//! The server over real connections: who comes in, what is refused, what pages say.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod access;
mod clients;
mod headers;
mod hosts;
mod limits;
mod malformed;
mod operations;
mod pages;
mod rights;
mod secrets;
mod sign_in;
mod support;
mod tls;
