//! Serves the native API over the data set of the compatible API, and prints a key for each role:
//! `cargo run -p runstow-server --example api -- 127.0.0.1:8080`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a tool for developers")]

use runstow_catalog::{Catalog, NewUser, Replace};
use runstow_lifecycle::Role;
use runstow_server::{App, ServerConfig, serve};
use runstow_testkit::TestDatabase;

#[tokio::main]
async fn main() {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:0".into());
    let database = if std::env::var_os("POSTGRES").is_some() {
        TestDatabase::postgres()
    } else {
        TestDatabase::sqlite()
    };
    let catalog = Catalog::open(&database.url().parse().unwrap()).await.unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/api/dataset.json");
    catalog.load(std::fs::read(file).unwrap(), Replace::Yes).await.unwrap();
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    for role in Role::ALL {
        let username = format!("the-{role}");
        let new = NewUser { username, role, api_write: false, active: true, password_hash: None };
        let user = catalog.add_user(new).await.unwrap();
        println!("{role} {}", catalog.create_api_key(user.id, "example").await.unwrap().1);
    }
    let app = App::new(catalog, ServerConfig::default());
    serve(listener, app, async { tokio::signal::ctrl_c().await.unwrap() }).await.unwrap();
}
