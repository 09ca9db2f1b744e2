//! One run directory.

use jiff::Timestamp;
use runstow_catalog::registry::RunFacts;
use runstow_lifecycle::completion::{Completion, completion};
use runstow_storage::MetadataFolder;
use runstow_storage::discover::{Found, signs};

use super::{Read, small_file, warning};
use crate::discover::{Explog, time_in_run_name};
use crate::keep_file;
use crate::scan::ScanSettings;

/// A run directory and what it says about itself.
pub(in crate::scan) struct FoundRun {
    pub(in crate::scan) path: std::path::PathBuf,
    pub(in crate::scan) facts: RunFacts,
    /// Whether it said anything about itself; if not, name and time are guesses from its directory.
    pub(in crate::scan) spoke: bool,
    /// The newest change seen at its top.
    pub(in crate::scan) newest: Timestamp,
}

pub(super) fn read(found: &Found, settings: &ScanSettings, now: Timestamp) -> Read {
    let mut read = Read::default();
    let folder = match MetadataFolder::open(&found.path) {
        Ok(folder) => folder,
        Err(error) => {
            read.warnings.push(warning(&found.path, format!("the run could not be opened: {error}")));
            read.unseen = Some(found.path.clone());
            return read;
        }
    };
    let mut explog = None;
    for (name, is_json) in [("explog.txt", false), ("explog.json", true)] {
        if explog.is_some() {
            break;
        }
        let Some(bytes) = small_file(&folder, name, &mut read.warnings) else { continue };
        let parsed = if is_json {
            Explog::from_json(&bytes, &settings.zone)
        } else {
            Explog::from_text(&bytes, &settings.zone)
        };
        match parsed {
            Ok(parsed) => explog = Some(parsed),
            Err(error) => read.warnings.push(warning(&found.path.join(name), error.to_string())),
        }
    }
    let spoke = explog.is_some();
    let explog = explog.unwrap_or_default();
    let own_name = found.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let exp_name = explog.exp_name.unwrap_or_else(|| own_name.clone());
    let date = explog
        .started
        .or_else(|| time_in_run_name(&exp_name, &settings.zone))
        .or_else(|| time_in_run_name(&own_name, &settings.zone))
        .unwrap_or(found.modified);
    let (completed, newest) = match signs(&found.path) {
        Ok(signs) => (completion(&signs, now, settings.quiet), signs.newest.unwrap_or(found.modified)),
        Err(error) => {
            read.warnings.push(warning(&found.path, format!("the run could not be listed: {error}")));
            read.unseen = Some(found.path.clone());
            (Completion::Unknown { why: error.to_string() }, now)
        }
    };
    read.run = Some(FoundRun {
        path: found.path.clone(),
        spoke,
        newest,
        facts: RunFacts {
            exp_dir: found.path.as_path().into(),
            moved_from: None,
            wanted_id: None,
            exp_name,
            date_us: date.as_microsecond(),
            chip_type: explog.chip_type.unwrap_or_default(),
            platform: explog.platform.unwrap_or_default(),
            instrument: explog.instrument.unwrap_or_default(),
            finished: completed.is_finished(),
            quiet: matches!(completed, Completion::Unmarked { .. }),
            finished_reason: completed
                .why()
                .unwrap_or("the instrument's last files are there, and nothing changed since")
                .to_owned(),
            keep_marker: folder.has(keep_file::NAME),
            fingerprint: None,
        },
    });
    read
}
