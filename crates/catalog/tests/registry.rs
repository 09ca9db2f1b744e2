//! What scans tell the catalog, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use runstow_catalog::registry::{Change, Measure, Outcome, ReportFacts, RunFacts, RunRef};
use runstow_catalog::{Catalog, CatalogError, Replace, StoredPath};
use runstow_lifecycle::{Category, State};
use runstow_testkit::{TestDatabase, on_both_databases};

const DATASET: &str = include_str!("../../../conformance/api/dataset.json");
const RUN_DATE: i64 = 1_500_000_000_000_000;
const REPORT_DATE: i64 = 1_500_090_000_123_456;

async fn open(database: &TestDatabase) -> Catalog {
    Catalog::open(&database.url().parse().unwrap()).await.unwrap()
}

fn run(dir: &str) -> RunFacts {
    RunFacts {
        exp_dir: dir.into(),
        exp_name: format!("R_{}", dir.rsplit('/').next().unwrap()),
        date_us: RUN_DATE,
        chip_type: "540".into(),
        platform: "S5".into(),
        instrument: "S5-1".into(),
        finished: true,
        finished_reason: "explog_final.txt".into(),
        fingerprint: Some("1".into()),
        ..RunFacts::default()
    }
}

fn report(dir: &str, run_dir: &str) -> ReportFacts {
    ReportFacts {
        report_dir: dir.into(),
        moved_from: None,
        wanted_id: None,
        run: RunRef::Dir(run_dir.into()),
        results_name: format!("Auto_{}", dir.rsplit('/').next().unwrap()),
        time_stamp_us: REPORT_DATE,
        thumbnail: false,
        parent_dir: None,
        ts_version: Some("5.18.1".into()),
        fingerprint: Some("1".into()),
    }
}

fn outcomes(registered: &[runstow_catalog::registry::Registered]) -> Vec<(i64, Outcome)> {
    registered.iter().map(|one| (one.id, one.outcome)).collect()
}

