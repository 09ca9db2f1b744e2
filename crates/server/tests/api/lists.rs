//! Lists: filters, orders, pages.

use runstow_catalog::StoredPath;
use runstow_catalog::registry::{Change, ReportFacts, RunRef};
use runstow_lifecycle::Role;
use runstow_testkit::on_both_databases;
use serde_json::Value;

use crate::support::Server;

const SORTS: [&str; 10] = ["id", "-id", "name", "-name", "run", "-run", "date", "-date", "size", "-size"];

async fn ids(server: &Server, query: &str) -> Vec<i64> {
    let page = server.get(&format!("/api/v1/reports?limit=500{query}")).await;
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect()
}

/// All pages of a list, with something happening between them.
async fn paged(server: &Server, query: &str, limit: usize) -> Vec<Value> {
    let mut path = format!("/api/v1/reports?limit={limit}{query}");
    let mut all = Vec::new();
    loop {
        let page = server.get(&path).await;
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(cursor) = page["next_cursor"].as_str() else { return all };
        assert_eq!(page["items"].as_array().unwrap().len(), limit);
        path = format!("/api/v1/reports?limit={limit}{query}&cursor={cursor}");
    }
}

on_both_databases! {
    async fn every_order_pages_through_all_reports_once(database: &TestDatabase) {
        let server = Server::start(database).await;
        let mut all = ids(&server, "&sort=id").await;
        assert!(all.len() > 50 && all.is_sorted());
        for sort in SORTS {
            let items = paged(&server, &format!("&sort={sort}"), 7).await;
            let mut seen: Vec<i64> = items.iter().map(|item| item["id"].as_i64().unwrap()).collect();
            assert_eq!(seen, ids(&server, &format!("&sort={sort}")).await, "{sort}: pages and one page agree");
            let mut other_way = ids(&server, &format!("&sort={}", sort.strip_prefix('-').map_or(format!("-{sort}"), str::to_owned))).await;
            other_way.reverse();
            assert_eq!(seen, other_way, "{sort}: the other way round");
            seen.sort_unstable();
            all.sort_unstable();
            assert_eq!(seen, all, "{sort}");
        }
        let dates: Vec<String> = paged(&server, "&sort=date", 9).await.iter().map(|item| item["date"].as_str().unwrap().to_owned()).collect();
        assert!(dates.windows(2).all(|two| two[0].parse::<jiff::Timestamp>().unwrap() <= two[1].parse().unwrap()));
    }

    async fn reports_that_come_meanwhile_neither_repeat_nor_hide_others(database: &TestDatabase) {
        let server = Server::start(database).await;
        let before = ids(&server, "&sort=-date").await;
        let mut path = "/api/v1/reports?limit=10&sort=-date".to_owned();
        let mut seen = Vec::new();
        let times = ["2001-01-01T00:00:00Z", "2040-01-01T00:00:00Z"];
        for turn in 0.. {
            let page = server.get(&path).await;
            seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/api/v1/reports?limit=10&sort=-date&cursor={cursor}");
            let report = ReportFacts {
                report_dir: StoredPath::from(format!("/reports/new-{turn}").as_str()), moved_from: None, wanted_id: None,
                run: RunRef::Id(1), results_name: format!("new-{turn}"),
                time_stamp_us: times[turn % 2].parse::<jiff::Timestamp>().unwrap().as_microsecond(),
                thumbnail: false, parent_dir: None, ts_version: None, fingerprint: None,
            };
            server.catalog.apply(&[Change::Report(report)]).await.unwrap();
        }
        let old: Vec<i64> = seen.iter().copied().filter(|id| before.contains(id)).collect();
        assert_eq!(old, before, "each of those that were there, once, in order");
        let mut unique = seen.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), seen.len(), "nothing twice");
    }

    async fn filters_narrow_as_they_say(database: &TestDatabase) {
        let server = Server::start(database).await;
        let all = paged(&server, "", 500).await;
        let count = |test: &dyn Fn(&Value) -> bool| all.iter().filter(|item| test(item)).count();
        let state = |item: &Value, category: &str| item["categories"][category]["state"].as_str().unwrap_or_default().to_owned();
        for (query, expected) in [
            ("&output=L,AD", count(&|item| ["L", "AD"].contains(&state(item, "output").as_str()))),
            ("&sigproc=L&misc=L", count(&|item| state(item, "sigproc") == "L" && state(item, "misc") == "L")),
            ("&kept=output", count(&|item| item["categories"]["output"]["kept"] == true)),
            ("&kept=sigproc,misc", count(&|item| item["categories"]["sigproc"]["kept"] == true && item["categories"]["misc"]["kept"] == true)),
            ("&thumbnail=true", count(&|item| item["thumbnail"] == true)),
            ("&run=3", count(&|item| item["run"]["id"] == 3)),
            ("&min_size_mb=500&max_size_mb=50000", count(&|item| item["size_mb"].as_i64().is_some_and(|mb| (500..=50000).contains(&mb)))),
            ("&q=pgm1", count(&|item| [&item["name"], &item["run"]["name"]].iter().any(|name| name.as_str().unwrap().to_lowercase().contains("pgm1")))),
            ("&from=2013-01-01T00:00:00Z&before=2016-01-01T00:00:00Z", count(&|item| {
                let date = item["date"].as_str().unwrap();
                ("2013"..="2015-12-31T24").contains(&date)
            })),
        ] {
            let found = server.get(&format!("/api/v1/reports?limit=1&count=true{query}")).await;
            assert_eq!(found["total"], expected, "{query}");
            assert_eq!(ids(&server, query).await.len(), expected, "{query}");
            assert!(expected < all.len(), "{query} narrows");
        }
    }

    async fn a_list_is_counted_once_until_something_changes(database: &TestDatabase) {
        let server = Server::start(database).await;
        let count = async || {
            let before = server.catalog.statements();
            let total = server.get("/api/v1/reports?limit=1&count=true&thumbnail=false").await["total"].as_u64().unwrap();
            (total, server.catalog.statements() - before)
        };
        let thumbnails = server.get("/api/v1/reports?limit=1&count=true&thumbnail=true").await["total"].as_u64().unwrap();
        let (total, counted) = count().await;
        assert_ne!(total, thumbnails, "another list, another count");
        let mut least = counted;
        // What the server notes at times of its own, such as when a key was used, counts too.
        for _ in 0..5 {
            let (again, statements) = count().await;
            assert_eq!(again, total);
            least = least.min(statements);
        }
        assert!(least < counted, "not known the second time: {counted}, then at least {least} statements");
        let report = ReportFacts {
            report_dir: StoredPath::from("/reports/one-more"), moved_from: None, wanted_id: None,
            run: RunRef::Id(1), results_name: "one-more".into(), time_stamp_us: 0,
            thumbnail: false, parent_dir: None, ts_version: None, fingerprint: None,
        };
        server.catalog.apply(&[Change::Report(report)]).await.unwrap();
        assert_eq!(count().await.0, total + 1);
    }

    async fn a_cursor_serves_its_own_list_only(database: &TestDatabase) {
        let server = Server::start(database).await;
        let cursor = server.get("/api/v1/reports?limit=1&sort=name").await["next_cursor"].as_str().unwrap().to_owned();
        for query in ["sort=-name", "sort=name&q=a", "sort=id", "sort=date"] {
            let answer = server.send(Role::Viewer, "GET", &format!("/api/v1/reports?{query}&cursor={cursor}"), &[], "").await;
            assert_eq!(answer.is_problem(404, "no-such-page")["errors"][0]["field"], "cursor");
        }
        for made_up in ["", "x", "bm90IGpzb24", "e30"] {
            let answer = server.send(Role::Viewer, "GET", &format!("/api/v1/reports?cursor={made_up}"), &[], "").await;
            answer.is_problem(404, "no-such-page");
        }
    }
}
