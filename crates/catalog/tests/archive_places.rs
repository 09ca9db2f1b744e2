//! Archives that lie where storage is looked through.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use runstow_catalog::registry::{Change, ReportFacts, RunFacts, RunRef};
use runstow_catalog::{Catalog, StoredPath};
use runstow_lifecycle::{Category, State};
use runstow_testkit::on_both_databases;

on_both_databases! {
    async fn archives_below_a_folder_are_found_and_no_others(database: &TestDatabase) {
        let catalog = Catalog::open(&database.url().parse().unwrap()).await.unwrap();
        let run = RunFacts { exp_dir: "/results/R_1".into(), exp_name: "R_1".into(), ..RunFacts::default() };
        let report = ReportFacts {
            report_dir: "/results/Auto_1".into(),
            moved_from: None,
            wanted_id: None,
            run: RunRef::Dir("/results/R_1".into()),
            results_name: "Auto_1".into(),
            time_stamp_us: 0,
            thumbnail: false,
            parent_dir: None,
            ts_version: None,
            fingerprint: None,
        };
        let made = catalog.apply(&[Change::Run(run), Change::Report(report)]).await.unwrap();
        let odd = StoredPath::from_bytes(b"/results/arc/caf\xe9".to_vec());
        let places = [Some("/results/arc/R_1".into()), Some(odd.to_path()), Some("/results2/R_1".into()), None];
        let states: Vec<_> =
            Category::ALL.into_iter().zip(places).map(|(category, place)| (category, State::Archived, place)).collect();
        catalog.set_states(made[1].id, &states).await.unwrap();
        let below = async |folders: &[&str]| {
            let folders: Vec<String> = folders.iter().map(|folder| (*folder).to_owned()).collect();
            let mut found = catalog.archives_below(&folders).await.unwrap();
            found.sort();
            found
        };
        assert_eq!(below(&["/results"]).await, ["/results/arc/R_1".into(), odd]);
        assert_eq!(below(&["/results/arc/R_1", "/other"]).await, [], "the folder itself is not below itself");
        assert_eq!(below(&["/results2/", "/results/x"]).await, ["/results2/R_1".into()]);
        assert_eq!(below(&[]).await, []);
    }
}
