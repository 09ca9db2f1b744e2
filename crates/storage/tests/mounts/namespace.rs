//! Mounts that nobody else sees, and that are gone with the process.

use std::path::{Path, PathBuf};
use std::process::Command;

use runstow_lifecycle::Category;
use runstow_storage::fault::{self, Fault, Step};
use runstow_storage::transfer::Done;
use runstow_storage::volume::create_marker;
use runstow_storage::{Cure, Failure, Target};
use uuid::Uuid;

use crate::ground::{Ground, Request};

const CHILD: &str = "RUNSTOW_OWN_MOUNTS";

/// Runs the test of this name, which is `story`, in a process with mounts of its own.
pub(crate) fn with_own_mounts(name: &str, story: fn()) {
    if std::env::var_os(CHILD).is_some() {
        return story();
    }
    if !rustix::process::geteuid().is_root() {
        println!(
            "NOT SHOWN: {name} mounts file systems, which only root may. Run the tests as root to see it"
        );
        return;
    }
    let output = Command::new("unshare")
        .args(["--mount", "--propagation", "private"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .output()
        .expect("unshare is a part of util-linux");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    println!("{text}");
}

/// Runs `mount`, `umount` or the like.
pub(crate) fn sh(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A ground whose target, sources, or both are on file systems of their own.
pub(crate) struct Site {
    pub(crate) ground: Ground,
    pub(crate) target: Option<Uuid>,
    pub(crate) results: Option<Uuid>,
}

impl Site {
    /// `disk` becomes the file system below `place`: a folder that can be unplugged and plugged in with all it holds.
    pub(crate) fn plug_in(disk: &Path, place: &Path) {
        std::fs::create_dir_all(disk).unwrap();
        sh("mount", &["--bind", text(disk), text(place)]);
    }

    /// Detaches what is mounted there; open files go on, as they do when somebody pulls the plug.
    pub(crate) fn unplug(place: &Path) {
        sh("umount", &["--lazy", text(place)]);
    }

    /// Target and sources each on a disk of its own that carries a marker.
    pub(crate) fn new() -> Self {
        let site = Self::empty();
        site.ground.fill_small();
        site
    }

    /// The same, without sources so far.
    pub(crate) fn empty() -> Self {
        let ground = Ground::in_memory();
        let results = ground.path().join("results");
        std::fs::create_dir_all(&results).unwrap();
        Self::plug_in(&ground.path().join("archive-disk"), &ground.target());
        Self::plug_in(&ground.path().join("results-disk"), &results);
        let marked = |root: &Path| create_marker(root).unwrap();
        let (target, results) = (marked(&ground.target()), marked(&results));
        ground.target_marker.set(target).unwrap();
        ground.root_marker.set(results).unwrap();
        Self { target: Some(target), results: Some(results), ground }
    }

    /// The sources are a file system in memory of their own, with a marker; there are none so far.
    pub(crate) fn with_results(options: &str) -> Self {
        let ground = Ground::in_memory();
        let results = ground.path().join("results");
        std::fs::create_dir(&results).unwrap();
        sh("mount", &["-t", "tmpfs", "-o", options, "none", text(&results)]);
        let marker = create_marker(&results).unwrap();
        ground.root_marker.set(marker).unwrap();
        Self { target: None, results: Some(marker), ground }
    }

    pub(crate) fn results(&self) -> PathBuf {
        self.ground.path().join("results")
    }

    pub(crate) fn go(&self, fence: u64) -> Result<Done, Failure> {
        let results = self.results();
        let roots = [Target { root: &results, volume: self.results }];
        let roots = if self.results.is_some() { &roots[..] } else { &[] };
        let request = Request::archive(Category::Sigproc);
        self.ground.go(Request { fence, volume: self.target, roots, ..request })
    }

    /// The attempt `fence`, and something that happens right before the step with this number among those that change a
    /// disk. Also, if that step was reached, whether it belonged to the removal: that is looked at when it happens, since
    /// threads that make the same folder at once take a step each, and runs differ by a few.
    pub(crate) fn go_when(
        &self,
        fence: u64,
        at: u64,
        happens: impl Fn() + Send + Sync + 'static,
    ) -> (Result<Done, Failure>, Option<bool>) {
        let journal = self.ground.target().join(".runstow-incoming/job-1");
        let seen_first = move || {
            let removing = removes(&journal);
            happens();
            removing
        };
        at_step(at, seen_first, || self.go(fence))
    }
}

/// What `act` gives when something happens right before the step with this number among those that change a disk. Also what
/// came of that, if the step was reached.
pub(crate) fn at_step<T, S: Copy + Send + Sync + std::fmt::Debug + 'static>(
    at: u64,
    happens: impl Fn() -> S + Send + Sync + 'static,
    act: impl FnOnce() -> T,
) -> (T, Option<S>) {
    let hit = std::sync::Arc::new(std::sync::OnceLock::new());
    let seen = hit.clone();
    fault::install(move |event| {
        if event.step.changes() && !event.after && event.number == at {
            seen.set(happens()).unwrap();
        }
        Fault::None
    });
    let outcome = act();
    fault::clear();
    (outcome, hit.get().copied())
}

/// All that lies below a place, with inode, mode, names, size and the time of its last change whatever that was.
pub(crate) fn everything(place: &Path) -> Vec<u8> {
    let printed = "%P\t%i\t%m\t%n\t%s\t%T@\t%C@\t%l\n";
    let found = Command::new("find").arg(place).args(["-printf", printed]).output().unwrap();
    assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
    found.stdout
}

impl Drop for Site {
    fn drop(&mut self) {
        for place in [self.ground.target(), self.results()] {
            let _ = Command::new("umount").arg("--lazy").arg(place).output();
        }
    }
}

/// Everything is noted as complete and the folders of copies are gone: what comes next is the removal.
fn removes(journal: &Path) -> bool {
    let staged = |name: &String| name.starts_with("staged-");
    journal.join("complete").exists() && !names(journal).iter().any(staged)
}

/// It waits, and says for which place.
pub(crate) fn waits_for<T>(outcome: Result<T, Failure>, place: &Path, words: &[&str], when: &str) {
    let error = outcome.map(drop).expect_err(when);
    assert_eq!(error.cure(), Cure::Wait, "{when}: {error}");
    let told = error.to_string();
    assert!(told.contains(text(place)), "{when}: {told}");
    assert!(words.is_empty() || words.iter().any(|word| told.contains(word)), "{when}: {told}");
}

/// Names of what lies in a folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// The steps of an undisturbed attempt that change a disk: how many there are, and which is the first removal.
pub(crate) fn steps() -> (u64, u64) {
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
    let counted = std::sync::Arc::new((AtomicU64::new(0), AtomicU64::new(u64::MAX)));
    let seen = counted.clone();
    let site = Site::new();
    let run = site.ground.run().join("acq_0000.dat");
    let archive = site.ground.target().join("R_1/serialized_report.json");
    fault::install(move |event| {
        if event.step.changes() && !event.after {
            seen.0.fetch_max(event.number, SeqCst);
            if matches!(event.step, Step::MakeFolder | Step::RenameWhereFree)
                && archive.exists()
                && run.exists()
            {
                seen.1.fetch_min(event.number, SeqCst);
            }
        }
        Fault::None
    });
    site.go(1).unwrap();
    fault::clear();
    (counted.0.load(SeqCst), counted.1.load(SeqCst))
}
