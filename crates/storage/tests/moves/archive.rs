//! An archive is complete, proven, and takes nothing but its files.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;

use runstow_lifecycle::manifest::{HashKind, Record};
use runstow_lifecycle::{Action, Category, CategorySet};

use runstow_storage::Failure;
use runstow_storage::plan::{Agreed, Less, Others};

use crate::ground::{Ground, Request, contents, picture, write};

#[test]
fn every_byte_of_every_category_is_in_its_place_or_in_the_archive() {
    for category in Category::ALL {
        let ground = Ground::new();
        ground.fill();
        let before = [picture(&ground.run()), picture(&ground.report())];
        let done = ground.go(Request::archive(category)).unwrap();
        let after = [picture(&ground.run()), picture(&ground.report())];
        let archive = picture(&ground.target().join(Ground::folder(category)));
        let archived = contents(&archive);
        for (side, (before, after)) in before.iter().zip(&after).enumerate() {
            for (path, content) in contents(before) {
                let stays = after.get(&path).is_some_and(|seen| *seen == before[&path]);
                let apart = if side == 0 { "_from_run_dir" } else { "_from_report_dir" };
                let there = archived.iter().any(|(at, found)| {
                    (*at == path || *at == Path::new(apart).join(&path))
                        && (*found == content || before[&path].is_link())
                });
                assert!(stays || there, "{category} {path:?} is lost");
            }
        }
        assert!(done.kept.is_empty(), "{:?}", done.kept);
        assert!(done.removed > 0, "{category}");
        assert_eq!(done.removed + done.totals.stay_files, done.totals.files + done.totals.links);
    }
}

#[test]
fn both_explogs_of_the_same_name_survive() {
    let ground = Ground::new();
    ground.fill();
    ground.go(Request::archive(Category::Sigproc)).unwrap();
    let place = ground.target().join("R_1");
    assert_eq!(std::fs::read(place.join("explog.txt")).unwrap(), b"of the run");
    let other = std::fs::read(place.join("_from_report_dir/explog.txt")).unwrap();
    assert_eq!(other, b"of the report: another one (D9)");
    // Basecalling input is still local and needs both.
    assert!(ground.run().join("explog.txt").exists() && ground.report().join("explog.txt").exists());
}

#[test]
fn links_holes_times_and_modes_are_kept() {
    let ground = Ground::new();
    ground.fill();
    let before = picture(&ground.run());
    ground.go(Request::archive(Category::Sigproc)).unwrap();
    let place = ground.target().join("R_1");
    let after = picture(&place);
    for name in [
        "acq_0000.dat",
        "linked.dat",
        "sparse.dat",
        "short.dat",
        "broken.dat",
        "explog.txt",
        "X0_Y0/dir.",
        "X0_Y0",
    ] {
        assert_eq!(before.get(Path::new(name)), after.get(Path::new(name)), "{name}");
    }
    assert_eq!(place.join("absolute.dat").read_link().unwrap(), Path::new("acq_0001.dat"));
    assert_eq!(place.join("acq_0000.dat").metadata().unwrap().nlink(), 2);
    assert!(place.join("sparse.dat").metadata().unwrap().blocks() * 512 < 2 << 20, "the hole was filled");
}

#[test]
fn the_report_page_stays_and_is_in_the_archive() {
    let ground = Ground::new();
    ground.fill();
    ground.go(Request::archive(Category::Output)).unwrap();
    for name in ["report.pdf", "report-full.pdf"] {
        assert!(ground.report().join(name).exists(), "{name} was removed");
        assert!(ground.target().join("archivedReports/report").join(name).exists(), "{name} was not copied");
    }
    assert!(!ground.report().join("rawlib.bam").exists());
}

