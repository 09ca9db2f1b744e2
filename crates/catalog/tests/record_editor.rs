//! Writing records in one transaction, with events.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use runstow_catalog::query::{MessageColumn, Messages, ReportColumn, Reports, Value};
use runstow_catalog::{
    About, Assignment, Catalog, CatalogError, Direction, EventFilter, NewReport, Replace, StoredPath,
};
use runstow_testkit::{TestDatabase, on_both_databases};

async fn opened(database: &TestDatabase) -> Catalog {
    Catalog::open(&database.url().parse().unwrap()).await.unwrap()
}

fn report(name: &str, dir: &str) -> NewReport {
    NewReport {
        results_name: name.into(),
        exp_dir: StoredPath::from_bytes(dir.into()),
        exp_name: None,
        time_stamp_us: Some(1_000_000),
        diskusage: None,
        report_dir: None,
    }
}

fn diskusage(mb: Option<i64>) -> Assignment<ReportColumn> {
    Assignment { column: ReportColumn::Diskusage, value: mb.map(Value::Integer) }
}

on_both_databases! {
    async fn an_editor_that_is_dropped_leaves_no_trace(database: &TestDatabase) {
        let catalog = opened(database).await;
        let before = catalog.version().await.unwrap();
        let mut editor = catalog.edit_records("ion").await.unwrap();
        assert_eq!(editor.register_report(None, report("a", "/r/1"), "made".into()).await.unwrap(), 1);
        assert_eq!(editor.by_ids::<Reports>(&[1]).await.unwrap().len(), 1);
        drop(editor);
        assert_eq!((catalog.version().await.unwrap(), catalog.last_event().await.unwrap()), (before, 0));
        let mut editor = catalog.edit_records("ion").await.unwrap();
        assert_eq!(editor.register_report(None, report("a", "/r/1"), "made".into()).await.unwrap(), 1);
        editor.commit().await.unwrap();
        assert_eq!(catalog.counts().await.unwrap().reports, 1);
    }

    async fn what_was_written_and_told_survives_a_dump(database: &TestDatabase) {
        let catalog = opened(database).await;
        let mut editor = catalog.edit_records("ion").await.unwrap();
        for (id, name) in [(None, "a"), (Some(7), "b")] {
            editor.register_report(id, report(name, "/r/1"), format!("made {name}")).await.unwrap();
        }
        editor.update::<Reports>(7, &[diskusage(Some(5))], "five".into()).await.unwrap();
        editor.update::<Reports>(1, &[diskusage(None)], "none".into()).await.unwrap();
        editor.delete::<Reports>(vec![(1, "gone".into())]).await.unwrap();
        editor.commit().await.unwrap();
        assert_eq!(catalog.report(7).await.unwrap().unwrap().diskusage, Some(5));
        assert_eq!(catalog.all_runs().await.unwrap().len(), 1, "both reports are of one run, which stays");

        catalog.load(catalog.dump().await.unwrap(), Replace::Yes).await.unwrap();
        let filter = EventFilter {
            report: Some((1, 0)), accounts: false, direction: Direction::Ascending, after: None, limit: 10,
        };
        let events = catalog.logged_events(&filter).await.unwrap();
        let told: Vec<&str> = events.iter().map(|event| event.text.as_str()).collect();
        assert_eq!(told, ["made a", "none", "gone"]);
        assert!(events.iter().all(|event| event.about == About::Record && event.username == "ion"));
        assert_eq!(catalog.list::<runstow_catalog::query::Events>(&Default::default()).await.unwrap().total, 0);
    }

    async fn an_id_is_given_once(database: &TestDatabase) {
        let catalog = opened(database).await;
        let mut editor = catalog.edit_records("ion").await.unwrap();
        let text = |column| Assignment { column, value: Some(Value::Text("x".into())) };
        let mut all: Vec<_> = [
            MessageColumn::Body, MessageColumn::Route, MessageColumn::Expires, MessageColumn::Tags, MessageColumn::Status,
        ].into_iter().map(text).collect();
        all.push(Assignment { column: MessageColumn::Level, value: Some(Value::Integer(20)) });
        all.push(Assignment { column: MessageColumn::Time, value: Some(Value::Time(1_500_000)) });
        let mut ids = Vec::new();
        for wanted in [Some(2), None, None] {
            ids.push(editor.create::<Messages>(wanted, &all, String::new()).await.unwrap());
        }
        assert_eq!(ids, [2, 1, 3]);
        let taken = editor.create::<Messages>(Some(3), &all, String::new()).await;
        assert!(matches!(taken, Err(CatalogError::Conflict(_))), "{taken:?}");
        editor.commit().await.unwrap();
        let messages = catalog.list::<Messages>(&Default::default()).await.unwrap();
        assert_eq!((messages.total, messages.rows[0].time_us), (3, 1_500_000));
    }
}
