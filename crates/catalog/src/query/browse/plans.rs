//! How the databases page through orders: asked of themselves, on a catalog that is large enough to have a choice.

use std::fmt::Write as _;

use sea_query::{QueryBuilder, SelectStatement};
use sea_query_sqlx::{SqlxBinder, SqlxValues};

use super::*;
use crate::Replace;

const REPORTS: usize = 20_000;

/// A query's plan in place of its rows, with values bound as they always are.
struct Explained(Dialect, SelectStatement);

impl SqlxBinder for Explained {
    fn build_sqlx<T: QueryBuilder>(&self, builder: T) -> (String, SqlxValues) {
        let (sql, values) = self.1.build_sqlx(builder);
        let explain = match self.0 {
            Dialect::Sqlite => "EXPLAIN QUERY PLAN",
            Dialect::Postgres => "EXPLAIN",
        };
        (format!("{explain} {sql}"), values)
    }
}

/// Reports of which many have the same size, and many have none.
fn document() -> String {
    let mut text = String::from("{\"users\": [], \"experiments\": [");
    for id in 1..=REPORTS / 2 {
        let comma = if id == 1 { "" } else { "," };
        let _ = write!(
            text,
            "{comma}{{\"id\": {id}, \"expName\": \"R_{id}\", \"expDir\": \"/r/{id}\", \"date\": \
             \"2020-01-01T00:00:00+00:00\", \"chipType\": \"540\", \"storage_options\": \"A\", \"diskusage\": 1}}"
        );
    }
    text.push_str("], \"results\": [");
    for id in 1..=REPORTS {
        let comma = if id == 1 { "" } else { "," };
        let size = if id % 3 == 0 { "null".to_owned() } else { (id % 500).to_string() };
        let _ = write!(
            text,
            "{comma}{{\"id\": {id}, \"experiment\": {}, \"resultsName\": \"Auto_{}\", \"timeStamp\": \
             \"2020-01-01T00:00:00.{:06}+00:00\", \"diskusage\": {size}, \"thumbnail\": false, \"categories\": {{}}}}",
            id.div_ceil(2),
            id % 5000,
            id % 7000
        );
    }
    text + "], \"events\": [], \"fileservers\": [], \"messages\": [], \"globalconfig\": []}"
}

fn browse(order: BrowseOrder, direction: Direction, after: Option<BrowseKey>, limit: u64) -> ReportBrowse {
    ReportBrowse {
        narrowing: ReportNarrowing::default(),
        run: None,
        thumbnail: None,
        from_us: None,
        before_us: None,
        min_mb: None,
        max_mb: None,
        order,
        direction,
        after,
        limit,
    }
}

async fn plan(catalog: &Catalog, browse: &ReportBrowse) -> String {
    let dialect = catalog.db.dialect();
    let explained = Explained(dialect, page(browse, dialect));
    let column = if dialect == Dialect::Sqlite { 3 } else { 0 };
    let rows = catalog.db.all(&explained).await.unwrap();
    rows.iter().map(|row| row.get::<String>(column).unwrap() + "\n").collect()
}

runstow_testkit::on_both_databases! {
    async fn orders_are_paged_by_their_index_and_never_sort_all_reports(database: &TestDatabase) {
        let catalog = Catalog::open(&database.url().parse().unwrap()).await.unwrap();
        catalog.load(document(), Replace::Yes).await.unwrap();
        let unknown = i64::MIN + 1;
        for (order, index, values) in [
            (BrowseOrder::Size, "results_size", vec![SortValue::Integer(250), SortValue::Integer(unknown)]),
            (BrowseOrder::Name, "results_name", vec![SortValue::Text("Auto_2500".into())]),
            (BrowseOrder::Date, "results_time", vec![SortValue::Integer(1_577_836_800_003_500)]),
        ] {
            for (direction, limit) in [
                (Direction::Ascending, 50), (Direction::Descending, 50),
                (Direction::Ascending, 1), (Direction::Descending, 1),
            ] {
                let places = values.iter().map(|value| Some(BrowseKey { value: value.clone(), id: 10_000 }));
                for after in std::iter::once(None).chain(places) {
                    let paged = after.is_some();
                    let what = format!("{limit} by {order:?} {direction:?} after {after:?}");
                    let plan = plan(&catalog, &browse(order, direction, after, limit)).await;
                    let reads = |line: &&str| line.contains(index) && !line.contains(" Key: ");
                    let Some(at) = plan.lines().position(|line| reads(&line)) else { panic!("{what}:\n{plan}") };
                    // PostgreSQL sorts again those that tie in an index without the number, and only them.
                    let sorts = plan.contains("TEMP B-TREE") || plan.replace("Incremental Sort", "").contains("Sort  ");
                    assert!(!sorts, "{what}:\n{plan}");
                    let seeks = plan.lines().skip(at).take(2).any(|line| {
                        line.starts_with("SEARCH results") || line.contains("Index Cond")
                    });
                    assert_eq!(seeks, paged, "{what} begins where the page does:\n{plan}");
                }
            }
        }
        // The newest reports: nothing is read but what is shown.
        for limit in [1, 50] {
            let plan = plan(&catalog, &browse(BrowseOrder::Id, Direction::Descending, None, limit)).await;
            assert!(!plan.contains("SCAN experiments") && !plan.contains("BLOOM FILTER ON"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE") && !plan.contains("Sort  "), "{plan}");
        }
        catalog.close().await;
    }
}
