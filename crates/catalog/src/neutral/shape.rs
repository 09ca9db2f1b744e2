//! The keys of the neutral JSON. Unknown keys are errors; keys that have their default are not written.

mod jobs;

use std::collections::BTreeMap;

use runstow_lifecycle::{Category, Role, State};
use serde::{Deserialize, Serialize};

use super::scalars::{Bytes, Count, Id, Mb, Number, PathEntry, StorageOptions, Time};
use crate::events::About;
use crate::records::GlobalconfigRow;

pub(super) use jobs::{JobEntry, MarkEntry, NumbersEntry, ReasonEntry, TrashEntry};

/// The whole document. Runs and reports must be there, if only as empty lists, so that a wrong file replaces
/// nothing by nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    #[serde(default)]
    pub(super) users: Vec<UserEntry>,
    pub(super) experiments: Vec<ExperimentEntry>,
    pub(super) results: Vec<ResultEntry>,
    #[serde(default)]
    pub(super) events: Vec<EventEntry>,
    #[serde(default)]
    pub(super) fileservers: Vec<FileserverEntry>,
    #[serde(default)]
    pub(super) messages: Vec<MessageEntry>,
    #[serde(default)]
    pub(super) globalconfig: Vec<GlobalconfigRow>,
    #[serde(default)]
    pub(super) volumes: Vec<VolumeEntry>,
    #[serde(default)]
    pub(super) settings: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) holds: Vec<HoldEntry>,
    #[serde(default)]
    pub(super) jobs: Vec<JobEntry>,
    #[serde(default)]
    pub(super) trash: Vec<TrashEntry>,
    #[serde(default)]
    pub(super) next_numbers: NumbersEntry,
}

/// An account. `password` and `api_key` are clear text that is read and never written.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserEntry {
    pub(super) username: String,
    #[serde(default, skip_serializing)]
    pub(super) password: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) password_hash: Option<String>,
    #[serde(default, skip_serializing)]
    pub(super) api_key: Option<String>,
    #[serde(default = "yes")]
    pub(super) active: bool,
    #[serde(default)]
    pub(super) superuser: bool,
    #[serde(default)]
    pub(super) can_write: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<Time>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) api_keys: Vec<ApiKeyEntry>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApiKeyEntry {
    pub(super) name: String,
    pub(super) key_hash: String,
    pub(super) created: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last_used: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) revoked: Option<Time>,
}

/// A run.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ExperimentEntry {
    pub(super) id: Id,
    pub(super) exp_name: String,
    pub(super) exp_dir: PathEntry,
    pub(super) date: Time,
    #[serde(default)]
    pub(super) chip_type: String,
    #[serde(rename = "storage_options")]
    pub(super) storage_options: StorageOptions,
    #[serde(default)]
    pub(super) diskusage: Option<Count>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) platform: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) instrument: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) finished: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) finished_reason: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) keep_marker: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) absent_scans: Count,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) absent_since: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) seen: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fingerprint: Option<String>,
    #[serde(default, rename = "keep", skip_serializing_if = "Option::is_none")]
    pub(super) kept: Option<RunKeepEntry>,
}

/// Who keeps the signal files of a run; `former_options` is what `storage_options` was before.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunKeepEntry {
    pub(super) owner: String,
    pub(super) reason: String,
    pub(super) since: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<Time>,
    pub(super) former_options: StorageOptions,
}

/// Who keeps another category of a report.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeepEntry {
    pub(super) owner: String,
    pub(super) reason: String,
    pub(super) since: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<Time>,
}

/// Who uses a report or a run: one of the two is named.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HoldEntry {
    pub(super) id: Id,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) result: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) experiment: Option<Id>,
    pub(super) who: String,
    pub(super) reason: String,
    pub(super) since: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<Time>,
}

/// A report.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ResultEntry {
    pub(super) id: Id,
    pub(super) experiment: Id,
    pub(super) results_name: String,
    pub(super) time_stamp: Time,
    #[serde(default)]
    pub(super) diskusage: Option<Number>,
    #[serde(default)]
    pub(super) thumbnail: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) report_dir: PathEntry,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) parent: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ts_version: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) absent_scans: Count,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) absent_since: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) seen: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fingerprint: Option<String>,
    pub(super) categories: CategoryEntries,
}

/// The file records of a report; null where it has none.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct CategoryEntries {
    pub(super) sigproc: Option<CategoryEntry>,
    pub(super) basecall: Option<CategoryEntry>,
    pub(super) output: Option<CategoryEntry>,
    pub(super) misc: Option<CategoryEntry>,
}

impl CategoryEntries {
    pub(super) fn get_mut(&mut self, category: Category) -> Option<&mut CategoryEntry> {
        match category {
            Category::Sigproc => self.sigproc.as_mut(),
            Category::Basecall => self.basecall.as_mut(),
            Category::Output => self.output.as_mut(),
            Category::Misc => self.misc.as_mut(),
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CategoryEntry {
    pub(super) state: State,
    pub(super) keep: bool,
    #[serde(default)]
    pub(super) diskspace: Option<Mb>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) report_mb: Option<Mb>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) run_mb: Option<Mb>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) linked_mb: Option<Mb>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) files: Option<Count>,
    #[serde(default, rename = "archivePath", skip_serializing_if = "Option::is_none")]
    pub(super) archive_path: Option<PathEntry>,
    #[serde(default, rename = "inUse", skip_serializing_if = "Option::is_none")]
    pub(super) in_use: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) measured: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kept: Option<KeepEntry>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventEntry {
    pub(super) id: Id,
    pub(super) about: About,
    pub(super) object_pk: Number,
    pub(super) text: String,
    pub(super) username: String,
    pub(super) created: Time,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileserverEntry {
    pub(super) id: Id,
    pub(super) name: String,
    #[serde(default)]
    pub(super) comments: String,
    #[serde(rename = "filesPrefix")]
    pub(super) files_prefix: String,
    #[serde(default)]
    pub(super) percentfull: Option<f64>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MessageEntry {
    pub(super) body: String,
    pub(super) level: Number,
    pub(super) route: String,
    pub(super) expires: String,
    pub(super) tags: String,
    pub(super) status: String,
    pub(super) id: Id,
    pub(super) time: Time,
}

/// A storage root.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VolumeEntry {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) marker: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) filesystem: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) total_bytes: Option<Bytes>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) available_bytes: Option<Bytes>,
    pub(super) status: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) status_reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) checked: Option<Time>,
}

fn yes() -> bool {
    true
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
