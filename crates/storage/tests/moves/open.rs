//! While a process writes, nothing is removed.

use std::io::Read as _;
use std::process::{Child, Command, Stdio};

use runstow_lifecycle::Category;
use runstow_storage::{Cure, Failure};

use crate::ground::{Ground, Request, picture};

/// Another process that has a file open, for writing or reading, until its input ends.
fn opener(redirect: &str, file: &std::path::Path) -> Child {
    let mut child = Command::new("sh")
        .args(["-c", &format!("exec 9{redirect}\"$1\"; echo ready; cat > /dev/null"), "sh"])
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdout.as_mut().unwrap().read_exact(&mut [0; 6]).unwrap();
    child
}

#[test]
fn a_file_that_is_open_for_writing_is_waited_for() {
    let ground = Ground::new();
    ground.fill();
    let before = picture(&ground.run());
    let mut writer = opener(">>", &ground.run().join("acq_0000.dat"));
    for error in [
        ground.go(Request::archive(Category::Sigproc)).unwrap_err(),
        ground.delete(Category::Sigproc).unwrap_err(),
    ] {
        assert!(matches!(&error, Failure::OpenFiles { .. }), "{error}");
        assert_eq!(error.cure(), Cure::Wait);
        let text = error.to_string();
        assert!(text.contains("acq_0000.dat") && text.contains(&writer.id().to_string()), "{text}");
    }
    assert_eq!(picture(&ground.run()), before);
    drop(writer.stdin.take());
    writer.wait().unwrap();
    ground.go(Request { fence: 2, ..Request::archive(Category::Sigproc) }).unwrap();
}

#[test]
fn a_reader_is_not_in_the_way() {
    let ground = Ground::new();
    ground.fill();
    let mut reader = opener("<", &ground.run().join("acq_0000.dat"));
    ground.go(Request::archive(Category::Sigproc)).unwrap();
    drop(reader.stdin.take());
    reader.wait().unwrap();
}
