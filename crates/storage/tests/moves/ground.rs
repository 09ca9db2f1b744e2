//! A run and its report with all kinds of entries, a target, and a picture of a tree that can be compared.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use runstow_lifecycle::manifest::HashKind;
use runstow_lifecycle::{Action, Category, CategorySet, Classifier, FileSets};
use runstow_storage::plan::{Agreed, Others, Selected, Selection, select};
use runstow_storage::transfer::{self, Description, Done, Removal, Transfer};
use runstow_storage::{Alone, Failure, ReportFiles, Target, Watch, Whose};

/// Folders for one test.
pub(crate) struct Ground {
    root: PathBuf,
    _dir: Option<tempfile::TempDir>,
    pub(crate) classifier: Classifier,
    /// The marker of the storage root and that of the target, once they have one: what a catalog would know of them.
    pub(crate) root_marker: OnceLock<uuid::Uuid>,
    pub(crate) target_marker: OnceLock<uuid::Uuid>,
}

/// What one entry of a tree is: kind, mode, time, and content, text or nothing.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    kind: &'static str,
    mode: u32,
    mtime: (i64, i64),
    content: Vec<u8>,
    same_as: Option<PathBuf>,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let content = &self.content[..self.content.len().min(24)];
        write!(
            f,
            "{} {:o} {:?} {} bytes {:?}",
            self.kind,
            self.mode,
            self.mtime,
            self.content.len(),
            String::from_utf8_lossy(content)
        )
    }
}

pub(crate) type Picture = BTreeMap<PathBuf, Seen>;

/// Looks at everything below a folder but what Runstow calls its own.
pub(crate) fn picture(root: &Path) -> Picture {
    let mut all = Picture::new();
    let mut inodes = BTreeMap::new();
    look(root, root, &mut all, &mut inodes);
    all
}

fn look(root: &Path, at: &Path, all: &mut Picture, inodes: &mut BTreeMap<u64, PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.file_name().unwrap().as_bytes().starts_with(b".runstow") {
            continue;
        }
        let meta = path.symlink_metadata().unwrap();
        let below = path.strip_prefix(root).unwrap().to_owned();
        let (kind, content) = if meta.is_symlink() {
            ("link", path.read_link().unwrap().as_os_str().as_bytes().to_vec())
        } else if meta.is_dir() {
            ("folder", Vec::new())
        } else if meta.is_file() {
            ("file", std::fs::read(&path).unwrap())
        } else {
            ("special", Vec::new())
        };
        let same_as = if meta.is_file() && meta.nlink() > 1 {
            let first = inodes.entry(meta.ino()).or_insert_with(|| below.clone()).clone();
            (first != below).then_some(first)
        } else {
            None
        };
        let mode = if meta.is_symlink() { 0 } else { meta.mode() & 0o7777 };
        all.insert(below, Seen { kind, mode, mtime: (meta.mtime(), meta.mtime_nsec()), content, same_as });
        if meta.is_dir() {
            look(root, &path, all, inodes);
        }
    }
}

/// Only files and links: what bytes there are.
pub(crate) fn contents(picture: &Picture) -> Vec<(PathBuf, Vec<u8>)> {
    let kept = picture.iter().filter(|(_, seen)| seen.kind == "file" || seen.kind == "link");
    kept.map(|(path, seen)| (path.clone(), seen.content.clone())).collect()
}

pub(crate) fn write(path: &Path, content: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::new(1_490_000_000 + content.len() as u64, 123_456_789);
    std::fs::File::open(path).unwrap().set_modified(time).unwrap();
}

impl Ground {
    /// A PGM run and its report with all kinds of entries.
    pub(crate) fn new() -> Self {
        Self::new_in(tempfile::tempdir().unwrap())
    }

    /// In memory: for moves that are repeated a thousand times, each with its `syncfs`.
    #[allow(dead_code, reason = "for the tests that repeat a move many times")]
    pub(crate) fn in_memory() -> Self {
        Self::new_in(tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap())
    }

    fn new_in(dir: tempfile::TempDir) -> Self {
        let ground = Self { _dir: None, ..Self::at(dir.path().to_owned()) };
        std::fs::create_dir_all(ground.target()).unwrap();
        Self { _dir: Some(dir), ..ground }
    }

    /// In a folder that somebody else has made.
    #[allow(dead_code, reason = "for processes that are killed")]
    pub(crate) fn at(root: PathBuf) -> Self {
        let set = FileSets::built_in().for_version(Some("5.18")).clone();
        Self {
            root,
            _dir: None,
            classifier: Classifier::new(&set).unwrap(),
            root_marker: OnceLock::new(),
            target_marker: OnceLock::new(),
        }
    }

