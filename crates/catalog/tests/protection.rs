//! Keep with its reasons, holds, acknowledgements and remembered answers, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use runstow_catalog::{
    Acknowledgement, Begun, Catalog, Edit, HoldNarrowing, HoldOn, Keep, KeepWish, KeptAnswer, NewHold,
    NewUser, Replace, times::now_us,
};
use runstow_lifecycle::{Category, Role, State};
use runstow_testkit::{TestDatabase, on_both_databases};

const DOCUMENT: &str = r#"{
 "experiments": [
  {"id": 1, "expName": "one", "expDir": "/results/one", "date": "2020-01-01T00:00:00Z", "storage_options": "D"},
  {"id": 2, "expName": "two", "expDir": "", "date": "2020-01-01T00:00:00Z", "storage_options": "A"}],
 "results": [
  {"id": 1, "experiment": 1, "resultsName": "a", "timeStamp": "2020-01-02T00:00:00Z", "categories":
   {"sigproc": {"state": "N", "keep": false}, "output": {"state": "L", "keep": false}}},
  {"id": 2, "experiment": 1, "resultsName": "b", "timeStamp": "2020-01-03T00:00:00Z", "categories":
   {"sigproc": {"state": "N", "keep": false}, "output": {"state": "L", "keep": true}}},
  {"id": 3, "experiment": 2, "resultsName": "hidden", "timeStamp": "2020-01-03T00:00:00Z", "categories":
   {"sigproc": {"state": "N", "keep": false}}}]}"#;

async fn open(database: &TestDatabase) -> Catalog {
    let catalog = Catalog::open(&database.url().parse().unwrap()).await.unwrap();
    catalog.load(DOCUMENT, Replace::No).await.unwrap();
    catalog
}

fn wish(reason: &str, expires_us: Option<i64>) -> Option<KeepWish> {
    Some(KeepWish { owner: "ion".into(), reason: reason.into(), expires_us })
}

fn done(edit: Edit<Keep>) -> Keep {
    match edit {
        Edit::Done(keep) => keep,
        other => panic!("{other:?}"),
    }
}

