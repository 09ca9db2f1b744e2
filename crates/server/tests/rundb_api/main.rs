//! The compatible API over a socket: the recorded cases, what a request may cost, and what must never happen.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod case;
mod clients;
mod compare;
mod conformance;
mod differences;
mod many_clients;
mod random;
mod random_requests;
mod server;
mod statements;
mod writes;
