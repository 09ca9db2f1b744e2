//! Stories of clients that write, each on both databases with a server of its own.

macro_rules! written {
    ($($name:ident($client:ident) $body:block)*) => {
        runstow_testkit::on_both_databases! {
            $(async fn $name(database: &TestDatabase) {
                let config = runstow_server::ServerConfig::default();
                let server = crate::server::Server::with_dataset(database, config).await;
                let runtime = tokio::runtime::Handle::current();
                tokio::task::spawn_blocking(move || {
                    let $client = crate::writes::client::Client { server: &server, runtime, user: "ionadmin" };
                    $body
                })
                .await
                .unwrap();
            })*
        }
    };
}