    /// The folder.
    #[allow(dead_code, reason = "for processes that are killed")]
    pub(crate) fn path(&self) -> &Path {
        &self.root
    }

    /// Fills both start folders.
    pub(crate) fn fill(&self) {
        let (run, report) = (self.run(), self.report());
        write(&run.join("acq_0000.dat"), &vec![7; 3000]);
        write(&run.join("acq_0001.dat"), b"");
        write(&run.join("explog.txt"), b"of the run");
        write(&run.join("12:30:01.dat"), b"a colon in its name (D2)");
        write(&run.join("caf\u{e9}.dat"), b"not ASCII (D5)");
        write(&run.join("new\nline.log"), b"a line end");
        write(&run.join("--rf.log"), b"looks like an option");
        write(&run.join("X0_Y0/dir./acq_0002.dat"), b"below a folder with a dot (D7)");
        let big = run.join("sparse.dat");
        write(&big, b"");
        let file = std::fs::OpenOptions::new().write(true).open(&big).unwrap();
        file.set_len(9 << 20).unwrap();
        file.write_at(b"in the middle", 4 << 20).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_400_000_000)).unwrap();
        std::fs::hard_link(run.join("acq_0000.dat"), run.join("linked.dat")).unwrap();
        symlink("acq_0000.dat", run.join("short.dat")).unwrap();
        symlink(run.join("acq_0001.dat"), run.join("absolute.dat")).unwrap();
        symlink("nowhere", run.join("broken.dat")).unwrap();
        std::fs::set_permissions(run.join("explog.txt"), std::fs::Permissions::from_mode(0o640)).unwrap();
        write(&report.join("explog.txt"), b"of the report: another one (D9)");
        write(&report.join("sigproc.log"), b"top-level log of the report");
        write(&report.join("sigproc_results/1.wells"), &vec![9; 70_000]);
        write(&report.join("sigproc_results/bfmask.stats"), b"stats");
        write(&report.join("sigproc_results/analysis.bfmask.stats"), b"kept while output is local");
        write(&report.join("rawlib.bam"), &vec![3; 5000]);
        write(&report.join("report.pdf"), b"the page");
        write(&report.join("report-full.pdf"), b"the full page");
        write(&report.join("plugin_out/x_out/result.json"), b"{}");
        write(&report.join("plugin_out/x_out/deep/er/file"), b"deep");
        std::fs::create_dir_all(report.join("plugin_out/x_out/empty")).unwrap();
        std::fs::create_dir_all(report.join("tmp/nothing/below")).unwrap();
        symlink("x_out", report.join("plugin_out/latest")).unwrap();
        write(&report.join("basecaller_results/intermediate.txt"), b"intermediate");
        write(&report.join("n".repeat(251)).with_extension("txt"), b"a long name");
    }

    /// Fills both start folders with one entry of each kind.
    #[allow(dead_code, reason = "for the tests that repeat a move many times")]
    pub(crate) fn fill_small(&self) {
        let (run, report) = (self.run(), self.report());
        write(&run.join("acq_0000.dat"), &vec![7; 3000]);
        write(&run.join("explog.txt"), b"of the run");
        write(&run.join("X0_Y0/acq_0001.dat"), b"below");
        write(&run.join("sparse.dat"), b"");
        std::fs::OpenOptions::new()
            .write(true)
            .open(run.join("sparse.dat"))
            .unwrap()
            .set_len(2 << 20)
            .unwrap();
        std::fs::hard_link(run.join("acq_0000.dat"), run.join("linked.dat")).unwrap();
        symlink("acq_0000.dat", run.join("short.dat")).unwrap();
        write(&report.join("explog.txt"), b"of the report: another one (D9)");
        write(&report.join("sigproc.log"), b"top-level log of the report");
    }

    /// The same, and the kinds that are rarer: links that lead nowhere and to a folder, an empty folder, a file and a folder that
    /// only their owner may read, attributes, a time long ago.
    #[allow(dead_code, reason = "for the tests of kills")]
    pub(crate) fn fill_all_kinds(&self) {
        self.fill_small();
        let run = self.run();
        write(&run.join("X0_Y0/own/acq_0002.dat"), b"of its owner");
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_400_000_000);
        let file = std::fs::File::open(run.join("X0_Y0/acq_0001.dat")).unwrap();
        file.set_modified(old).unwrap();
        rustix::fs::fsetxattr(&file, "user.lab", b"box 7", rustix::fs::XattrFlags::empty()).ok();
        for (path, mode) in [("X0_Y0/own/acq_0002.dat", 0o400), ("X0_Y0/own", 0o700)] {
            std::fs::set_permissions(run.join(path), std::fs::Permissions::from_mode(mode)).unwrap();
        }
        symlink("nowhere", run.join("broken.dat")).unwrap();
        symlink("X0_Y0", run.join("folder.dat")).unwrap();
        std::fs::create_dir_all(run.join("X0_Y1/empty")).unwrap();
    }

    pub(crate) fn run(&self) -> PathBuf {
        self.root.join("results/R_1")
    }

    pub(crate) fn report(&self) -> PathBuf {
        self.root.join("results/report")
    }

    pub(crate) fn target(&self) -> PathBuf {
        self.root.join("target")
    }

    /// The folder in the target.
    pub(crate) fn folder(category: Category) -> &'static str {
        if category == Category::Sigproc { "R_1" } else { "archivedReports/report" }
    }

    fn selection<'s>(
        &'s self,
        request: &Request<'_>,
        report_dir: &'s Path,
        run_dir: &'s Path,
    ) -> Selection<'s> {
        Selection {
            report: ReportFiles {
                report_dir: Some(report_dir),
                leaves_onboard: false,
                classifier: &self.classifier,
            },
            run_dir: Some(run_dir),
            category: request.category,
            action: request.action,
            disposed: request.disposed,
            disposed_in_run: request.disposed,
            others: request.others,
        }
    }

    /// What an archive would take.
    pub(crate) fn selected(&self, category: Category) -> Selected {
        let (report_dir, run_dir) = (self.report(), self.run());
        select(&self.selection(&Request::archive(category), &report_dir, &run_dir), &mut |_, _| ())
    }

    /// Carries an action out with somebody looking on.
    pub(crate) fn go(&self, request: Request<'_>) -> Result<Done, Failure> {
        self.go_to(request, &mut |_| Ok(()))
    }

    /// The same, up to where somebody refuses that sources are removed.
    #[allow(dead_code, reason = "for the tests of what is taken back")]
    pub(crate) fn go_unpublished(&self, request: Request<'_>) -> Failure {
        let refused =
            || Failure::Refused { kind: "kept".into(), text: "somebody keeps them".into(), for_good: true };
        self.go_to(request, &mut |_| Err(refused())).unwrap_err()
    }

    fn go_to(
        &self,
        request: Request<'_>,
        published: &mut dyn FnMut(&Done) -> Result<(), Failure>,
    ) -> Result<Done, Failure> {
        let report_dir = self.report();
        let run_dir = self.run();
        let target = self.target();
        let json = serde_json::json!({"resultsName": "report"});
        let transfer = Transfer {
            job: request.job,
            fence: request.fence,
            selection: self.selection(&request, &report_dir, &run_dir),
            roots: request.roots,
            target: Target { root: &target, volume: request.volume },
            folder: Self::folder(request.category),
            agreed: request.agreed.cloned(),
            hash: request.hash,
            description: Description {
                name: "report",
                report: &json,
                run: &json,
                action: request.action.name(),
                keep: false,
            },
            removal: (request.action == Action::Archive).then_some(Removal { tidy: request.tidy }),
        };
        transfer::run(&transfer, request.watch, published)
    }
}

