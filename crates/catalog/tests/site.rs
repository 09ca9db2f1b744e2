//! Scans, volumes, file servers, messages and defaults, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use runstow_catalog::{
    Catalog, CatalogError, NewMessage, ScanOutcome, ScanWarning, VolumeFacts, VolumeKind, VolumeStatus,
};
use runstow_testkit::{TestDatabase, on_both_databases};

async fn open(database: &TestDatabase) -> Catalog {
    Catalog::open(&database.url().parse().unwrap()).await.unwrap()
}

fn volume(path: &str) -> VolumeFacts {
    VolumeFacts {
        name: "Home".into(),
        kind: VolumeKind::Runs,
        path: path.into(),
        marker: Some("uuid".into()),
        filesystem: Some("ext4".into()),
        total_bytes: Some(1 << 40),
        available_bytes: Some(1 << 30),
        status: VolumeStatus::Ready,
        status_reason: String::new(),
    }
}

on_both_databases! {
    async fn the_last_hundred_scans_are_kept_with_their_warnings(database: &TestDatabase) {
        let catalog = open(database).await;
        let version = catalog.version().await.unwrap();
        let warning = |at: usize| ScanWarning { path: format!("/results/{at}"), message: "cut short".into() };
        let warnings: Vec<_> = (0..2500).map(warning).collect();
        for _ in 0..101 {
            let id = catalog.start_scan().await.unwrap();
            catalog.finish_scan(id, ScanOutcome::Complete, r#"{"runs": 1}"#, &warnings[..id as usize]).await.unwrap();
        }
        let running = catalog.start_scan().await.unwrap();
        let last = catalog.last_scans(2).await.unwrap();
        assert_eq!((last[0].id, last[0].outcome, last[0].finished_us), (running, ScanOutcome::Running, None));
        assert_eq!((last[1].outcome, last[1].warnings), (ScanOutcome::Complete, 101));
        assert_eq!(last[1].summary, r#"{"runs": 1}"#);
        catalog.finish_scan(running, ScanOutcome::Partial, "{}", &warnings).await.unwrap();
        assert_eq!(catalog.scan_warnings(running).await.unwrap(), warnings);
        assert_eq!(catalog.last_scans(1000).await.unwrap().len(), 100);
        assert_eq!(database.sql("SELECT min(scan_id) FROM scan_warnings"), "3", "old warnings go with their scans");
        assert!(matches!(catalog.finish_scan(1, ScanOutcome::Failed, "{}", &[]).await, Err(CatalogError::NotFound(_))));
        assert_eq!(catalog.version().await.unwrap(), version, "scanning alone changes nothing that is cached");
    }

    async fn a_volume_is_known_by_its_path(database: &TestDatabase) {
        let catalog = open(database).await;
        let one = catalog.upsert_volume(volume("/results")).await.unwrap();
        let other = catalog.upsert_volume(volume("/reports")).await.unwrap();
        assert_ne!(one.id, other.id);
        let version = catalog.version().await.unwrap();
        let fuller = VolumeFacts { available_bytes: Some(5), ..volume("/results") };
        catalog.upsert_volume(fuller.clone()).await.unwrap();
        assert_eq!(catalog.volumes().await.unwrap()[0].facts, fuller);
        assert_eq!(catalog.version().await.unwrap(), version, "filling up is no news");
        let missing = VolumeFacts { status: VolumeStatus::Missing, ..fuller };
        assert_eq!(catalog.upsert_volume(missing).await.unwrap().id, one.id);
        assert!(catalog.version().await.unwrap() > version);
        assert_eq!(catalog.retain_volumes(&["/results".into()]).await.unwrap(), 1);
        assert_eq!(catalog.volumes().await.unwrap().len(), 1);
    }

    async fn a_file_server_is_known_by_its_prefix_and_keeps_its_comments(database: &TestDatabase) {
        let catalog = open(database).await;
        let id = catalog.sync_fileserver("Home", "/results/", Some(40.0)).await.unwrap();
        database.sql("UPDATE fileservers SET comments = 'rack 4'");
        let version = catalog.version().await.unwrap();
        assert_eq!(catalog.sync_fileserver("Home", "/results/", Some(40.004)).await.unwrap(), id);
        assert_eq!(catalog.version().await.unwrap(), version, "a hair's breadth is no news");
        assert_eq!(catalog.sync_fileserver("Runs", "/results/", Some(41.0)).await.unwrap(), id);
        assert_eq!(database.sql("SELECT name, comments, percentfull FROM fileservers").replace("41.0", "41"), "Runs|rack 4|41");
        assert_eq!(catalog.sync_fileserver("Raw", "/rawdata/", None).await.unwrap(), id + 1);
    }

    async fn a_message_is_unread_at_first(database: &TestDatabase) {
        let catalog = open(database).await;
        let message = NewMessage {
            body: "Disk almost full".into(),
            level: 40,
            route: "_StaffOnly".into(),
            expires: "read".into(),
            tags: "disk".into(),
        };
        assert_eq!(catalog.add_message(message).await.unwrap(), 1);
        assert_eq!(database.sql("SELECT body, status FROM messages"), "Disk almost full|unread");
    }

    async fn a_fresh_catalog_gets_its_configuration_once(database: &TestDatabase) {
        let catalog = open(database).await;
        catalog.ensure_defaults().await.unwrap();
        let version = catalog.version().await.unwrap();
        catalog.ensure_defaults().await.unwrap();
        assert_eq!(catalog.version().await.unwrap(), version);
        assert_eq!(database.sql("SELECT count(*), min(site_name) FROM globalconfig"), "1|Torrent Server");
        assert_eq!(database.sql("SELECT next_id FROM id_sequences WHERE name = 'globalconfig'"), "2");
        assert_eq!(database.sql("SELECT count(*) FROM globalconfig WHERE NOT auto_archive_enable"), "1");
    }
}
