//! Owner, extended attributes and empty folders: kept in the archive, and told in its list.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::time::{Duration, SystemTime};

use runstow_lifecycle::Category;
use runstow_lifecycle::manifest::Entry;
use rustix::fs::{XattrFlags, fgetxattr, fsetxattr};

use crate::ground::{Ground, Request, picture, write};

fn listed(ground: &Ground) -> Vec<Entry> {
    let list = std::fs::read_to_string(ground.target().join("R_1/runstow_report_sigproc.jsonl")).unwrap();
    list.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn owners_and_extended_attributes_are_kept_and_listed() {
    let ground = Ground::new();
    ground.fill_small();
    let path = ground.run().join("X0_Y0/acq_0001.dat");
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    let attributes = fsetxattr(&file, "user.lab", b"box 7", XattrFlags::empty()).is_ok();
    let owners = chown(&path, Some(1234), Some(2345)).is_ok();
    if !attributes || !owners {
        println!(
            "NOT SHOWN: owners need root ({owners}), attributes a file system that has them ({attributes})"
        );
    }
    let before = path.metadata().unwrap();
    ground.go(Request::archive(Category::Sigproc)).unwrap();
    let copy = std::fs::File::open(ground.target().join("R_1/X0_Y0/acq_0001.dat")).unwrap();
    let after = copy.metadata().unwrap();
    assert_eq!((before.uid(), before.gid(), before.mode()), (after.uid(), after.gid(), after.mode()));
    let all = listed(&ground);
    let entry = all.iter().find(|entry| entry.path.0 == b"X0_Y0/acq_0001.dat").unwrap();
    assert_eq!((entry.uid, entry.gid), (before.uid(), before.gid()));
    if attributes {
        let mut value = [0; 16];
        let length = fgetxattr(&copy, "user.lab", &mut value).unwrap();
        assert_eq!(&value[..length], b"box 7");
        assert_eq!(entry.attributes.get("user.lab").unwrap(), "Ym94IDc=");
    }
}

#[test]
fn empty_folders_are_in_the_archive() {
    let ground = Ground::new();
    ground.fill();
    ground.go(Request::archive(Category::Output)).unwrap();
    ground.go(Request { job: "job-2", ..Request::archive(Category::Misc) }).unwrap();
    let place = ground.target().join("archivedReports/report");
    assert!(place.join("plugin_out/x_out/empty").is_dir());
    assert!(place.join("tmp/nothing/below").is_dir());
    assert_eq!(place.join("plugin_out/latest").read_link().unwrap(), std::path::Path::new("x_out"));
}

#[test]
fn names_of_one_file_stay_so_however_many_files_lie_between_them() {
    let ground = Ground::in_memory();
    ground.fill_small();
    let folder = ground.run().join("X1_Y1");
    std::fs::create_dir(&folder).unwrap();
    let name = |number: usize, ending: &str| format!("acq_{number:05}{ending}.dat");
    for number in 0..9000 {
        std::fs::write(folder.join(name(number, "")), number.to_string()).unwrap();
        if number % 300 == 0 {
            let far = folder.join(name(9000 - number, "_too"));
            std::fs::hard_link(folder.join(name(number, "")), far).unwrap();
        }
    }
    ground.go(Request::archive(Category::Sigproc)).unwrap();
    let place = ground.target().join("R_1/X1_Y1");
    for number in (0..9000).step_by(300) {
        let one = place.join(name(number, "")).metadata().unwrap();
        let other = place.join(name(9000 - number, "_too")).metadata().unwrap();
        assert_eq!((one.ino(), one.nlink()), (other.ino(), 2), "{number}");
    }
}

#[test]
fn a_folder_that_run_and_report_both_have_keeps_the_time_and_mode_of_each() {
    let ground = Ground::new();
    ground.fill_small();
    write(&ground.report().join("jpg/plot.jpg"), b"of the report");
    write(&ground.run().join("jpg/frame_0001.jpg"), b"of the run");
    for (folder, mode) in [(ground.report().join("jpg"), 0o750), (ground.run().join("jpg"), 0o705)] {
        std::fs::set_permissions(&folder, Permissions::from_mode(mode)).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::new(1_400_000_000 + u64::from(mode), 7);
        std::fs::File::open(&folder).unwrap().set_modified(time).unwrap();
    }
    let before = [picture(&ground.run()), picture(&ground.report())];
    let category = Category::Misc;
    ground.go(Request::archive(category)).unwrap();
    for start in [ground.run(), ground.report()] {
        assert!(!start.join("jpg").exists(), "it was left empty");
    }
    ground.restore(category, 1).unwrap();
    assert_eq!([picture(&ground.run()), picture(&ground.report())], before);
}

const WITHOUT_CHOWN: &str = "RUNSTOW_WITHOUT_CHOWN";

/// What runs in a process that may not give files away. Not a test of its own.
#[test]
#[ignore = "is started by the test below"]
fn without_chown() {
    let Some(folder) = std::env::var_os(WITHOUT_CHOWN) else { return };
    let ground = Ground::at(folder.into());
    let done = ground.go(Request::archive(Category::Sigproc)).unwrap();
    assert_eq!(done.lacking.owner, 2, "{:?}", done.lacking);
    assert_eq!(done.lacking.sentences(), ["owner of 2 files, links or folders"]);
    // The same after the job was interrupted behind its end.
    let again = ground.go(Request { fence: 2, ..Request::archive(Category::Sigproc) }).unwrap();
    assert_eq!(again.lacking, done.lacking);
}

#[test]
fn an_owner_that_could_not_be_given_is_told_and_a_restore_brings_it_back() {
    let ground = Ground::new();
    ground.fill_small();
    let path = ground.run().join("X0_Y0/acq_0001.dat");
    let folder = path.parent().unwrap();
    if chown(&path, Some(1234), Some(2345)).is_err() || chown(folder, Some(1234), Some(2345)).is_err() {
        println!("NOT SHOWN: files are given away by root only");
        return;
    }
    let mut child = std::process::Command::new("setpriv");
    child.args(["--bounding-set", "-chown", "--inh-caps", "-chown"]).arg(std::env::current_exe().unwrap());
    child.args(["--exact", "metadata::without_chown", "--ignored"]).env(WITHOUT_CHOWN, ground.path());
    let output = child.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    let copy = ground.target().join("R_1/X0_Y0/acq_0001.dat").metadata().unwrap();
    assert_eq!((copy.uid(), copy.gid()), (0, 0), "nobody could give it away");
    ground.restore(Category::Sigproc, 1).unwrap();
    for path in [path.as_path(), folder] {
        let back = path.metadata().unwrap();
        assert_eq!((back.uid(), back.gid()), (1234, 2345), "{path:?}");
    }
}

/// The folders of the ground that have attributes, what they have, and an owner of their own.
fn mark_folders(ground: &Ground) -> bool {
    // The default access list: its owner, group and others may read, write and enter.
    let list =
        b"\x02\0\0\0\x01\0\x07\0\xff\xff\xff\xff\x04\0\x05\0\xff\xff\xff\xff\x20\0\x01\0\xff\xff\xff\xff";
    let folder = std::fs::File::open(ground.run().join("X0_Y0")).unwrap();
    fsetxattr(&folder, "user.lab", b"box 7", XattrFlags::empty()).is_ok()
        && fsetxattr(&folder, "system.posix_acl_default", list, XattrFlags::empty()).is_ok()
}

fn attributes_of(folder: &std::path::Path) -> Vec<Vec<u8>> {
    let folder = std::fs::File::open(folder).unwrap();
    let read = |name| {
        let mut value = [0; 64];
        fgetxattr(&folder, name, &mut value).map(|length| value[..length].to_vec()).unwrap_or_default()
    };
    vec![read("user.lab"), read("system.posix_acl_default")]
}

/// A folder with attributes, and these; none where the file system has none.
#[allow(clippy::print_stdout, reason = "says what could not be shown")]
fn with_marked_folders() -> Option<(Ground, std::path::PathBuf, Vec<Vec<u8>>)> {
    let ground = Ground::new();
    ground.fill_small();
    let folder = ground.run().join("X0_Y0");
    if !mark_folders(&ground) {
        println!("NOT SHOWN: the file system has no attributes or access lists");
        return None;
    }
    let before = attributes_of(&folder);
    assert!(before.iter().all(|value| !value.is_empty()));
    Some((ground, folder, before))
}

#[test]
fn attributes_and_default_access_lists_of_folders_are_kept_listed_and_restored() {
    let Some((ground, folder, before)) = with_marked_folders() else { return };
    let done = ground.go(Request::archive(Category::Sigproc)).unwrap();
    assert_eq!(done.lacking, runstow_storage::Lacking::default());
    assert!(!folder.exists());
    assert_eq!(attributes_of(&ground.target().join("R_1/X0_Y0")), before);
    let all = listed(&ground);
    let entry = all.iter().find(|entry| entry.path.0 == b"X0_Y0").unwrap();
    assert_eq!(entry.attributes.keys().collect::<Vec<_>>(), ["system.posix_acl_default", "user.lab"]);
    ground.export_archived(Category::Sigproc, 1).unwrap();
    assert_eq!(attributes_of(&ground.elsewhere().join("R_1/X0_Y0")), before);
    ground.restore(Category::Sigproc, 1).unwrap();
    assert_eq!(attributes_of(&folder), before);
}

#[test]
fn a_folder_that_a_delete_has_tidied_away_comes_back_with_its_attributes() {
    let Some((ground, folder, before)) = with_marked_folders() else { return };
    ground.delete(Category::Sigproc).unwrap();
    assert!(!folder.exists());
    ground.bring_back().unwrap();
    assert_eq!(attributes_of(&folder), before);
    let archived = ground.target().join("R_1/X0_Y0");
    ground.go(Request::archive(Category::Sigproc)).unwrap();
    ground.delete_archived(Category::Sigproc, 1).unwrap();
    assert!(!archived.exists());
    ground.bring_back_archived().unwrap();
    assert_eq!(attributes_of(&archived), before);
}
