//! One report directory.

use std::path::PathBuf;

use jiff::Timestamp;
use runstow_storage::discover::{Found, signs};
use runstow_storage::{MetadataFolder, parent_report_dir};

use super::{Read, small_file, warning};
use crate::discover::{ReportMetadata, results_pk, suite_version};
use crate::scan::ScanSettings;

/// The file set of reports that lie flat, and so say by their shape how old they are.
const FLAT_VERSION: &str = "2.2";

/// A report directory and what it says about itself.
pub(in crate::scan) struct FoundReport {
    pub(in crate::scan) path: PathBuf,
    pub(in crate::scan) results_name: String,
    pub(in crate::scan) analysed: Timestamp,
    /// Whether the report says when it was made; if not, `analysed` is its directory's time.
    pub(in crate::scan) dated: bool,
    pub(in crate::scan) metadata: ReportMetadata,
    pub(in crate::scan) pk: Option<i64>,
    pub(in crate::scan) version: Option<String>,
    pub(in crate::scan) parent: Option<PathBuf>,
    pub(in crate::scan) fingerprint: String,
    /// The newest change seen at its top.
    pub(in crate::scan) newest: Timestamp,
}

pub(super) fn read(found: &Found, settings: &ScanSettings) -> Read {
    let mut read = Read::default();
    let folder = match MetadataFolder::open(&found.path) {
        Ok(folder) => folder,
        Err(error) => {
            read.warnings.push(warning(&found.path, format!("the report could not be opened: {error}")));
            read.unseen = Some(found.path.clone());
            return read;
        }
    };
    let mut metadata: Option<ReportMetadata> = None;
    let mut seen = Vec::new();
    for name in ["ion_params_00.json", "expMeta.dat"] {
        let Some(bytes) = small_file(&folder, name, &mut read.warnings) else { continue };
        let parsed = match name {
            "expMeta.dat" => ReportMetadata::from_exp_meta(&bytes, &settings.zone),
            _ => ReportMetadata::from_ion_params(&bytes, &settings.zone),
        };
        seen.push(format!("{name}:{:016x}", fnv1a(&bytes)));
        match parsed {
            Ok(parsed) => {
                metadata =
                    Some(metadata.take().map_or_else(|| parsed.clone(), |first| first.or(parsed.clone())))
            }
            Err(error) => read.warnings.push(warning(&found.path.join(name), error.to_string())),
        }
    }
    let Some(metadata) = metadata else {
        // It could be any report of any run; registered under a guess, its files could be moved as another's.
        if read.warnings.is_empty() {
            read.warnings
                .push(warning(&found.path, "not registered: its metadata vanished while it was read"));
        }
        read.unseen = Some(found.path.clone());
        return read;
    };
    let own_name = found.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let pk = small_file(&folder, "primary.key", &mut read.warnings).as_deref().and_then(results_pk);
    let version = small_file(&folder, "version.txt", &mut read.warnings).as_deref().and_then(suite_version);
    let flat = folder.has("1.wells") && !folder.has("sigproc_results");
    let newest = signs(&found.path).ok().and_then(|signs| signs.newest).unwrap_or_else(Timestamp::now);
    read.report = Some(FoundReport {
        path: found.path.clone(),
        results_name: metadata.results_name.clone().unwrap_or(own_name),
        analysed: metadata.analysed.unwrap_or(found.modified),
        dated: metadata.analysed.is_some(),
        pk,
        version: version.or_else(|| flat.then(|| FLAT_VERSION.to_owned())),
        parent: parent_report_dir(&found.path),
        fingerprint: seen.join(" "),
        newest,
        metadata,
    });
    read
}

/// FNV-1a, 64 bits: tells whether a small text has changed; nothing depends on it against an attacker.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
