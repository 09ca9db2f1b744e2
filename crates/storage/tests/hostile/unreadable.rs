//! What may not be read is never left behind without a word. Root reads everything, so the test goes on in a process of
//! an account that has no rights.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use runstow_lifecycle::Category;
use runstow_storage::{Cure, Failure};

use crate::ground::{Ground, Request, picture, write};

const CHILD: &str = "RUNSTOW_WITHOUT_RIGHTS";

#[test]
fn unreadable_folders_and_files_refuse_the_move_until_they_are_readable() {
    if !rustix::process::geteuid().is_root() || std::env::var_os(CHILD).is_some() {
        return unreadable();
    }
    // The program of the test may lie where only root comes.
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = dir.path().join("hostile");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(program)
        .args(["--exact", "unreadable::unreadable_folders_and_files_refuse_the_move_until_they_are_readable"])
        .env(CHILD, "1")
        .current_dir("/")
        .output()
        .expect("setpriv is a part of util-linux");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

fn unreadable() {
    let locked = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    for (name, unlocked) in [("X0_Y0", 0o755), ("X1_Y1/acq_0007.dat", 0o644)] {
        let ground = Ground::new();
        ground.fill_small();
        write(&ground.run().join("X1_Y1/acq_0007.dat"), b"may be closed");
        let before = picture(&ground.run());
        let path = ground.run().join(name);
        locked(&path, 0o000);
        assert!(
            std::fs::read_dir(&path).is_err() && std::fs::read(&path).is_err(),
            "it can be read all the same"
        );
        let error = ground.go(Request::archive(Category::Sigproc)).unwrap_err();
        assert_eq!(error.cure(), Cure::Wait, "{error}");
        let text = error.to_string();
        assert!(text.contains(name), "{text}");
        assert!(
            text.contains("not permitted") || matches!(error, Failure::Unreadable { count: 1, .. }),
            "{text}"
        );
        locked(&path, unlocked);
        assert_eq!(picture(&ground.run()), before, "{name}: something was touched");
        // A plan that was made before the permissions changed is made anew.
        let again =
            (2..5).find_map(|fence| ground.go(Request { fence, ..Request::archive(Category::Sigproc) }).ok());
        assert!(again.is_some(), "{name}: it does not come to its end");
        let place = ground.target().join("R_1");
        assert_eq!(std::fs::read(place.join("X1_Y1/acq_0007.dat")).unwrap(), b"may be closed");
        assert_eq!(std::fs::read(place.join("X0_Y0/acq_0001.dat")).unwrap(), b"below");
        assert!(!ground.run().join("X0_Y0").exists());
    }
}
