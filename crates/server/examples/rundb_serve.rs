//! Scratch: serves a catalog.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
use runstow_catalog::{Catalog, Replace};
use runstow_server::{App, ServerConfig, serve};
#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    let catalog = Catalog::open(&args[1].parse().unwrap()).await.unwrap();
    if let Some(file) = args.get(3) {
        catalog.load(std::fs::read(file).unwrap(), Replace::Yes).await.unwrap();
    }
    let listener = tokio::net::TcpListener::bind(&args[2]).await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    let config = ServerConfig { anonymous_read: std::env::var_os("OPEN").is_some(), ..Default::default() };
    serve(listener, App::new(catalog, config), std::future::pending()).await.unwrap();
}