on_both_databases! {
    async fn keep_of_signal_files_is_the_runs_and_gives_back_what_it_had(database: &TestDatabase) {
        let catalog = open(database).await;
        let keep = catalog.change_keep(1, Category::Sigproc, wish("paper", None), "ion", |_| true).await.unwrap();
        assert_eq!(done(keep).details.unwrap().reason, "paper");
        let sibling = catalog.keep(2, Category::Sigproc).await.unwrap().unwrap();
        assert!(sibling.kept() && sibling.details.is_some(), "it shows on all reports of the run");
        assert_eq!(catalog.run(1).await.unwrap().unwrap().storage_options, "KI");
        assert_eq!(database.sql("SELECT count(*) FROM events WHERE text LIKE '%paper%'"), "2");
        // A second one keeps the first date, and what the run had.
        let again = done(catalog.change_keep(2, Category::Sigproc, wish("thesis", None), "eve", |_| true).await.unwrap());
        assert_eq!(again.details.unwrap().since_us, sibling.details.unwrap().since_us);
        done(catalog.change_keep(2, Category::Sigproc, None, "eve", |_| true).await.unwrap());
        assert_eq!(catalog.run(1).await.unwrap().unwrap().storage_options, "D");
        assert!(!catalog.keep(1, Category::Sigproc).await.unwrap().unwrap().kept());
    }

    async fn keep_is_changed_only_as_it_was_seen(database: &TestDatabase) {
        let catalog = open(database).await;
        let version = catalog.version().await.unwrap();
        let edit = catalog.change_keep(1, Category::Output, wish("x", None), "ion", |keep| keep.kept()).await.unwrap();
        assert_eq!(edit, Edit::Changed);
        assert_eq!(catalog.version().await.unwrap(), version);
        for (report, category) in [(1, Category::Misc), (3, Category::Sigproc), (9, Category::Output)] {
            let edit = catalog.change_keep(report, category, None, "ion", |_| true).await.unwrap();
            assert_eq!(edit, Edit::NotThere, "report {report} {category}");
        }
        let loaded = catalog.keep(2, Category::Output).await.unwrap().unwrap();
        assert!(loaded.flag && loaded.details.is_none(), "a flag without a story");
    }

    async fn what_has_an_end_ends_with_an_event(database: &TestDatabase) {
        let catalog = open(database).await;
        let soon = now_us() + 1_000_000;
        done(catalog.change_keep(1, Category::Sigproc, wish("s", Some(soon)), "ion", |_| true).await.unwrap());
        done(catalog.change_keep(1, Category::Output, wish("o", Some(soon)), "ion", |_| true).await.unwrap());
        let new = NewHold { on: HoldOn::Run(1), who: "p".into(), reason: "r".into(), expires_us: Some(soon) };
        catalog.add_hold(new, "ion").await.unwrap().unwrap();
        assert_eq!(catalog.end_expired(now_us()).await.unwrap(), 0);
        assert_eq!(catalog.end_expired(soon).await.unwrap(), 3);
        assert_eq!(catalog.end_expired(soon).await.unwrap(), 0);
        assert!(!catalog.keep(2, Category::Sigproc).await.unwrap().unwrap().kept());
        assert!(!catalog.keep(1, Category::Output).await.unwrap().unwrap().kept());
        assert_eq!(database.sql("SELECT count(*) FROM events WHERE username = 'runstow'"), "5");
    }

    async fn a_hold_shows_where_it_concerns_files(database: &TestDatabase) {
        let catalog = open(database).await;
        let hold = |on| NewHold { on, who: "pipeline".into(), reason: "variant calls".into(), expires_us: None };
        assert!(catalog.add_hold(hold(HoldOn::Report(3)), "ion").await.unwrap().is_none(), "not shown by lists");
        assert!(catalog.add_hold(hold(HoldOn::Run(2)), "ion").await.unwrap().is_none());
        let on_report = catalog.add_hold(hold(HoldOn::Report(1)), "ion").await.unwrap().unwrap();
        let sibling = catalog.report_entry(2).await.unwrap().unwrap();
        assert_eq!(sibling.holds(Category::Sigproc).count(), 1, "signal files are shared");
        assert_eq!(sibling.holds(Category::Output).count(), 0);
        let on_run = catalog.add_hold(hold(HoldOn::Run(1)), "ion").await.unwrap().unwrap();
        let sibling = catalog.report_entry(2).await.unwrap().unwrap();
        assert_eq!(sibling.holds(Category::Output).map(|hold| hold.id).collect::<Vec<_>>(), [on_run.id]);
        let of_report = HoldNarrowing { report: Some(1), run: None };
        assert_eq!(catalog.holds(of_report, 0, 10).await.unwrap(), std::slice::from_ref(&on_report));
        assert!(catalog.release_hold(on_report.id, "eve").await.unwrap());
        assert!(!catalog.release_hold(on_report.id, "eve").await.unwrap());
        assert_eq!(catalog.holds(HoldNarrowing::default(), 0, 10).await.unwrap(), [on_run]);
    }

    async fn an_acknowledgement_is_a_legal_move_or_nothing(database: &TestDatabase) {
        let catalog = open(database).await;
        assert_eq!(catalog.acknowledge(1, Category::Sigproc, "ion").await.unwrap(), Acknowledgement::Done);
        let sibling = catalog.report_entry(2).await.unwrap().unwrap();
        assert_eq!(sibling.report.category(Category::Sigproc).unwrap().state, State::Acknowledged);
        let twice = catalog.acknowledge(1, Category::Sigproc, "ion").await.unwrap();
        assert!(matches!(&twice, Acknowledgement::Illegal(text) if text.contains("Acknowledged")), "{twice:?}");
        assert!(matches!(catalog.acknowledge(1, Category::Output, "ion").await.unwrap(), Acknowledgement::Illegal(_)));
        assert_eq!(catalog.acknowledge(3, Category::Sigproc, "ion").await.unwrap(), Acknowledgement::NotThere);
    }

    async fn a_dump_carries_keeps_and_holds(database: &TestDatabase) {
        let catalog = open(database).await;
        let end = now_us() + 3_600_000_000;
        done(catalog.change_keep(1, Category::Sigproc, wish("s", Some(end)), "ion", |_| true).await.unwrap());
        done(catalog.change_keep(1, Category::Output, wish("o", None), "ion", |_| true).await.unwrap());
        for on in [HoldOn::Run(1), HoldOn::Report(2)] {
            let new = NewHold { on, who: "p".into(), reason: "r".into(), expires_us: None };
            catalog.add_hold(new, "ion").await.unwrap().unwrap();
        }
        let text = catalog.dump().await.unwrap();
        assert!(text.contains("former_options") && text.contains("\"holds\""), "{text}");
        catalog.load(text.as_str(), Replace::Yes).await.unwrap();
        assert_eq!(catalog.dump().await.unwrap(), text);
        let new = NewHold { on: HoldOn::Run(1), who: "p".into(), reason: "r".into(), expires_us: None };
        assert_eq!(catalog.add_hold(new, "ion").await.unwrap().unwrap().id, 3);
        let broken = text.replace(r#""experiment": 1, "who""#, r#""experiment": 7, "who""#);
        assert!(catalog.load(broken, Replace::Yes).await.unwrap_err().to_string().contains("holds[0]"));
    }

    async fn an_answer_is_remembered_for_its_request(database: &TestDatabase) {
        let catalog = open(database).await;
        let new = NewUser { username: "ion".into(), role: Role::Admin, api_write: false, active: true, password_hash: None };
        let user = catalog.add_user(new).await.unwrap().id;
        assert_eq!(catalog.begin_answer(user, "k", "r").await.unwrap(), Begun::New);
        assert_eq!(catalog.begin_answer(user, "k", "r").await.unwrap(), Begun::Running);
        let kept = KeptAnswer { status: 201, answer: b"\x00\xff".to_vec() };
        catalog.keep_answer(user, "k", kept.clone()).await.unwrap();
        assert_eq!(catalog.begin_answer(user, "k", "r").await.unwrap(), Begun::Answered(kept));
        assert_eq!(catalog.begin_answer(user, "k", "other").await.unwrap(), Begun::Other);
        database.sql("UPDATE remembered_answers SET created_us = created_us - 86400000000");
        assert_eq!(catalog.begin_answer(user, "k", "other").await.unwrap(), Begun::New, "a day is over");
        catalog.drop_answer(user, "k").await.unwrap();
        assert_eq!(catalog.begin_answer(user, "k", "r").await.unwrap(), Begun::New);
    }
}
