//! Many writers and readers at once, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use runstow_catalog::registry::{Change, RunFacts};
use runstow_catalog::{About, Catalog, Replace};
use runstow_testkit::{TestDatabase, on_both_databases};

const DATASET: &str = include_str!("../../../conformance/api/dataset.json");

async fn open(database: &TestDatabase) -> Catalog {
    Catalog::open(&database.url().parse().unwrap()).await.unwrap()
}

on_both_databases! {
    async fn sixteen_writers_lose_nothing(database: &TestDatabase) {
        // Two sets of connections, as the server and a command have.
        let catalogs = [open(database).await, open(database).await];
        let version = catalogs[0].version().await.unwrap();
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..16 {
            let catalog = catalogs[writer % 2].clone();
            writers.spawn(async move {
                for round in 0..50 {
                    // Different orders of tables: runs before events here, events before runs there.
                    if writer % 2 == 0 {
                        catalog.add_event(About::Result, round, "written", "me").await.unwrap();
                    } else {
                        let dir = format!("/results/{writer}_{round}");
                        let run = RunFacts { exp_dir: dir.as_str().into(), ..RunFacts::default() };
                        catalog.apply(&[Change::Run(run)]).await.unwrap();
                    }
                }
            });
        }
        writers.join_all().await;
        assert_eq!(database.sql("SELECT count(*), max(id) FROM events"), "400|400");
        assert_eq!(database.sql("SELECT count(*), max(id) FROM experiments"), "400|400");
        assert_eq!(catalogs[1].version().await.unwrap(), version + 800);
    }

    async fn a_reader_sees_all_of_a_load_or_nothing(database: &TestDatabase) {
        let (reader, loader) = (open(database).await, open(database).await);
        loader.load(DATASET, Replace::No).await.unwrap();
        let done = Arc::new(AtomicBool::new(false));
        let reading = tokio::spawn({
            let done = done.clone();
            async move {
                let mut seen = 0;
                while !done.load(Ordering::Relaxed) {
                    assert_eq!(reader.all_reports().await.unwrap().len(), 100);
                    assert_eq!(reader.dump().await.unwrap().matches("resultsName").count(), 100);
                    seen += 1;
                }
                seen
            }
        });
        for _ in 0..5 {
            loader.load(DATASET, Replace::Yes).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        done.store(true, Ordering::Relaxed);
        assert!(reading.await.unwrap() > 0);
    }
}
