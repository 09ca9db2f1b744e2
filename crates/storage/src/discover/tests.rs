use std::os::unix::fs::symlink;

use super::*;

struct Tree(tempfile::TempDir);

impl Tree {
    fn new(files: &[&str]) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for file in files {
            let path = tree.0.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        tree
    }

    fn discovered(&self, depth: usize) -> Discovered {
        discover(self.0.path(), depth, &StorageRoots::default()).unwrap()
    }

    /// The archives that were passed over, `*` for the root of archives, below the root.
    fn passed(&self, roots: &StorageRoots) -> Vec<String> {
        let name = |passed: &Passed| {
            let path = passed.path.strip_prefix(self.0.path()).unwrap().display().to_string();
            format!("{path}{}", if passed.is_root { "*" } else { "" })
        };
        discover(self.0.path(), 4, roots).unwrap().archives.iter().map(name).collect()
    }

    /// `R` or `r` (report), `>` for a link, and the path below the root.
    fn found(&self, depth: usize) -> Vec<String> {
        let mark = |f: &Found| {
            format!("{}{}", if f.kind == Kind::Run { "R" } else { "r" }, if f.is_link { ">" } else { "" })
        };
        let path = |f: &Found| f.path.strip_prefix(self.0.path()).unwrap().display().to_string();
        self.discovered(depth).found.iter().map(|f| format!("{} {}", mark(f), path(f))).collect()
    }
}

#[test]
fn runs_and_reports_are_told_apart() {
    let tree = Tree::new(&[
        "S5-1/R_1/explog.txt",
        "S5-1/R_2/explog.json",
        "S5-1/R_2/acq_0000.dat",
        "S5-1/empty/notes.txt",
        "analysis/output/Home/Auto_1/explog.txt",
        "analysis/output/Home/Auto_1/ion_params_00.json",
        "analysis/output/Home/Auto_2/expMeta.dat",
    ]);
    assert_eq!(
        tree.found(DEFAULT_DEPTH),
        ["R S5-1/R_1", "R S5-1/R_2", "r analysis/output/Home/Auto_1", "r analysis/output/Home/Auto_2"]
    );
}

#[test]
fn nothing_below_a_run_or_too_deep_is_found() {
    let tree = Tree::new(&[
        "a/R/explog.txt",
        "a/R/report/expMeta.dat",
        "a/b/c/d/explog.txt",
        ".snapshot/R/explog.txt",
    ]);
    assert_eq!(tree.found(3), ["R a/R"]);
    assert_eq!(tree.found(1), Vec::<String>::new());
}

#[test]
fn a_linked_run_is_shown_as_a_link_and_other_links_are_passed_over() {
    let tree = Tree::new(&["disk1/R_1/explog.txt"]);
    let root = tree.0.path();
    std::fs::create_dir(root.join("PGM")).unwrap();
    symlink("../disk1/R_1", root.join("PGM/R_moved")).unwrap();
    symlink("..", root.join("PGM/up")).unwrap();
    symlink("gone", root.join("PGM/dangling")).unwrap();
    symlink("circle", root.join("PGM/circle")).unwrap();
    assert_eq!(tree.found(4), ["R> PGM/R_moved", "R disk1/R_1"]);
    assert_eq!(tree.discovered(4).skipped, []);
}

#[test]
fn a_run_may_have_any_name() {
    let tree = Tree::new(&["ok/R/explog.txt"]);
    let odd = tree.0.path().join(OsStr::from_bytes(b"ok/R_caf\xe9"));
    std::fs::create_dir(&odd).unwrap();
    std::fs::write(odd.join("explog.txt"), "").unwrap();
    let discovered = tree.discovered(4);
    assert!(discovered.found.iter().any(|found| found.path == odd), "{discovered:?}");
    assert_eq!(discovered.skipped, []);
}

#[test]
fn a_root_that_is_not_there_is_an_error() {
    assert!(matches!(
        discover(Path::new("/no/such"), 4, &StorageRoots::default()),
        Err(StartError::Missing { .. })
    ));
}

