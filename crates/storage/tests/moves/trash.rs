//! What is deleted lies in the trash, comes back as it was, or goes for good and takes nothing else along.

use runstow_lifecycle::Category;
use runstow_storage::{Alone, Cure, Failure, Target, trash};

use crate::ground::{Ground, contents, picture, write};

#[test]
fn what_is_deleted_comes_back_exactly_as_it_was() {
    for category in Category::ALL {
        let ground = Ground::new();
        ground.fill();
        let before = [picture(&ground.run()), picture(&ground.report())];
        let done = ground.delete(category).unwrap();
        assert!(done.files > 0 && done.kept.is_empty(), "{category}: {done:?}");
        assert_ne!([picture(&ground.run()), picture(&ground.report())], before, "{category}");
        let back = ground.bring_back().unwrap();
        assert_eq!((back.files, back.bytes), (done.files, done.bytes), "{category}");
        assert_eq!([picture(&ground.run()), picture(&ground.report())], before, "{category}");
        assert!(!ground.results().join(trash::TRASH).exists(), "the trash was not tidied up");
    }
}

#[test]
fn the_trash_shows_files_at_the_paths_they_had() {
    let ground = Ground::new();
    ground.fill();
    let before = contents(&picture(&ground.run()));
    let done = ground.delete(Category::Sigproc).unwrap();
    assert_eq!(done.folder, ground.trash());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(ground.trash()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&picture(&path)));
        }
    }
    assert_eq!(found.len() as u64, done.files);
    let gone: Vec<_> =
        before.into_iter().filter(|(path, _)| ground.run().join(path).symlink_metadata().is_err()).collect();
    assert!(gone.len() > 8, "{}", gone.len());
    for entry in gone {
        assert!(found.contains(&entry), "{:?}", entry.0);
    }
    assert!(ground.run().join("explog.txt").exists(), "basecalling input is still local and needs it");
}

#[test]
fn emptying_the_trash_takes_its_files_and_nothing_else() {
    let ground = Ground::new();
    ground.fill();
    let done = ground.delete(Category::Sigproc).unwrap();
    let rest = [picture(&ground.run()), picture(&ground.report())];
    write(&ground.trash().join("files-0/mine.txt"), b"put here by somebody");
    let emptied = ground.empty().unwrap();
    assert_eq!((emptied.files, emptied.bytes), (done.files, done.bytes));
    assert_eq!([picture(&ground.run()), picture(&ground.report())], rest);
    assert!(ground.trash().join("files-0/mine.txt").exists(), "a file that nobody had deleted is gone");
    std::fs::remove_file(ground.trash().join("files-0/mine.txt")).unwrap();
    ground.empty().unwrap();
    assert!(!ground.results().join(trash::TRASH).exists());
    ground.empty().unwrap();
}

#[test]
fn a_file_that_was_changed_in_the_trash_is_not_removed_for_good() {
    let ground = Ground::new();
    ground.fill();
    ground.delete(Category::Output).unwrap();
    let changed = ground.trash().join("files-0/rawlib.bam");
    write(&changed, b"opened by somebody");
    let emptied = ground.empty().unwrap();
    assert_eq!(emptied.kept.len(), 1, "{:?}", emptied.kept);
    assert!(emptied.kept[0].contains("rawlib.bam"), "{:?}", emptied.kept);
    assert_eq!(std::fs::read(&changed).unwrap(), b"opened by somebody");
}

#[test]
fn what_lies_in_the_way_is_never_overwritten_and_nothing_comes_back_by_halves() {
    let ground = Ground::new();
    ground.fill();
    ground.delete(Category::Output).unwrap();
    write(&ground.report().join("rawlib.bam"), b"made anew meanwhile");
    let rest = picture(&ground.report());
    let error = ground.bring_back().unwrap_err();
    assert!(matches!(&error, Failure::Occupied { path } if path.ends_with("rawlib.bam")), "{error}");
    assert_eq!(picture(&ground.report()), rest, "something came back");
    std::fs::remove_file(ground.report().join("rawlib.bam")).unwrap();
    ground.bring_back().unwrap();
    assert_ne!(std::fs::read(ground.report().join("rawlib.bam")).unwrap(), b"made anew meanwhile");
}

#[test]
fn what_somebody_took_out_of_the_trash_is_named() {
    let ground = Ground::new();
    ground.fill();
    ground.delete(Category::Output).unwrap();
    std::fs::remove_file(ground.trash().join("files-0/rawlib.bam")).unwrap();
    let back = ground.bring_back().unwrap();
    assert_eq!(back.missing.len(), 1, "{:?}", back.missing);
    assert!(back.missing[0].ends_with("rawlib.bam"), "{:?}", back.missing);
}

#[test]
fn a_restore_that_is_given_up_puts_everything_into_the_trash_again() {
    let ground = Ground::new();
    ground.fill();
    ground.delete(Category::Sigproc).unwrap();
    let all = |ground: &Ground| {
        (picture(&ground.run()), picture(&ground.report()), contents(&picture(&ground.trash())))
    };
    let deleted = all(&ground);
    ground.in_trash(|place| trash::back(place, &[], &Alone)).unwrap();
    let tidy = runstow_storage::transfer::Removal { tidy: true };
    ground.in_trash(|place| trash::put_again(place, tidy, &Alone)).unwrap();
    assert_eq!(all(&ground), deleted);
}

#[test]
fn a_run_directory_that_is_gone_with_its_files_is_made_again() {
    let ground = Ground::new();
    ground.fill();
    std::fs::remove_file(ground.run().join("explog.txt")).unwrap();
    ground.delete(Category::Sigproc).unwrap();
    for left in std::fs::read_dir(ground.run()).unwrap() {
        let path = left.unwrap().path();
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap()
        } else {
            std::fs::remove_file(path).unwrap()
        }
    }
    std::fs::remove_dir(ground.run()).unwrap();
    let results = ground.results();
    let unmarked = [Target { root: &results, volume: None }];
    let place = trash::Place { job: crate::ways::JOB, home: &results, roots: &unmarked, now: &[] };
    let error = trash::back(&place, &[], &Alone).unwrap_err();
    assert!(matches!(error, Failure::Start(_)), "an unmarked root proves nothing: {error}");
    ground.bring_back().unwrap();
    assert!(ground.run().join("acq_0000.dat").exists());
}

#[test]
fn a_trash_that_is_out_of_sight_is_not_taken_for_empty() {
    let ground = Ground::new();
    ground.fill();
    // Two roots without a marker: the run's holds the plan, the report's is unplugged.
    let (run, report) = (ground.run(), ground.report());
    let roots = [&run, &report].map(|root| Target { root, volume: None });
    let done = ground.delete_from(Category::Sigproc, &run, &roots).unwrap();
    assert!(report.join(trash::TRASH).is_dir() && done.files > 1, "{done:?}");
    let place = trash::Place { job: crate::ways::JOB, home: &run, roots: &roots, now: &[] };
    let away = ground.path().join("away");
    std::fs::rename(report.join(trash::TRASH), &away).unwrap();
    for error in [trash::empty(&place, &Alone).unwrap_err(), trash::back(&place, &[], &Alone).unwrap_err()] {
        assert!(matches!(error, Failure::Start(_)) && error.cure() == Cure::Wait, "{error}");
    }
    std::fs::rename(&away, report.join(trash::TRASH)).unwrap();
    assert_eq!(trash::empty(&place, &Alone).unwrap().files, done.files);
    assert!(!report.join(trash::TRASH).exists() && !run.join(trash::TRASH).exists());
}