on_both_databases! {
    async fn a_second_scan_of_the_same_files_writes_nothing(database: &TestDatabase) {
        let catalog = open(database).await;
        let odd = StoredPath::from_bytes(b"/results/caf\xe9".to_vec());
        let twin = StoredPath::from_bytes(b"/results/caf\xe8".to_vec());
        let found = [
            Change::Report(report("/reports/a_1", "/results/a")),
            Change::Run(run("/results/a")),
            Change::Run(RunFacts { exp_dir: odd.clone(), ..run("/results/odd") }),
            Change::Run(RunFacts { exp_dir: twin.clone(), ..run("/results/twin") }),
            Change::Report(ReportFacts { run: RunRef::Dir(odd.clone()), ..report("/reports/odd_1", "") }),
        ];
        let first = catalog.apply(&found).await.unwrap();
        let new = Outcome::New;
        assert_eq!(outcomes(&first), [(1, new), (1, new), (2, new), (3, new), (2, new)]);
        let before = (catalog.version().await.unwrap(), catalog.dump().await.unwrap());

        let again = catalog.apply(&found).await.unwrap();
        assert!(again.iter().all(|one| one.outcome == Outcome::Same), "{again:?}");
        catalog.note_seen(&[1, 2, 3], &[1, 2], RUN_DATE).await.unwrap();
        assert_eq!((catalog.version().await.unwrap(), catalog.dump().await.unwrap()), before);

        assert_eq!(catalog.run_by_dir(&odd).await.unwrap().unwrap().id, 2);
        assert_eq!(catalog.run_by_dir(&twin).await.unwrap().unwrap().id, 3);
        assert_eq!(catalog.run_by_dir(&"/results/none".into()).await.unwrap(), None);
        let found = catalog.report_with_run(2).await.unwrap().unwrap();
        assert_eq!((found.run.exp_dir, found.report.results_name.as_str()), (odd, "Auto_odd_1"));
    }

    async fn scans_look_for_what_still_has_files_in_its_place(database: &TestDatabase) {
        let catalog = open(database).await;
        let found = [
            Change::Run(run("/results/alone")),
            Change::Run(run("/results/a")),
            Change::Report(report("/reports/a_1", "/results/a")),
            Change::Report(report("/reports/a_2", "/results/a")),
        ];
        let reports: Vec<i64> = catalog.apply(&found).await.unwrap()[2..].iter().map(|one| one.id).collect();
        let looked_for = async || {
            let mut dirs: Vec<String> =
                catalog.looked_for().await.unwrap().iter().map(|dir| dir.text().into_owned()).collect();
            dirs.sort();
            dirs.join(" ")
        };
        assert_eq!(looked_for().await, "/reports/a_1 /reports/a_2 /results/a /results/alone");
        let gone = |category| (category, State::Deleted, None);
        catalog.set_states(reports[0], &Category::ALL.map(gone)).await.unwrap();
        let by_itself = looked_for().await;
        catalog.set_states(reports[1], &[gone(Category::Sigproc)]).await.unwrap();
        assert_eq!(looked_for().await, "/reports/a_2 /results/alone", "{by_itself}");
        catalog.set_states(reports[1], &[(Category::Sigproc, State::Archived, Some("/tape".into()))]).await.unwrap();
        catalog.set_states(reports[1], &[gone(Category::Output), gone(Category::Basecall)]).await.unwrap();
        assert_eq!(looked_for().await, "/reports/a_2 /results/alone");
        catalog.set_states(reports[1], &[gone(Category::Misc)]).await.unwrap();
        assert_eq!(looked_for().await, "/results/alone");
    }

    async fn news_about_a_run_are_written_and_what_is_not_known_stays(database: &TestDatabase) {
        let catalog = open(database).await;
        catalog.apply(&[Change::Run(run("/results/a"))]).await.unwrap();
        let less = RunFacts { platform: String::new(), finished: false, keep_marker: true, ..run("/results/a") };
        let registered = catalog.apply(&[Change::Run(less)]).await.unwrap();
        assert_eq!(outcomes(&registered), [(1, Outcome::Changed)]);
        let known = catalog.run(1).await.unwrap().unwrap();
        assert_eq!((known.platform.as_str(), known.finished), ("S5", false));
        assert!(known.is_kept(), "the marker file counts as Keep");
        assert_eq!(known.storage_options, "A");
    }

    async fn a_run_stays_finished_though_its_markers_went_with_an_archive(database: &TestDatabase) {
        let catalog = open(database).await;
        let unmarked = RunFacts {
            finished: false,
            quiet: true,
            finished_reason: "no marker".into(),
            ..run("/results/a")
        };
        let finished = async || {
            let run = catalog.run(1).await.unwrap().unwrap();
            (run.finished, run.finished_reason)
        };
        catalog.apply(&[Change::Run(unmarked.clone())]).await.unwrap();
        assert_eq!(finished().await, (false, "no marker".into()), "it never was");
        catalog.apply(&[Change::Run(RunFacts { finished_reason: "markers".into(), ..run("/results/a") })]).await.unwrap();
        catalog.apply(&[Change::Run(unmarked.clone())]).await.unwrap();
        assert_eq!(finished().await, (true, "markers".into()));
        let written_to = RunFacts { quiet: false, finished_reason: "last changed now".into(), ..unmarked };
        catalog.apply(&[Change::Run(written_to)]).await.unwrap();
        assert_eq!(finished().await, (false, "last changed now".into()));
    }

    async fn a_moved_run_stays_the_same_run_when_the_caller_says_so(database: &TestDatabase) {
        let catalog = open(database).await;
        catalog.apply(&[Change::Run(run("/results/a")), Change::Report(report("/reports/a_1", "/results/a"))]).await.unwrap();
        let candidates = catalog.runs_by_name("R_a").await.unwrap();
        assert_eq!(candidates.len(), 1);
        let moved = RunFacts { exp_name: "R_a".into(), moved_from: Some(candidates[0].id), ..run("/big/a") };
        let moved = catalog.apply(&[Change::Run(moved)]).await.unwrap();
        assert_eq!(outcomes(&moved), [(1, Outcome::Changed)]);
        assert_eq!(catalog.report_with_run(1).await.unwrap().unwrap().run.exp_dir, "/big/a".into());
        // A copy with no such word is another run.
        let copy = catalog.apply(&[Change::Run(run("/copy/a"))]).await.unwrap();
        assert_eq!(outcomes(&copy), [(2, Outcome::New)]);
    }

    async fn a_new_report_gets_four_local_categories_of_the_right_age(database: &TestDatabase) {
        let catalog = open(database).await;
        catalog.apply(&[Change::Run(run("/results/a")), Change::Report(report("/reports/a_1", "/results/a"))]).await.unwrap();
        let found = catalog.find_report("Auto_a_1").await.unwrap().unwrap();
        for category in Category::ALL {
            let state = found.category(category).unwrap();
            assert_eq!((state.state, state.keep, state.diskspace), (State::Local, false, None), "{category}");
            let expected = if category == Category::Sigproc { RUN_DATE } else { REPORT_DATE };
            assert_eq!(state.created_us, expected, "{category}");
        }
        assert_eq!(database.sql("SELECT time_stamp_text FROM results"), "2017-07-15 03:40:00.123456+00");
    }

    async fn a_further_report_shares_the_signal_files_of_its_run(database: &TestDatabase) {
        let catalog = open(database).await;
        catalog.apply(&[Change::Run(run("/results/a")), Change::Report(report("/reports/a_1", "/results/a"))]).await.unwrap();
        database.sql("UPDATE category_states SET state = 'AD', archive_path = '/archive', diskspace = 7 WHERE category = 0");
        database.sql("UPDATE experiments SET storage_options = 'KI'");
        catalog.apply(&[Change::Report(report("/reports/a_2", "/results/a"))]).await.unwrap();
        let second = catalog.report_with_run(2).await.unwrap().unwrap().report;
        let signal = second.category(Category::Sigproc).unwrap();
        assert_eq!((signal.state, signal.keep, signal.diskspace), (State::Archived, true, Some(7.0)));
        assert_eq!(signal.archive_path, Some("/archive".into()));
        assert_eq!(second.category(Category::Output).unwrap().state, State::Local);

        // A report that turns out to belong to another run takes that run's word.
        catalog.apply(&[Change::Run(run("/results/b")), Change::Report(report("/reports/b_1", "/results/b"))]).await.unwrap();
        catalog.apply(&[Change::Report(report("/reports/a_2", "/results/b"))]).await.unwrap();
        let moved = catalog.report_with_run(2).await.unwrap().unwrap();
        assert_eq!((moved.run.id, moved.report.category(Category::Sigproc).unwrap().state), (2, State::Local));
    }

    async fn the_primary_key_is_the_id_where_it_is_free(database: &TestDatabase) {
        let catalog = open(database).await;
        let wanting = |dir: &str, id: i64| Change::Report(ReportFacts { wanted_id: Some(id), ..report(dir, "/results/a") });
        let registered = catalog
            .apply(&[
                Change::Run(RunFacts { wanted_id: Some(7), ..run("/results/a") }),
                wanting("/reports/a_1", 41),
                wanting("/reports/copy_of_a_1", 41),
                wanting("/reports/hostile", i64::MAX),
                wanting("/reports/zero", 0),
            ])
            .await
            .unwrap();
        let ids: Vec<i64> = registered.iter().map(|one| one.id).collect();
        assert_eq!(ids, [7, 41, 42, 43, 44]);
        let later = catalog.apply(&[wanting("/reports/late", 42), wanting("/reports/a_1", 50), wanting("/reports/x", 45)]).await.unwrap();
        assert_eq!(
            outcomes(&later),
            [(46, Outcome::New), (41, Outcome::Same), (45, Outcome::New)],
            "a taken id is not taken away, a known report keeps its own"
        );
    }

    async fn a_parent_is_found_by_its_directory(database: &TestDatabase) {
        let catalog = open(database).await;
        let child = |dir: &str, parent: &str| {
            Change::Report(ReportFacts { parent_dir: Some(parent.into()), ..report(dir, "/results/a") })
        };
        catalog
            .apply(&[Change::Run(run("/results/a")), child("/reports/a_2", "/reports/a_1"), Change::Report(report("/reports/a_1", "/results/a"))])
            .await
            .unwrap();
        assert_eq!(catalog.report_with_run(1).await.unwrap().unwrap().report.parent_id, Some(2));
        catalog.apply(&[child("/reports/a_3", "/reports/a_1"), child("/reports/a_4", "/gone")]).await.unwrap();
        let parents: Vec<_> = catalog.all_reports().await.unwrap().into_iter().map(|one| one.parent_id).collect();
        assert_eq!(parents, [Some(2), None, Some(2), None]);
    }

    async fn a_loaded_report_without_a_directory_is_recognised_by_run_and_name(database: &TestDatabase) {
        let catalog = open(database).await;
        catalog.load(DATASET, Replace::No).await.unwrap();
        let known = catalog.report_with_run(5).await.unwrap().unwrap();
        let facts = ReportFacts {
            results_name: known.report.results_name.clone(),
            time_stamp_us: known.report.time_stamp_us,
            run: RunRef::Dir(known.run.exp_dir.clone()),
            ..report("/results/analysis/output/Home/S5", "")
        };
        let registered = catalog.apply(&[Change::Report(facts.clone())]).await.unwrap();
        assert_eq!(outcomes(&registered), [(5, Outcome::Changed)]);
        let adopted = catalog.report_with_run(5).await.unwrap().unwrap();
        assert_eq!(adopted.report.report_dir, facts.report_dir);
        assert_eq!(adopted.report.categories, known.report.categories, "no state was changed");
        let new = ReportFacts { results_name: "Another".into(), ..facts };
        let new = ReportFacts { report_dir: "/results/analysis/output/Home/Another".into(), ..new };
        assert_eq!(outcomes(&catalog.apply(&[Change::Report(new)]).await.unwrap()), [(105, Outcome::New)]);
    }

    async fn a_name_set_by_a_client_stays_until_the_files_change(database: &TestDatabase) {
        let catalog = open(database).await;
        catalog.apply(&[Change::Run(run("/results/a")), Change::Report(report("/reports/a_1", "/results/a"))]).await.unwrap();
        database.sql("UPDATE results SET results_name = 'Mine'");
        catalog.apply(&[Change::Report(ReportFacts { thumbnail: true, ..report("/reports/a_1", "/results/a") })]).await.unwrap();
        let kept = catalog.report_with_run(1).await.unwrap().unwrap().report;
        assert_eq!((kept.results_name.as_str(), kept.thumbnail), ("Mine", true));
        let news = ReportFacts { fingerprint: Some("2".into()), ..report("/reports/a_1", "/results/a") };
        catalog.apply(&[Change::Report(news)]).await.unwrap();
        assert_eq!(catalog.report_with_run(1).await.unwrap().unwrap().report.results_name, "Auto_a_1");
    }

    async fn a_report_of_an_unknown_run_is_refused_and_nothing_is_kept(database: &TestDatabase) {
        let catalog = open(database).await;
        let error = catalog
            .apply(&[Change::Run(run("/results/a")), Change::Report(report("/reports/b_1", "/results/b"))])
            .await
            .unwrap_err();
        assert!(matches!(&error, CatalogError::Invalid(text) if text.contains("/reports/b_1") && text.contains("/results/b")), "{error}");
        assert_eq!(catalog.all_runs().await.unwrap(), []);
    }

    async fn absence_is_counted_and_changes_no_state(database: &TestDatabase) {
        let catalog = open(database).await;
        catalog.apply(&[Change::Run(run("/results/a")), Change::Report(report("/reports/a_1", "/results/a"))]).await.unwrap();
        let states = catalog.report_with_run(1).await.unwrap().unwrap().report.categories;
        catalog.note_absent(&[1], &[1], 1000).await.unwrap();
        catalog.note_absent(&[1], &[1], 2000).await.unwrap();
        let gone = catalog.report_with_run(1).await.unwrap().unwrap();
        assert_eq!((gone.run.absent_scans, gone.run.absent_since_us), (2, Some(1000)));
        assert_eq!((gone.report.absent_scans, gone.report.absent_since_us), (2, Some(1000)));
        assert_eq!(gone.report.categories, states);
        catalog.note_seen(&[1], &[], 3000).await.unwrap();
        let back = catalog.apply(&[Change::Report(report("/reports/a_1", "/results/a"))]).await.unwrap();
        assert_eq!(outcomes(&back), [(1, Outcome::Changed)]);
        let back = catalog.report_with_run(1).await.unwrap().unwrap();
        assert_eq!((back.run.absent_scans, back.run.absent_since_us), (0, None));
        assert_eq!((back.report.absent_scans, back.report.absent_since_us), (0, None));
    }

    async fn a_name_that_several_reports_have_asks_for_a_number(database: &TestDatabase) {
        let catalog = open(database).await;
        let same = |dir: &str| Change::Report(ReportFacts { results_name: "Same".into(), ..report(dir, "/results/a") });
        catalog.apply(&[Change::Run(run("/results/a")), same("/reports/1"), same("/reports/2")]).await.unwrap();
        assert_eq!(catalog.find_report("2").await.unwrap().unwrap().id, 2);
        assert_eq!(catalog.find_report("3").await.unwrap(), None);
        let error = catalog.find_report("Same").await.unwrap_err();
        assert!(error.to_string().contains("1, 2"), "{error}");
    }

    async fn measures_are_kept_and_summed_and_not_written_twice(database: &TestDatabase) {
        let catalog = open(database).await;
        catalog
            .apply(&[
                Change::Run(run("/results/a")),
                Change::Report(report("/reports/a_1", "/results/a")),
                Change::Report(report("/reports/a_2", "/results/a")),
            ])
            .await
            .unwrap();
        let measure = |report_id, category, report_mb, run_mb, linked_mb| Measure {
            report_id, category, report_mb, run_mb, linked_mb, files: 3,
        };
        let measures = [
            measure(1, Category::Sigproc, 0.0, 100.4, 0.0),
            measure(1, Category::Basecall, 10.25, 0.0, 0.0),
            measure(1, Category::Output, 5.0, 0.0, 0.0),
            measure(1, Category::Misc, 0.5, 1.0, 0.0),
            measure(2, Category::Sigproc, 0.0, 100.4, 0.0),
            measure(2, Category::Basecall, 1.0, 0.0, 10.25),
            measure(99, Category::Output, 1.0, 1.0, 1.0),
        ];
        assert_eq!(catalog.record_measures(&measures).await.unwrap(), 6);
        let first = catalog.report_with_run(1).await.unwrap().unwrap();
        assert_eq!((first.report.diskusage, first.run.diskusage), (Some(17), Some(100)));
        let misc = first.report.category(Category::Misc).unwrap();
        assert_eq!((misc.diskspace, misc.files, misc.measured_us.is_some()), (Some(1.5), Some(3), true));

        let totals = catalog.totals().await.unwrap();
        let of = |category| *totals.iter().find(|total| total.category == category).unwrap();
        assert_eq!((of(Category::Sigproc).reports, of(Category::Sigproc).measured), (2, 2));
        assert!((of(Category::Sigproc).mb - 100.4).abs() < 1e-9, "the run's files count once: {totals:?}");
        assert!((of(Category::Basecall).mb - 11.25).abs() < 1e-9, "linked files count with their owner: {totals:?}");
        assert_eq!((of(Category::Misc).reports, of(Category::Misc).measured), (2, 1));

        let version = catalog.version().await.unwrap();
        assert_eq!(catalog.record_measures(&measures).await.unwrap(), 0);
        assert_eq!(catalog.version().await.unwrap(), version);

        database.sql("UPDATE category_states SET state = 'DD' WHERE result_id = 1 AND category = 2");
        let later = [measure(1, Category::Output, 0.0, 0.0, 0.0), measure(1, Category::Misc, 0.5, 3.0, 0.0)];
        assert_eq!(catalog.record_measures(&later).await.unwrap(), 1, "what is deleted keeps its last measure");
        let later = catalog.report_with_run(1).await.unwrap().unwrap().report;
        assert_eq!(later.category(Category::Output).unwrap().diskspace, Some(5.0));
        assert_eq!(later.diskusage, Some(14), "but uses no disk");
    }

    async fn totals_of_a_loaded_catalog_count_signal_files_once(database: &TestDatabase) {
        let catalog = open(database).await;
        catalog.load(DATASET, Replace::No).await.unwrap();
        let totals = catalog.totals().await.unwrap();
        let document: serde_json::Value = serde_json::from_str(DATASET).unwrap();
        let hidden: Vec<_> = document["experiments"].as_array().unwrap().iter().filter(|run| run["expDir"] == "").map(|run| &run["id"]).collect();
        for (category, key) in Category::ALL.into_iter().zip(["sigproc", "basecall", "output", "misc"]) {
            let records = document["results"].as_array().unwrap().iter()
                .filter(|result| !hidden.contains(&&result["experiment"]) && result["categories"][key].is_object());
            let sum: i64 = totals.iter().filter(|total| total.category == category).map(|total| total.reports).sum();
            assert_eq!(sum, records.clone().count() as i64, "{key}");
            if category != Category::Sigproc {
                let mb: f64 = records.filter_map(|result| result["categories"][key]["diskspace"].as_f64()).sum();
                let total: f64 = totals.iter().filter(|total| total.category == category).map(|total| total.mb).sum();
                assert!((mb - total).abs() < 1e-3, "{key}: {mb} {total}");
            }
        }
    }

    async fn ten_thousand_reports_are_registered_in_one_call(database: &TestDatabase) {
        let catalog = open(database).await;
        let changes: Vec<Change> = (0..10_000)
            .flat_map(|at| {
                let dir = format!("/results/{at}");
                [Change::Run(run(&dir)), Change::Report(report(&format!("/reports/{at}"), &dir))]
            })
            .collect();
        catalog.apply(&changes).await.unwrap();
        let version = catalog.version().await.unwrap();
        let again = catalog.apply(&changes).await.unwrap();
        assert!(again.iter().all(|one| one.outcome == Outcome::Same));
        assert_eq!(catalog.version().await.unwrap(), version);
        assert_eq!(catalog.all_reports().await.unwrap().len(), 10_000);
        let measures: Vec<Measure> = again
            .iter()
            .flat_map(|one| Category::ALL.map(|category| (one.id, category)))
            .map(|(report_id, category)| Measure { report_id, category, report_mb: 1.0, run_mb: 2.0, linked_mb: 0.0, files: 1 })
            .collect();
        assert_eq!(catalog.record_measures(&measures).await.unwrap(), 40_000);
    }
}