#[test]
fn signs_are_markers_and_the_newest_change() {
    let tree = Tree::new(&["R/explog.txt", "R/explog_final.txt", "R/block/x.dat"]);
    let signs = signs(&tree.0.path().join("R")).unwrap();
    assert_eq!(signs.markers, ["explog_final.txt"]);
    assert!(Timestamp::now().duration_since(signs.newest.unwrap()).as_secs() < 100);
}

/// They were registered as live, and then deleted: the only copies.
#[test]
fn archives_below_a_storage_root_are_passed_over() {
    let tree = Tree::new(&[
        "live/R_1/explog.txt",
        "live/Auto_1/ion_params_00.json",
        "live/Auto_1/serialized_Auto_1.json",
        "arc/R_2/explog.txt",
        "arc/R_2/runstow_Auto_2_sigproc.jsonl",
        "arc/archivedReports/Auto_2/expMeta.dat",
        "arc/archivedReports/Auto_2/runstow_Auto_2_output.sha256",
        "arc/exportedReports/Auto_3/expMeta.dat",
        "arc/exportedReports/Auto_3/serialized_Auto_3.json",
        "arc/misc/Auto_4/runstow_Auto_4_misc.b3",
        "arc/misc/Auto_4/inside/explog.txt",
    ]);
    std::fs::write(
        tree.0.path().join("live/Auto_1/serialized_Auto_1.json"),
        "[{\"model\": \"rundb.results\"}]",
    )
    .unwrap();
    let record = "{\"runstow\": 1, \"report\": {}, \"run\": {}, \"categories\": {}}";
    std::fs::write(tree.0.path().join("arc/exportedReports/Auto_3/serialized_Auto_3.json"), record).unwrap();
    symlink("../arc/R_2", tree.0.path().join("live/R_linked")).unwrap();
    assert_eq!(tree.found(4), ["r live/Auto_1", "R live/R_1"], "Torrent Suite's own record hides nothing");
    let expected = [
        "arc/R_2",
        "arc/archivedReports/Auto_2",
        "arc/exportedReports/Auto_3",
        "arc/misc/Auto_4",
        "live/R_linked",
    ];
    assert_eq!(tree.passed(&StorageRoots::default()), expected);
}

/// While copies get their places, the folder of an archive has no record yet.
#[test]
fn below_the_root_of_an_archive_nothing_is_live() {
    let tree = Tree::new(&["arc/R_2/explog.txt", "arc/.runstow-volume", "live/R_1/explog.txt"]);
    let root = tree.0.path();
    assert_eq!(tree.found(4), ["R arc/R_2", "R live/R_1"], "a marker alone is that of any storage root");
    std::fs::create_dir(root.join("arc/.runstow-incoming")).unwrap();
    assert_eq!(tree.found(4), Vec::from(["R live/R_1"]));
    assert_eq!(tree.passed(&StorageRoots::default()), ["arc*"]);
}

/// A restore makes the same folder at the top of a storage root as an archive makes at its destination.
#[test]
fn a_storage_root_within_another_is_looked_at_while_files_come_back_there() {
    let tree = Tree::new(&["inner/R_2/explog.txt"]);
    let inner = tree.0.path().join("inner");
    let marker = crate::volume::create_marker(&inner).unwrap();
    std::fs::create_dir(inner.join(".runstow-incoming")).unwrap();
    let none = StorageRoots::default();
    assert_eq!(tree.passed(&none), ["inner*"]);
    let by_path = StorageRoots { paths: vec![inner.clone()], ..none.clone() };
    assert_eq!(tree.passed(&by_path), Vec::<String>::new());
    let by_marker = StorageRoots { markers: vec![marker], ..none.clone() };
    assert_eq!(tree.passed(&by_marker), Vec::<String>::new());
    assert_eq!(
        discover(&inner, 4, &none).unwrap().found.len(),
        1,
        "the root that is scanned is never passed over"
    );
}
