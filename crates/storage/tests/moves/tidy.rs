//! What is left of folders when their files are gone (categories.md D32).

use std::os::unix::fs::symlink;
use std::path::Path;

use runstow_lifecycle::Category;
use runstow_storage::{Stop, Watch};

use crate::ground::{Ground, Request, write};

#[test]
fn folders_that_became_empty_go_as_the_file_set_says() {
    for tidy in [true, false] {
        let ground = Ground::new();
        ground.fill_small();
        ground.go(Request { tidy, ..Request::archive(Category::Sigproc) }).unwrap();
        assert_eq!(ground.run().join("X0_Y0").exists(), !tidy);
        assert!(ground.run().exists(), "the start folder stays");
    }
}

#[test]
fn the_folder_of_plugins_keeps_its_shape() {
    let ground = Ground::new();
    ground.fill();
    symlink("gone", ground.report().join("plugin_out/x_out/dangling")).unwrap();
    ground.go(Request::archive(Category::Output)).unwrap();
    for folder in ["plugin_out", "plugin_out/x_out", "plugin_out/x_out/deep/er", "plugin_out/x_out/empty"] {
        assert!(ground.report().join(folder).is_dir(), "{folder} was removed");
    }
    assert!(!ground.report().join("plugin_out/x_out/deep/er/file").exists());
}

#[test]
fn a_link_to_a_folder_that_became_empty_goes_and_one_that_still_leads_somewhere_stays() {
    let ground = Ground::new();
    ground.fill_small();
    let (run, report) = (ground.run(), ground.report());
    write(&report.join("scratch/file.txt"), b"intermediate");
    symlink("scratch", report.join("to_scratch")).unwrap();
    symlink(&run, report.join("to_the_run")).unwrap();
    ground.go(Request::archive(Category::Misc)).unwrap();
    assert!(!report.join("scratch").exists());
    let there = |name: &str| report.join(name).is_symlink();
    assert!(there("to_the_run"));
    assert!(!there("to_scratch"), "it leads nowhere any more");
    let place = ground.target().join("archivedReports/report");
    assert_eq!(place.join("to_scratch").read_link().unwrap(), Path::new("scratch"));
}

/// Somebody who writes a file when the removal begins.
struct Late<'p>(&'p Path);

impl Watch for Late<'_> {
    fn go_on(&self) -> Result<(), Stop> {
        Ok(())
    }

    fn may_remove(&self) -> Result<(), Stop> {
        if !self.0.exists() {
            write(self.0, b"came late");
        }
        Ok(())
    }
}

#[test]
fn what_somebody_has_put_into_a_folder_meanwhile_keeps_it() {
    let ground = Ground::new();
    ground.fill_small();
    let late = ground.run().join("X0_Y0/late.dat");
    let done = ground.go(Request { watch: &Late(&late), ..Request::archive(Category::Sigproc) }).unwrap();
    assert!(done.removed > 0);
    assert_eq!(std::fs::read(&late).unwrap(), b"came late");
}