#[test]
fn an_export_removes_nothing() {
    let ground = Ground::new();
    ground.fill();
    let before = [picture(&ground.run()), picture(&ground.report())];
    let request = Request { action: Action::Export, ..Request::archive(Category::Misc) };
    ground.go(request).unwrap();
    assert_eq!([picture(&ground.run()), picture(&ground.report())], before);
    assert!(ground.target().join("archivedReports/report/basecaller_results/intermediate.txt").exists());
}

#[test]
fn the_record_names_list_and_checksums_and_both_are_true() {
    let ground = Ground::new();
    ground.fill();
    for (number, category) in [Category::Basecall, Category::Output].into_iter().enumerate() {
        let job = format!("job-{number}");
        ground.go(Request { job: &job, ..Request::archive(category) }).unwrap();
    }
    let place = ground.target().join("archivedReports/report");
    let record = std::fs::read(place.join("serialized_report.json")).unwrap();
    let record: Record = serde_json::from_slice(&record).unwrap();
    assert_eq!(record.categories.len(), 2);
    for (category, known) in &record.categories {
        let list = std::fs::read(place.join(&known.list)).unwrap();
        assert_eq!(blake3::hash(&list).as_bytes(), &known.list_hash.0, "{category}");
        let sums = std::fs::read_to_string(place.join(&known.checksums)).unwrap();
        assert_eq!(sums.lines().count() as u64, known.files);
        for line in sums.lines() {
            let (hash, path) = line.split_once("  ").unwrap();
            let content = std::fs::read(place.join(path)).unwrap();
            assert_eq!(blake3::hash(&content).to_hex().as_str(), hash, "{path}");
        }
    }
}

#[test]
fn sha256sum_checks_an_archive_without_runstow_and_finds_a_flipped_bit() {
    let ground = Ground::new();
    ground.fill();
    ground.go(Request { hash: HashKind::Sha256, ..Request::archive(Category::Sigproc) }).unwrap();
    let place = ground.target().join("R_1");
    let check = || {
        let mut program = Command::new("sha256sum");
        program.args(["--check", "--strict", "runstow_report_sigproc.sha256"]).current_dir(&place);
        program.output().unwrap()
    };
    let sound = check();
    let text = String::from_utf8_lossy(&sound.stdout).into_owned();
    assert!(sound.status.success(), "{text}{}", String::from_utf8_lossy(&sound.stderr));
    // A line end, a colon, a hyphen in front, no ASCII.
    for name in ["line", "12:30:01.dat: OK", "--rf.log: OK", "caf"] {
        assert!(text.contains(name), "{name}: {text}");
    }
    write(&place.join("--rf.log"), b"looks like an optioN");
    assert!(!check().status.success());
}

#[test]
fn a_second_category_with_a_file_in_common_shares_it() {
    let ground = Ground::new();
    ground.fill();
    let place = ground.target().join("archivedReports/report");
    ground.go(Request::archive(Category::Basecall)).unwrap();
    // Output was local: its copy of the statistics stayed.
    assert!(ground.report().join("sigproc_results/analysis.bfmask.stats").exists());
    let mut disposed = CategorySet::EMPTY;
    disposed.insert(Category::Basecall);
    ground.go(Request { job: "job-2", disposed, ..Request::archive(Category::Output) }).unwrap();
    assert!(!ground.report().join("sigproc_results/analysis.bfmask.stats").exists());
    assert_eq!(
        std::fs::read(place.join("sigproc_results/analysis.bfmask.stats")).unwrap(),
        b"kept while output is local"
    );
}

#[test]
fn another_file_in_the_target_is_never_overwritten() {
    let ground = Ground::new();
    ground.fill();
    let before = [picture(&ground.run()), picture(&ground.report())];
    write(&ground.target().join("R_1/acq_0000.dat"), b"somebody else's");
    let error = ground.go(Request::archive(Category::Sigproc)).unwrap_err();
    assert!(matches!(error, runstow_storage::Failure::Occupied { .. }), "{error}");
    assert_eq!(std::fs::read(ground.target().join("R_1/acq_0000.dat")).unwrap(), b"somebody else's");
    assert_eq!([picture(&ground.run()), picture(&ground.report())], before);
}

