//! How long loading, dumping and scanning anew take: `cargo run --release -p runstow-catalog --example load_times
//! [REPORTS]`, on a new SQLite file and, with `RUNSTOW_TEST_POSTGRES_URL` or Debian's PostgreSQL, there too.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program to be looked at")]

use std::fmt::Write as _;
use std::time::Instant;

use runstow_catalog::registry::{Change, Measure, ReportFacts, RunFacts, RunRef};
use runstow_catalog::{Catalog, Replace, StoredPath};
use runstow_lifecycle::Category;
use runstow_testkit::TestDatabase;

const DATASET: &str = include_str!("../../../conformance/api/dataset.json");

#[tokio::main]
async fn main() {
    let reports = std::env::args().nth(1).map_or(100_000, |text| text.parse().unwrap());
    let large = document(reports);
    println!("{reports} reports are {} MB of JSON", large.len() >> 20);
    for database in [TestDatabase::sqlite(), TestDatabase::postgres()] {
        println!("{}", database.url());
        let catalog = Catalog::open(&database.url().parse().unwrap()).await.unwrap();
        for round in 1..=3 {
            let start = Instant::now();
            catalog.load(DATASET, Replace::Yes).await.unwrap();
            println!("  dataset.json, round {round}: {:?}", start.elapsed());
        }
        let start = Instant::now();
        catalog.load(large.as_str(), Replace::Yes).await.unwrap();
        println!("  load of {reports} reports: {:?}", start.elapsed());
        let start = Instant::now();
        catalog.load(large.as_str(), Replace::Yes).await.unwrap();
        println!("  load again, replacing them: {:?}", start.elapsed());
        let start = Instant::now();
        let dump = catalog.dump().await.unwrap();
        println!("  dump: {:?}", start.elapsed());
        assert_eq!(dump, large);
        let start = Instant::now();
        assert_eq!(catalog.all_reports().await.unwrap().len(), reports);
        println!("  all reports: {:?}", start.elapsed());
        let start = Instant::now();
        let kinds = catalog.totals().await.unwrap().len();
        println!("  totals, {kinds} lines: {:?}", start.elapsed());
        catalog.load(DATASET, Replace::Yes).await.unwrap();
        scan(&catalog).await;
        catalog.close().await;
    }
}

/// Registers and measures 10,000 reports, then does so again with nothing new.
async fn scan(catalog: &Catalog) {
    let changes: Vec<Change> = (0..10_000)
        .flat_map(|at| {
            let dir = StoredPath::from(format!("/results/{at}").as_str());
            let run = RunFacts { exp_dir: dir.clone(), exp_name: format!("R_{at}"), ..RunFacts::default() };
            let report = ReportFacts {
                report_dir: format!("/reports/{at}").as_str().into(),
                moved_from: None,
                wanted_id: None,
                run: RunRef::Dir(dir),
                results_name: format!("Auto_{at}"),
                time_stamp_us: at,
                thumbnail: false,
                parent_dir: None,
                ts_version: None,
                fingerprint: Some("1".into()),
            };
            [Change::Run(run), Change::Report(report)]
        })
        .collect();
    for what in ["new", "known"] {
        let start = Instant::now();
        let registered = catalog.apply(&changes).await.unwrap();
        println!("  10,000 {what} runs and reports: {:?}", start.elapsed());
        let reports =
            registered.iter().zip(&changes).filter(|(_, change)| matches!(change, Change::Report(_)));
        let measures: Vec<Measure> = reports
            .flat_map(|(one, _)| Category::ALL.map(|category| (one.id, category)))
            .map(|(report_id, category)| Measure {
                report_id,
                category,
                report_mb: 1.0,
                run_mb: 2.0,
                linked_mb: 0.0,
                files: 1,
            })
            .collect();
        let start = Instant::now();
        catalog.record_measures(&measures).await.unwrap();
        println!("  their {} {what} measures: {:?}", measures.len(), start.elapsed());
    }
}

/// A catalog of so many reports, two for each run, exactly as a dump writes it.
fn document(reports: usize) -> String {
    let mut text = String::from("{\n \"users\": [],\n \"experiments\": [\n");
    let runs = reports.div_ceil(2);
    for id in 1..=runs {
        let end = if id == runs { "\n" } else { ",\n" };
        let _ = write!(
            text,
            "  {{\"id\": {id}, \"expName\": \"R_{id}_user_S5-{id}\", \"expDir\": \"/results/S5/R_{id}_user_S5-{id}\", \
             \"date\": \"2018-05-06T07:08:09+00:00\", \"chipType\": \"540\", \"storage_options\": \"A\", \
             \"diskusage\": 4711, \"platform\": \"S5\"}}{end}"
        );
    }
    text.push_str(" ],\n \"results\": [\n");
    for id in 1..=reports {
        let category = "{\"state\": \"L\", \"keep\": false, \"diskspace\": 1234.5678, \"report_mb\": 1234.5678, \
                        \"run_mb\": 0.0, \"linked_mb\": 0.0, \"files\": 321}";
        let end = if id == reports { "\n" } else { ",\n" };
        let _ = write!(
            text,
            "  {{\"id\": {id}, \"experiment\": {}, \"resultsName\": \"Auto_user_S5-{id}_{id}\", \
             \"timeStamp\": \"2018-06-07T08:09:10.{:06}+00:00\", \"diskusage\": 99, \"thumbnail\": false, \
             \"reportDir\": \"/results/analysis/output/Home/Auto_user_S5-{id}_{id}\", \"tsVersion\": \"5.18.1\", \
             \"categories\": {{\"sigproc\": {category}, \"basecall\": {category}, \"output\": {category}, \
             \"misc\": {category}}}}}{end}",
            id.div_ceil(2),
            id % 999_999 + 1,
        );
    }
    text.push_str(
        " ],\n \"events\": [],\n \"fileservers\": [],\n \"messages\": [],\n \"globalconfig\": []\n}\n",
    );
    text
}
