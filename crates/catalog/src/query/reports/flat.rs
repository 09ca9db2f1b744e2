//! A report as the database hands it over: the columns in a row, categories and all.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::{CategoryRow, ReportRow};

/// The columns of `Reports::columns`, in their order.
#[derive(Deserialize)]
pub struct FlatReport {
    pub(super) id: i64,
    results_name: String,
    time_stamp_us: i64,
    diskusage: Option<i64>,
    thumbnail: Flag,
    exp_name: String,
    exp_dir: String,
    exp_diskusage: Option<i64>,
    storage_options: String,
    sigproc_state: Option<String>,
    sigproc_keep: Option<Flag>,
    sigproc_diskspace: Option<f64>,
    basecall_state: Option<String>,
    basecall_keep: Option<Flag>,
    basecall_diskspace: Option<f64>,
    output_state: Option<String>,
    output_keep: Option<Flag>,
    output_diskspace: Option<f64>,
    misc_state: Option<String>,
    misc_keep: Option<Flag>,
    misc_diskspace: Option<f64>,
}

impl From<FlatReport> for ReportRow {
    fn from(flat: FlatReport) -> Self {
        let category = |state: Option<String>, keep: Option<Flag>, diskspace| {
            state.map(|state| CategoryRow { state, keep: keep.is_some_and(|flag| flag.0), diskspace })
        };
        Self {
            id: flat.id,
            results_name: flat.results_name,
            time_stamp_us: flat.time_stamp_us,
            diskusage: flat.diskusage,
            thumbnail: flat.thumbnail.0,
            exp_name: flat.exp_name,
            exp_dir: flat.exp_dir,
            exp_diskusage: flat.exp_diskusage,
            storage_options: flat.storage_options,
            categories: [
                category(flat.sigproc_state, flat.sigproc_keep, flat.sigproc_diskspace),
                category(flat.basecall_state, flat.basecall_keep, flat.basecall_diskspace),
                category(flat.output_state, flat.output_keep, flat.output_diskspace),
                category(flat.misc_state, flat.misc_keep, flat.misc_diskspace),
            ],
        }
    }
}

/// A flag: true and false in PostgreSQL's JSON, 1 and 0 in SQLite's.
struct Flag(bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(FlagVisitor)
    }
}

struct FlagVisitor;

impl Visitor<'_> for FlagVisitor {
    type Value = Flag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a flag")
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Flag, E> {
        Ok(Flag(flag))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Flag, E> {
        Ok(Flag(number != 0))
    }
}
