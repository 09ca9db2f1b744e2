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

    /// `R` or `r` (report), `>` for a link, and the path below the root.
    fn found(&self, depth: usize) -> Vec<String> {
        let mark = |f: &Found| {
            format!("{}{}", if f.kind == Kind::Run { "R" } else { "r" }, if f.is_link { ">" } else { "" })
        };
        let path = |f: &Found| f.path.strip_prefix(self.0.path()).unwrap().display().to_string();
        discover(self.0.path(), depth)
            .unwrap()
            .found
            .iter()
            .map(|f| format!("{} {}", mark(f), path(f)))
            .collect()
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
    assert_eq!(discover(root, 4).unwrap().skipped, []);
}

#[test]
fn a_run_may_have_any_name() {
    let tree = Tree::new(&["ok/R/explog.txt"]);
    let odd = tree.0.path().join(OsStr::from_bytes(b"ok/R_caf\xe9"));
    std::fs::create_dir(&odd).unwrap();
    std::fs::write(odd.join("explog.txt"), "").unwrap();
    let discovered = discover(tree.0.path(), 4).unwrap();
    assert!(discovered.found.iter().any(|found| found.path == odd), "{discovered:?}");
    assert_eq!(discovered.skipped, []);
}

#[test]
fn a_root_that_is_not_there_is_an_error() {
    assert!(matches!(discover(Path::new("/no/such"), 4), Err(StartError::Missing { .. })));
}

#[test]
fn signs_are_markers_and_the_newest_change() {
    let tree = Tree::new(&["R/explog.txt", "R/explog_final.txt", "R/block/x.dat"]);
    let signs = signs(&tree.0.path().join("R")).unwrap();
    assert_eq!(signs.markers, ["explog_final.txt"]);
    assert!(Timestamp::now().duration_since(signs.newest.unwrap()).as_secs() < 100);
}
