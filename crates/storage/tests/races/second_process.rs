//! A second process swaps entries at random while they are moved.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::PoisonError;
use std::time::Duration;

use runstow_lifecycle::Category;
use runstow_storage::Cure;

use crate::everywhere::contents;
use crate::ground::{Ground, Request, picture};
use crate::racer::{Racer, Swap};
use crate::swapped::ALONE;

const FOLDER: &str = "RUNSTOW_RACE_FOLDER";
const SEED: &str = "RUNSTOW_RACE_SEED";

/// What runs in the second process, until it is killed. Not a test of its own.
#[test]
#[ignore = "is started by the other test of this file"]
fn racing() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let racer = Racer::at(folder.as_ref());
    let mut random: u64 = std::env::var(SEED).unwrap().parse().unwrap();
    for number in 1.. {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let swap = Swap::ALL[usize::try_from(random >> 33).unwrap() % Swap::ALL.len()];
        let place = racer.swap(swap, number);
        let made = matches!(swap, Swap::FileForFile | Swap::FileForFolder) && place.is_some();
        println!("{} {number}", if made { "made" } else { "swapped" });
        std::io::stdout().flush().unwrap();
        std::thread::sleep(Duration::from_micros(random % 300));
        if let Some(place) = place {
            racer.back(&place, number);
        }
    }
}

#[test]
fn a_process_that_swaps_entries_during_moves_loses_nothing_and_reaches_nothing_outside() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let rounds: u64 = std::env::var("RUNSTOW_RACES").ok().and_then(|n| n.parse().ok()).unwrap_or(60);
    let (mut swaps, mut disturbed) = (0, 0);
    for round in 0..rounds {
        let ground = Ground::in_memory();
        ground.fill_small();
        let racer = Racer::new(&ground);
        let known = contents(ground.path());
        let outside = picture(racer.outside());
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "second_process::racing", "--ignored", "--nocapture", "--test-threads=1"])
            .env(FOLDER, ground.path())
            .env(SEED, round.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let number = |line: &str| {
            let (what, number) = line.split_once(' ')?;
            if matches!(what, "made" | "swapped") {
                Some((what == "made", number.parse().ok()?))
            } else {
                None
            }
        };
        // It races from here on.
        let first = lines.by_ref().find_map(|line| number(&line)).unwrap();
        for fence in 1..8 {
            match ground.go(Request { fence, ..Request::archive(Category::Sigproc) }) {
                Ok(_) => break,
                Err(error) => {
                    disturbed += 1;
                    assert!(!matches!(error.cure(), Cure::Stop(_)), "{error}");
                }
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let all: Vec<(bool, u64)> =
            std::iter::once(first).chain(lines.filter_map(|line| number(&line))).collect();
        swaps += all.len();
        let now = contents(ground.path());
        assert!(known.is_subset(&now), "round {round}: {} contents are lost", known.difference(&now).count());
        assert_eq!(picture(racer.outside()), outside, "round {round}: something outside was touched");
        for (_, number) in all.iter().filter(|(made, _)| *made) {
            assert!(
                now.contains(&racer.content(*number)),
                "round {round}: the content of swap {number} is lost"
            );
        }
    }
    println!("{rounds} moves, {swaps} swaps meanwhile, {disturbed} attempts disturbed");
    assert!(swaps as u64 > rounds && disturbed > 0, "{swaps} swaps, {disturbed} disturbed");
}
