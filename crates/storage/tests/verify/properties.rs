//! Any damage of any files is found and named exactly.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;

use proptest::prelude::*;
use runstow_lifecycle::Category;

use crate::ground::{Ground, write};
use crate::support::Archive;

/// What becomes of one file.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Stays,
    Flipped(prop::sample::Index, u8),
    Shorter(prop::sample::Index),
    Longer(usize),
    Removed,
    BecomesFolder,
    BecomesLink,
    /// Exchanged with the next file of this fate.
    Swapped,
    /// A stranger comes beside it.
    Joined,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Stays),
        1 => (any::<prop::sample::Index>(), 0..8_u8).prop_map(|(at, bit)| Fate::Flipped(at, bit)),
        1 => any::<prop::sample::Index>().prop_map(Fate::Shorter),
        1 => (1..5000_usize).prop_map(Fate::Longer),
        1 => Just(Fate::Removed),
        1 => Just(Fate::BecomesFolder),
        1 => Just(Fate::BecomesLink),
        2 => Just(Fate::Swapped),
        1 => Just(Fate::Joined),
    ]
}

/// A size, how deep it lies, and its fate.
fn files() -> impl Strategy<Value = Vec<(usize, usize, Fate)>> {
    let size = prop_oneof![4 => 1..40_usize, 2 => 4090..4100_usize, 1 => 1_048_570..1_048_590_usize];
    prop::collection::vec((size, 0..3_usize, fate()), 1..14)
}

/// No two files have the same content, whatever bit of them is flipped.
fn content(number: usize, size: usize) -> Vec<u8> {
    let mut content = format!("{number:08}").into_bytes();
    content.resize(size.max(8), b'.');
    content.extend(format!("{number:08}").into_bytes());
    content
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn random_damage_of_random_files_is_found_and_named_exactly(files in files()) {
        let name = |number: usize, depth: usize| format!("{}acq_{number:04}.dat", ["", "X0_Y0/", "X0_Y0/below/"][depth]);
        let archive = Archive::of(Ground::in_memory(), Category::Sigproc, |ground| {
            for (number, (size, depth, _)) in files.iter().enumerate() {
                write(&ground.run().join(name(number, *depth)), &content(number, *size));
            }
            std::fs::create_dir_all(ground.report()).unwrap();
        });
        let mut expected = BTreeMap::new();
        let mut alone: Option<String> = None;
        for (number, (_, depth, fate)) in files.iter().enumerate() {
            let path = name(number, *depth);
            let at = archive.at(&path);
            let mut bytes = std::fs::read(&at).unwrap();
            let word = match fate {
                Fate::Stays => continue,
                Fate::Flipped(index, bit) => {
                    let byte = index.index(bytes.len());
                    bytes[byte] ^= 1 << bit;
                    std::fs::write(&at, bytes).unwrap();
                    "content"
                }
                Fate::Shorter(index) => {
                    bytes.truncate(index.index(bytes.len()));
                    std::fs::write(&at, bytes).unwrap();
                    "size"
                }
                Fate::Longer(by) => {
                    bytes.resize(bytes.len() + by, 0);
                    std::fs::write(&at, bytes).unwrap();
                    "size"
                }
                Fate::Removed => {
                    std::fs::remove_file(&at).unwrap();
                    "missing"
                }
                Fate::BecomesFolder => {
                    std::fs::remove_file(&at).unwrap();
                    std::fs::create_dir(&at).unwrap();
                    "kind"
                }
                Fate::BecomesLink => {
                    let beside = at.with_extension("kept");
                    std::fs::rename(&at, &beside).unwrap();
                    symlink(&beside, &at).unwrap();
                    expected.insert(path.replace(".dat", ".kept"), "extra");
                    "kind"
                }
                Fate::Swapped => match alone.take() {
                    None => {
                        alone = Some(path);
                        continue;
                    }
                    Some(other) => {
                        let spare = archive.ground.path().join("spare");
                        std::fs::rename(&at, &spare).unwrap();
                        std::fs::rename(archive.at(&other), &at).unwrap();
                        std::fs::rename(&spare, archive.at(&other)).unwrap();
                        expected.insert(other, "swapped");
                        "swapped"
                    }
                },
                Fate::Joined => {
                    std::fs::write(at.with_extension("new"), b"").unwrap();
                    expected.insert(path.replace(".dat", ".new"), "extra");
                    continue;
                }
            };
            expected.insert(path, word);
        }
        let told: BTreeMap<String, &str> = archive.told().into_iter().collect();
        prop_assert_eq!(told, expected);
    }
}
