//! Faces over HTTP: the compatible API, pages, operations.
//!
//! [`App`] is what every request shares; [`serve`] answers on a listener until it is told to stop.
//! The crate reads through the catalog's types and acts through the engine; it never speaks SQL and
//! never touches managed files.

mod api;
mod app;
mod auth;
mod config;
mod listen;
mod operations;
mod request;
mod rights;
mod routes;
mod rundb_api;
mod tls;
mod web;

pub use api::document;
pub use app::App;
pub use config::ServerConfig;
pub use listen::serve;
pub use request::{AllowedHosts, BadHost, BadOrigin, BadProxy, CorsOrigins, TrustedProxies};
pub use rights::Access;
pub use routes::{Route, routes};
pub use tls::{Tls, TlsError};