#[test]
fn a_plan_that_no_longer_holds_is_refused() {
    let ground = Ground::new();
    ground.fill();
    let agreed = Agreed::from(ground.selected(Category::Sigproc).digest);
    write(&ground.run().join("late.dat"), b"came later");
    let request = Request { agreed: Some(&agreed), ..Request::archive(Category::Sigproc) };
    let error = ground.go(request).unwrap_err();
    assert!(matches!(error, Failure::PlanChanged { .. }), "{error}");
    assert!(ground.run().join("acq_0000.dat").exists() && ground.run().join("late.dat").exists());
}

/// A plan of output files, of which others can take those in the run's folder.
fn agreed_to(ground: &Ground) -> Agreed {
    let shown = ground.selected(Category::Output);
    assert!(!shown.common.entries().unwrap().is_empty(), "nothing is common");
    Agreed { digest: shown.digest, less: Less::than(&shown) }
}

#[test]
fn what_another_move_of_the_request_took_may_be_missing_from_a_plan_and_nothing_may_be_another() {
    let ground = Ground::new();
    ground.fill();
    write(&ground.run().join("shared.bam"), b"of all reports");
    let agreed = agreed_to(&ground);
    let allowed = || {
        let request = Request { agreed: Some(&agreed), ..Request::archive(Category::Output) };
        match ground.go(request) {
            Ok(_) => true,
            Err(Failure::PlanChanged { .. }) => false,
            Err(error) => panic!("{error}"),
        }
    };
    let common = ground.run().join("shared.bam");
    // Another file in the place of what others can take.
    std::fs::remove_file(&common).unwrap();
    write(&common, b"of nobody");
    assert!(!allowed(), "a file that nobody has seen");
    std::fs::remove_file(&common).unwrap();
    // One more of its own, smaller than what is missing.
    let late = ground.report().join("late.bam");
    write(&late, b"late");
    assert!(!allowed(), "a file that nobody has seen");
    std::fs::remove_file(&late).unwrap();
    assert!(allowed(), "only what others can take is missing");
}

#[test]
fn what_only_this_move_can_take_may_not_be_missing_either() {
    let ground = Ground::new();
    ground.fill();
    write(&ground.run().join("shared.bam"), b"of all reports");
    write(&ground.report().join("own.bam"), b"of this one");
    let agreed = agreed_to(&ground);
    std::fs::remove_file(ground.report().join("own.bam")).unwrap();
    let error =
        ground.go(Request { agreed: Some(&agreed), ..Request::archive(Category::Output) }).unwrap_err();
    assert!(matches!(error, Failure::PlanChanged { .. }), "{error}");
}

#[test]
fn a_file_of_the_run_stays_until_the_last_report_that_has_it_and_is_in_the_archive_of_each() {
    let needed = [true, false].map(|any| {
        let ground = Ground::new();
        ground.fill();
        let file = ground.run().join("shared.bam");
        write(&file, b"of all reports");
        let others = Others { any, onboard: false };
        let done = ground.go(Request { others, ..Request::archive(Category::Output) }).unwrap();
        assert_eq!(file.exists(), any);
        assert!(done.folder.join("shared.bam").exists());
        done.totals.needed_files
    });
    assert_eq!(needed[0], needed[1] + 1);
}

#[test]
fn done_again_after_the_end_nothing_more_happens() {
    let ground = Ground::new();
    ground.fill();
    let first = ground.go(Request::archive(Category::Sigproc)).unwrap();
    let after = [picture(&ground.run()), picture(&ground.target())];
    let again = ground.go(Request { fence: 2, ..Request::archive(Category::Sigproc) }).unwrap();
    assert_eq!((first.totals, first.digest), (again.totals, again.digest));
    assert_eq!(again.removed, 0);
    assert_eq!([picture(&ground.run()), picture(&ground.target())], after);
}
