//! A sample reads a part of the contents, and looks at everything.

use runstow_lifecycle::Category;
use runstow_storage::verify::Choice;

use crate::ground::{Ground, write};
use crate::support::{Archive, told};

const FILES: usize = 400;

fn many() -> Archive {
    Archive::of(Ground::in_memory(), Category::Sigproc, |ground| {
        for number in 0..FILES {
            write(&ground.run().join(format!("acq_{number:04}.dat")), format!("content {number}").as_bytes());
        }
        std::fs::create_dir_all(ground.report()).unwrap();
    })
}

#[test]
fn a_sample_reads_its_share_another_seed_reads_others_and_all_reads_all() {
    let archive = many();
    let read = |choice| archive.choose(choice).0;
    let some = read(Choice::Share { share: 0.1, seed: 1 });
    assert!((10..90).contains(&some.read_files), "{some:?}");
    assert!(!some.complete && some.whole());
    assert_eq!(some, read(Choice::Share { share: 0.1, seed: 1 }));
    let all = read(Choice::All);
    assert!(all.complete && all.read_files == FILES as u64);
    let bytes = read(Choice::Bytes { bytes: all.bytes / 10, seed: 1 });
    assert_eq!(bytes.read_files, some.read_files);
    assert_eq!(read(Choice::Share { share: 0.0, seed: 3 }).read_files, 1, "at least one is read");
}

#[test]
fn what_needs_no_reading_is_found_by_any_sample() {
    let archive = many();
    std::fs::remove_file(archive.at("acq_0007.dat")).unwrap();
    std::fs::write(archive.at("acq_0008.dat"), b"short").unwrap();
    std::fs::write(archive.at("new"), b"").unwrap();
    let (_, findings) = archive.choose(Choice::Share { share: 0.0, seed: 9 });
    let expected = [("acq_0007.dat", "missing"), ("acq_0008.dat", "size"), ("new", "extra")];
    assert_eq!(told(&findings), expected.map(|(path, word)| (path.to_owned(), word)));
}

#[test]
fn a_flipped_bit_is_found_by_exactly_the_samples_that_read_its_file() {
    let archive = many();
    let (whole, _) = archive.verify();
    assert!(whole.whole());
    std::fs::write(archive.at("acq_0123.dat"), b"Content 123").unwrap();
    let found = (0..40)
        .filter(|seed| !archive.choose(Choice::Share { share: 0.5, seed: *seed }).1.is_empty())
        .count();
    assert!((8..32).contains(&found), "{found} of 40 halves");
    assert_eq!(archive.told(), vec![("acq_0123.dat".to_owned(), "content")]);
}
