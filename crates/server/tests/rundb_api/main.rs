//! The compatible API over a socket: the recorded cases, what a request may cost, and what must never happen.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod case;
mod compare;
mod conformance;
mod differences;
mod random;
mod random_writes;
mod server;
mod statements;
mod writes;
