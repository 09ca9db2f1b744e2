//! What the pages say.

use runstow_catalog::{Replace, VolumeFacts, VolumeKind, VolumeStatus};
use runstow_server::ServerConfig;
use runstow_testkit::on_both_databases;

use crate::support::Server;

fn open() -> ServerConfig {
    ServerConfig { anonymous_read: true, ..ServerConfig::default() }
}

/// The address behind a link's text.
fn link(body: &str, text: &str) -> Option<String> {
    let before = body.split(&format!(">{text}</a>")).next().filter(|before| before.len() < body.len())?;
    let address = before.rsplit("href=\"").next()?.split('"').next()?;
    Some(address.replace("&#38;", "&").replace("&amp;", "&"))
}

fn rows(body: &str) -> usize {
    body.matches("scope=\"row\"").count()
}

on_both_databases! {
    async fn the_first_page_shows_reports_and_their_four_categories(database: &TestDatabase) {
        let server = Server::with_dataset_on(database, open()).await;
        let page = server.get("/").await;
        assert_eq!((page.status, rows(&page.body)), (200, 20), "{}", page.body);
        for part in ["1–20 of 98", "Page 1 of 5", "scope=\"col\"", "98 reports of", "Archived", ">Keep</span>"] {
            assert!(page.body.contains(part), "no {part:?} in {}", page.body);
        }
        let detail = server.get("/reports/6").await;
        assert_eq!(detail.status, 200);
        for part in ["Signal Processing Input", "Intermediate Files", "/results/PGM_test/cropped_CB1-42", "<h2 id=\"history\">"] {
            assert!(detail.body.contains(part), "no {part:?} in {}", detail.body);
        }
        assert_eq!(server.get("/reports/103").await.status, 404, "its run has no folder (api.md rule 10)");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_order_and_page_live_in_the_address_and_links_keep_them() {
    let server = Server::with_dataset(open()).await;
    let page = server.get("/?q=r_&basecall=busy&sort=run&limit=20").await;
    let next = link(&page.body, "Next").expect("there is a next page");
    assert_eq!(next, "/?q=r_&basecall=busy&sort=run&page=2");
    let second = server.get(&next).await;
    assert_eq!(second.status, 200);
    assert_eq!(link(&second.body, "Previous").as_deref(), Some("/?q=r_&basecall=busy&sort=run"));
    assert!(second.body.contains("aria-sort=\"ascending\""));
    assert!(second.body.contains("value=\"r_\""), "the search box shows what was searched");
    assert!(second.body.contains("<option value=\"busy\" selected>"));
    let by_date = link(&second.body, "Date").expect("heads sort");
    assert_eq!(by_date, "/?q=r_&basecall=busy&sort=-date", "another order starts at the first page");

    let all = server.get("/?limit=500").await;
    assert_eq!(rows(&all.body), 98);
    let kept = rows(&server.get("/?limit=500&sigproc_kept=1").await.body);
    assert!(kept > 0 && kept < 98, "{kept}");
    assert!(rows(&server.get("/?limit=500&sigproc_kept=1&misc=deleted").await.body) < kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submitted_form_leads_to_the_short_address_and_a_page_too_far_to_the_last() {
    let server = Server::with_dataset(open()).await;
    let form = "/?q=R_2011&sigproc=&basecall=archived&output=&misc=&limit=20&sort=-id";
    let answer = server.get(form).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/?q=R_2011&basecall=archived")));
    let far = server.get("/?page=77").await;
    assert_eq!((far.status, far.header("location")), (303, Some("/?page=5")));
    let none = server.get("/?q=no%20such%20run").await;
    assert!(none.status == 200 && none.body.contains("No report matches"));
    assert_eq!(link(&none.body, "Show all reports").as_deref(), Some("/"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_catalog_says_what_to_do() {
    let server = Server::start(open()).await;
    let page = server.get("/").await;
    assert!(
        page.body.contains("No report is known yet") && page.body.contains("runstow scan"),
        "{}",
        page.body
    );
    assert!(page.body.contains("No volume has been examined yet"));
}

#[tokio::test(flavor = "multi_thread")]
async fn volumes_are_bars_and_one_that_is_not_there_says_why() {
    let server = Server::start(open()).await;
    let ready = VolumeFacts {
        total_bytes: Some(2 << 40),
        available_bytes: Some(1 << 39),
        ..VolumeFacts::new("Results", VolumeKind::Runs, "/results")
    };
    let missing = VolumeFacts {
        name: "NAS".into(),
        path: "/mnt/nas".into(),
        status: VolumeStatus::Missing,
        status_reason: "nothing is mounted at /mnt/nas".into(),
        total_bytes: None,
        available_bytes: None,
        ..ready.clone()
    };
    server.catalog.upsert_volume(ready).await.unwrap();
    server.catalog.upsert_volume(missing).await.unwrap();
    let body = server.get("/").await.body;
    for part in
        ["width=\"75.0\"", "1.50 TB</strong> of 2.00 TB", "512 GB free", "nothing is mounted at /mnt/nas"]
    {
        assert!(body.contains(part), "no {part:?} in {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_are_shown_as_text() {
    let server = Server::start(open()).await;
    let evil = "<script>alert(1)</script>\\\"'><img src=x onerror=alert(2)>";
    let document = format!(
        r#"{{"users": [], "experiments": [{{"id": 1, "expName": "{evil}", "expDir": "/x/{evil}", "date": "2020-01-01T00:00:00+00:00", "chipType": "{evil}", "storage_options": "A", "diskusage": null}}],
        "results": [{{"id": 1, "experiment": 1, "resultsName": "{evil}", "timeStamp": "2020-01-01T00:00:00+00:00", "diskusage": null, "thumbnail": false, "categories": {{"sigproc": {{"state": "L", "keep": false, "diskspace": null}}, "basecall": null, "output": null, "misc": null}}}}],
        "events": [{{"id": 1, "about": "result", "object_pk": 1, "text": "{evil}", "username": "{evil}", "created": "2020-01-01T00:00:00+00:00"}}],
        "fileservers": [], "messages": [], "globalconfig": []}}"#
    );
    server.catalog.load(document, Replace::No).await.unwrap();
    for path in [
        "/",
        "/reports/1",
        "/?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/sign-in?next=/%22%3E%3Cscript%3Ealert(1)",
    ] {
        let body = server.get(path).await.body;
        assert!(!body.contains("<script>alert") && !body.contains("<img src=x"), "{path}: {body}");
    }
    assert!(server.get("/").await.body.contains("&#60;script&#62;alert(1)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_forbid_scripts_and_frames_and_files_are_cached_by_content() {
    let server = Server::start(open()).await;
    let page = server.get("/").await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(
        !page.body.contains(" style=") && !page.body.contains("<style") && !page.body.contains(" onclick=")
    );
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("cache-control"), Some("private, no-store"));

    let sheet = page.body.split("href=\"/static/runstow.css").nth(1).unwrap().split('"').next().unwrap();
    let style = server.get(&format!("/static/runstow.css{sheet}")).await;
    assert_eq!((style.status, style.header("content-type")), (200, Some("text/css; charset=utf-8")));
    assert!(style.header("cache-control").unwrap().contains("immutable"));
    let tag = style.header("etag").unwrap().to_owned();
    let known = server.send("GET", "/static/runstow.css", &[("If-None-Match", &tag)], "").await;
    assert_eq!((known.status, known.body.as_str()), (304, ""));
    assert_eq!(server.get("/static/nothing.css").await.status, 404);
    assert_eq!(server.send("POST", "/", &[], "").await.status, 405);
}
