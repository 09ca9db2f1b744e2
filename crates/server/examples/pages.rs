//! Serves the pages over a neutral JSON file, to look at them:
//! `cargo run -p runstow-server --example pages -- conformance/api/dataset.json 127.0.0.1:8080 [closed]`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a tool for developers")]

use runstow_catalog::{Catalog, Replace, VolumeFacts, VolumeKind, VolumeStatus};
use runstow_server::{App, ServerConfig, serve};
use runstow_testkit::TestDatabase;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let (file, address) = (arguments.next(), arguments.next().unwrap_or("127.0.0.1:0".into()));
    let anonymous_read = arguments.next().is_none();
    let database = TestDatabase::sqlite();
    let catalog = Catalog::open(&database.url().parse().unwrap()).await.unwrap();
    if let Some(file) = file.filter(|file| file != "none") {
        catalog.load(std::fs::read(file).unwrap(), Replace::Yes).await.unwrap();
        for volume in volumes() {
            catalog.upsert_volume(volume).await.unwrap();
        }
    }
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    println!("http://{}/", listener.local_addr().unwrap());
    let app = App::new(catalog, ServerConfig { anonymous_read, ..ServerConfig::default() });
    serve(listener, app, async { tokio::signal::ctrl_c().await.unwrap() }).await.unwrap();
}

fn volumes() -> Vec<VolumeFacts> {
    let volume = |name: &str, kind, path: &str, total: u64, free: u64| VolumeFacts {
        filesystem: Some("xfs".into()),
        total_bytes: Some(total << 30),
        available_bytes: Some(free << 30),
        ..VolumeFacts::new(name, kind, path)
    };
    let missing = VolumeFacts {
        total_bytes: None,
        available_bytes: None,
        status: VolumeStatus::Missing,
        status_reason: "Nothing is mounted at /mnt/nas/archive: mount it, then run `runstow scan`.".into(),
        ..volume("NAS archive", VolumeKind::Archive, "/mnt/nas/archive", 1, 1)
    };
    vec![
        volume("Results", VolumeKind::Runs, "/results", 14_900, 5_300),
        volume("Raw data", VolumeKind::Runs, "/rawdata", 7_300, 610),
        volume("Analysis output", VolumeKind::Reports, "/results/analysis/output/Home", 3_700, 95),
        missing,
    ]
}
