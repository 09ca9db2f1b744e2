//! What a request costs in SQL.

use runstow_catalog::{Direction, ReportColumn, ReportQuery};
use runstow_server::ServerConfig;
use runstow_testkit::on_both_databases;

use super::server::{Connection, DATASET, Server};

const LIST: &str = "/rundb/api/v1/compositedatamanagement/";

on_both_databases! {
    async fn no_list_needs_more_than_three_statements(database: &TestDatabase) {
        let open = ServerConfig { anonymous_read: true, ..ServerConfig::default() };
        let server = Server::with_dataset(database, open).await;
        let plain = |path: String| {
            let address = server.address;
            tokio::task::spawn_blocking(move || {
                Connection::open(address).send("GET", &path, &[], None)
            })
        };
        for path in [
            "compositedatamanagement/",
            "compositedatamanagement/?limit=0",
            "compositedatamanagement/?limit=5&offset=50",
            "compositedatamanagement/?search_name=auto&sigproc_filter=L,E&order_by=-timeStamp",
            "compositedatamanagement/?expName__in=xay,Alpha_Run&id__range=1,90&basecall_filter=K",
            "compositedatamanagement/?timeStamp__year=2017&order_by=expName&order_by=-id&limit=3",
            "compositedatamanagement/?id=999999",
            "compositedatamanagement/?offset=5000",
            "datamanagementhistory/?resultsName=auto&username__icontains=ion",
            "fileserver/?name__startswith=H",
            "globalconfig/",
            "message/?order_by=-level",
        ] {
            let path = format!("/rundb/api/v1/{path}");
            let before = server.catalog.statements();
            assert_eq!(plain(path.clone()).await.unwrap().status, 200, "{path}");
            let first = server.catalog.statements() - before;
            assert!(first <= 3, "{path}: {first} statements");

            let before = server.catalog.statements();
            assert_eq!(plain(path.clone()).await.unwrap().status, 200);
            assert_eq!(server.catalog.statements() - before, 1, "{path}: the second time it is known");
        }
    }

    async fn an_account_that_was_seen_costs_no_statement_more(database: &TestDatabase) {
        let server = Server::with_dataset(database, ServerConfig::default()).await;
        assert_eq!(server.get(LIST).await.status, 200);
        for query in ["limit=7", "limit=3&order_by=expDir", "search_name=r"] {
            let before = server.catalog.statements();
            assert_eq!(server.get(&format!("{LIST}?{query}")).await.status, 200);
            let count = server.catalog.statements() - before;
            assert!(count <= 3, "{query}: {count} statements");
        }
    }

    async fn another_page_of_a_list_is_a_slice_of_what_is_known(database: &TestDatabase) {
        let server = Server::with_dataset(database, ServerConfig::default()).await;
        let first = server.get(&format!("{LIST}?limit=10&order_by=expName")).await;
        let before = server.catalog.statements();
        let second = server.get(&format!("{LIST}?limit=10&order_by=expName&offset=10")).await;
        assert_eq!(server.catalog.statements() - before, 2);
        assert_ne!(first.text(), second.text());
    }

    async fn those_who_ask_at_once_after_a_change_share_one_list(database: &TestDatabase) {
        let server = Server::with_dataset(database, ServerConfig::default()).await;
        let version = server.catalog.version().await.unwrap();
        let before = server.catalog.statements();
        let asking: Vec<_> = (0..32)
            .map(|offset| {
                let order = vec![(ReportColumn::ExpName, Direction::Ascending)];
                let query = ReportQuery { order, limit: 1, offset, ..ReportQuery::default() };
                let catalog = server.catalog.clone();
                tokio::spawn(async move { catalog.list_at(version, &query).await.unwrap() })
            })
            .collect();
        for page in asking {
            let page = page.await.unwrap();
            assert_eq!((page.total, page.rows.len(), page.version), (98, 1, version));
        }
        assert_eq!(server.catalog.statements() - before, 32 + 1, "a look at the records for each, the list once");
    }

    async fn a_change_is_seen_by_the_next_request(database: &TestDatabase) {
        let server = Server::with_dataset(database, ServerConfig::default()).await;
        let before = server.get(&format!("{LIST}?limit=1")).await.text();
        assert!(before.contains("\"total_count\": 98"), "{before}");
        let smaller = DATASET.lines().filter(|line| !line.contains("\"id\": 102, \"experiment\""));
        let document = smaller.collect::<Vec<_>>().join("\n").replace("}}},\n ],", "}}}\n ],");
        server.catalog.load(document, runstow_catalog::Replace::Yes).await.unwrap();
        let after = server.get(&format!("{LIST}?limit=1")).await.text();
        assert!(after.contains("\"total_count\": 97") && after.contains("\"id\": 101"), "{after}");
    }
}
