//! A catalog whose disk is full or read-only says so, and loses nothing.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use runstow_catalog::{About, Catalog, CatalogError, Replace};
use runstow_testkit::TestDatabase;

const DATASET: &str = include_str!("../../../conformance/api/dataset.json");

async fn open(database: &TestDatabase) -> Catalog {
    Catalog::open(&database.url().parse().unwrap()).await.unwrap()
}

fn assert_not_writable(error: &CatalogError) {
    assert!(matches!(error, CatalogError::NotWritable(_)), "{error:?}");
    assert!(error.to_string().contains("nothing was changed"), "{error}");
}

#[tokio::test]
async fn a_read_only_postgres_is_read_and_says_that_it_can_not_be_written() {
    let database = TestDatabase::postgres();
    open(&database).await.load(DATASET, Replace::No).await.unwrap();
    let name = database.url().rsplit('/').next().unwrap().to_owned();
    database.sql(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    let catalog = open(&database).await;
    assert_eq!(catalog.all_reports().await.unwrap().len(), 100);
    assert_not_writable(&catalog.add_event(About::Result, 5, "x", "me").await.unwrap_err());
    assert_not_writable(&catalog.load(DATASET, Replace::Yes).await.unwrap_err());
}

/// On a small disk of its own.
#[tokio::test]
async fn a_full_disk_leaves_the_catalog_as_it_was() {
    let database = TestDatabase::sqlite();
    let url = database.url();
    let catalog = open(&database).await;
    catalog.load(DATASET, Replace::No).await.unwrap();
    let before = catalog.dump().await.unwrap();
    catalog.close().await;

    let full = tempfile::tempdir().unwrap();
    let Some(mounted) = small_disk(full.path()) else {
        eprintln!("not run: mounting a small tmpfs needs root");
        return;
    };
    let file = url.strip_prefix("sqlite://").unwrap();
    let copied = full.path().join("catalog.db");
    assert!(
        std::process::Command::new("cp").args([file, copied.to_str().unwrap()]).status().unwrap().success()
    );
    let catalog = Catalog::open(&format!("sqlite://{}", copied.display()).parse().unwrap()).await.unwrap();
    let rest = full.path().join("rest");
    let fill = "cat /dev/zero > \"$0\" 2>/dev/null";
    let _ = std::process::Command::new("sh").args(["-c", fill, rest.to_str().unwrap()]).status().unwrap();

    let large = "x".repeat(4 << 20);
    let error = catalog.add_event(About::Result, 5, &large, "me").await.unwrap_err();
    assert_not_writable(&error);
    assert_eq!(catalog.dump().await.unwrap(), before, "reading goes on, and nothing is lost");

    assert!(std::process::Command::new("rm").arg(&rest).status().unwrap().success());
    catalog.add_event(About::Result, 5, "there is room again", "me").await.unwrap();

    catalog.close().await;
    assert!(mounted.remount_read_only());
    let url = format!("sqlite://{}", copied.display()).parse().unwrap();
    let text = Catalog::open(&url).await.err().expect("a log can not be made").to_string();
    assert!(text.contains("catalog.db") && text.contains("read-only"), "{text}");
}

/// A file system of its own, unmounted at the end.
struct Mounted(String);

fn small_disk(at: &std::path::Path) -> Option<Mounted> {
    let path = at.to_str().unwrap().to_owned();
    let mut mount = std::process::Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=8m", "tmpfs", &path]).stderr(std::process::Stdio::null());
    mount.status().is_ok_and(|status| status.success()).then_some(Mounted(path))
}

impl Mounted {
    fn remount_read_only(&self) -> bool {
        std::process::Command::new("mount")
            .args(["-o", "remount,ro", &self.0])
            .status()
            .is_ok_and(|s| s.success())
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").args(["-l", &self.0]).status();
    }
}
