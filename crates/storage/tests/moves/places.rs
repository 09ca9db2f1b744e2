//! Folders whose own names break careless programs, and places at the target that are taken.

use std::path::Path;

use runstow_lifecycle::Category;
use runstow_storage::{Cure, Failure};

use crate::ground::{Ground, Request, contents, picture, write};

/// Names of folders that everything lies below: sources and target.
const ODD: [&str; 9] = [
    "R_(1)[a]+*?$|^{2}.",
    "onboard_results",
    "sigproc_results",
    "archivedReports",
    "report",
    "R_1",
    "'single' \"double\" `id` $(id);|&",
    "line\nend \\ back",
    "trailing. ",
];

#[test]
fn no_name_of_a_folder_above_changes_what_is_moved_or_where_it_goes() {
    let dir = tempfile::tempdir().unwrap();
    let mut first: Option<Vec<_>> = None;
    for odd in ODD {
        let ground = Ground::at(dir.path().join(odd).join(odd));
        ground.fill_small();
        std::fs::create_dir_all(ground.target()).unwrap();
        // The whole path of the start folder once more below itself (categories.md D29).
        let again = ground.run().strip_prefix("/").unwrap().to_owned();
        write(&ground.run().join("X0_Y0").join(&again).join("acq_0009.dat"), b"deep below");
        let done = ground.go(Request::archive(Category::Sigproc)).unwrap();
        assert!(done.kept.is_empty() && done.left_alone.is_empty(), "{odd:?}: {done:?}");
        let place = ground.target().join("R_1");
        // The pattern does not cross a line end, so there it belongs to another category.
        let root = if odd.contains('\n') { ground.run() } else { place.clone() };
        let copy = std::fs::read(root.join("X0_Y0").join(&again).join("acq_0009.dat"));
        assert_eq!(copy.unwrap_or_else(|error| panic!("{odd:?}: {error}")), b"deep below");
        let copies: Vec<_> = contents(&picture(&place))
            .into_iter()
            .filter(|(path, _)| {
                let records = ["serialized_", "runstow_"].iter().any(|own| path.starts_with(own))
                    || path
                        .extension()
                        .is_some_and(|ending| ["json", "jsonl", "b3"].iter().any(|e| ending == *e));
                !records && !path.ends_with("acq_0009.dat")
            })
            .collect();
        assert!(copies.len() > 6, "{odd:?}: {copies:?}");
        assert_eq!(first.get_or_insert_with(|| copies.clone()), &copies, "{odd:?}");
        assert!(!ground.run().join("acq_0000.dat").exists(), "{odd:?}");
    }
}

#[test]
fn a_folder_with_the_name_of_a_file_is_in_the_way_and_takes_nothing_in() {
    let ground = Ground::new();
    ground.fill_small();
    let before = [picture(&ground.run()), picture(&ground.report())];
    let in_the_way = ground.target().join("R_1/acq_0000.dat");
    write(&in_the_way.join("inside"), b"somebody else's");
    let error = ground.go(Request::archive(Category::Sigproc)).unwrap_err();
    assert!(matches!(&error, Failure::Occupied { path } if path == &in_the_way), "{error}");
    assert_eq!(error.cure(), Cure::Decide);
    assert_eq!([picture(&ground.run()), picture(&ground.report())], before);
    assert_eq!(
        contents(&picture(&in_the_way)),
        [(Path::new("inside").to_owned(), b"somebody else's".to_vec())]
    );
}

#[test]
fn a_link_in_the_place_of_a_folder_of_the_archive_is_not_followed() {
    let ground = Ground::new();
    ground.fill_small();
    let before = [picture(&ground.run()), picture(&ground.report())];
    let outside = ground.path().join("outside");
    std::fs::create_dir_all(&outside).unwrap();
    std::fs::create_dir_all(ground.target().join("R_1")).unwrap();
    std::os::unix::fs::symlink(&outside, ground.target().join("R_1/X0_Y0")).unwrap();
    let error = ground.go(Request::archive(Category::Sigproc)).unwrap_err();
    assert!(error.to_string().contains("X0_Y0"), "{error}");
    assert_eq!([picture(&ground.run()), picture(&ground.report())], before);
    assert!(picture(&outside).is_empty(), "{:?}", picture(&outside));
}