/// The report of the ground, as its record describes it.
#[allow(dead_code, reason = "for the tests that read archives")]
pub(crate) fn whose() -> Whose<'static> {
    static REPORT: OnceLock<serde_json::Value> = OnceLock::new();
    let json = REPORT.get_or_init(|| serde_json::json!({"resultsName": "report"}));
    Whose { report: json, run: json }
}

/// What a test asks for.
#[derive(Clone, Copy)]
pub(crate) struct Request<'w> {
    pub(crate) job: &'w str,
    pub(crate) fence: u64,
    pub(crate) category: Category,
    pub(crate) action: Action,
    pub(crate) disposed: CategorySet,
    pub(crate) others: Others,
    pub(crate) agreed: Option<&'w Agreed>,
    pub(crate) hash: HashKind,
    pub(crate) watch: &'w dyn Watch,
    pub(crate) volume: Option<uuid::Uuid>,
    pub(crate) roots: &'w [Target<'w>],
    pub(crate) tidy: bool,
}

impl Request<'_> {
    pub(crate) fn archive(category: Category) -> Self {
        Self {
            job: "job-1",
            fence: 1,
            category,
            action: Action::Archive,
            disposed: CategorySet::EMPTY,
            others: Others::default(),
            agreed: None,
            hash: HashKind::Blake3,
            watch: &Alone,
            volume: None,
            roots: &[],
            tidy: true,
        }
    }
}

impl Seen {
    pub(crate) fn is_link(&self) -> bool {
        self.kind == "link"
    }

    #[allow(dead_code, reason = "for the tests of kills")]
    pub(crate) fn is_folder(&self) -> bool {
        self.kind == "folder"
    }
}
