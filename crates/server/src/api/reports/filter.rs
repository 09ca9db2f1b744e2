//! The filter of the list of reports, as an object in a body.

use runstow_catalog::ReportBrowse;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::body;
use super::super::codes::{CategoryName, StateCode};
use super::super::instant::Instant;
use super::super::params::read_fields;
use super::super::problem::Problem;
use super::listing::Listing;

/// Which reports: as the parameters of the list of reports. What is null or left out narrows nothing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ReportFilter {
    /// Text in the name of the report or the run; upper and lower case are the same.
    #[schema(max_length = 200, pattern = r"^[^\x00]*$")]
    q: Option<String>,
    /// Only reports of this run.
    #[serde(default, deserialize_with = "body::whole")]
    #[schema(minimum = 1)]
    run: Option<i64>,
    /// Only thumbnail reports, or only the others.
    thumbnail: Option<bool>,
    /// Made at this time or later.
    #[schema(inline)]
    from: Option<Instant>,
    /// Made before this time.
    #[schema(inline)]
    before: Option<Instant>,
    /// With at least so many MB of their own.
    #[serde(default, deserialize_with = "body::whole")]
    #[schema(minimum = 0)]
    min_size_mb: Option<i64>,
    /// With at most so many MB of their own.
    #[serde(default, deserialize_with = "body::whole")]
    #[schema(minimum = 0)]
    max_size_mb: Option<i64>,
    /// States that the signal files may be in.
    #[schema(min_items = 1)]
    sigproc: Option<Vec<StateCode>>,
    /// States that the basecalling input may be in.
    #[schema(min_items = 1)]
    basecall: Option<Vec<StateCode>>,
    /// States that the output files may be in.
    #[schema(min_items = 1)]
    output: Option<Vec<StateCode>>,
    /// States that the intermediate files may be in.
    #[schema(min_items = 1)]
    misc: Option<Vec<StateCode>>,
    /// Only reports where Keep is set for these categories.
    #[schema(min_items = 1)]
    kept: Option<Vec<CategoryName>>,
}

impl ReportFilter {
    /// The same list, by number; none when the filter narrows nothing.
    ///
    /// # Errors
    /// 400 with all faults.
    pub(in super::super) fn browse(self) -> Result<Option<ReportBrowse>, Problem> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut give = |name: &str, value: Option<String>| {
            pairs.extend(value.map(|value| (name.to_owned(), value)));
        };
        give("q", self.q.filter(|text| !text.is_empty()));
        give("run", self.run.map(|run| run.to_string()));
        give("thumbnail", self.thumbnail.map(|thumbnail| thumbnail.to_string()));
        give("from", self.from.map(|from| from.to_string()));
        give("before", self.before.map(|before| before.to_string()));
        give("min_size_mb", self.min_size_mb.map(|mb| mb.to_string()));
        give("max_size_mb", self.max_size_mb.map(|mb| mb.to_string()));
        for (name, states) in [
            ("sigproc", self.sigproc),
            ("basecall", self.basecall),
            ("output", self.output),
            ("misc", self.misc),
        ] {
            give(name, states.map(|states| joined(states.iter().map(|state| state.0.code()))));
        }
        give("kept", self.kept.map(|kept| joined(kept.iter().map(|category| category.0.api_prefix()))));
        if pairs.is_empty() {
            return Ok(None);
        }
        pairs.push(("sort".into(), "id".into()));
        pairs.push(("limit".into(), "500".into()));
        Ok(Some(read_fields::<Listing>("filter", pairs)?.browse))
    }
}

fn joined<'t>(words: impl Iterator<Item = &'t str>) -> String {
    words.collect::<Vec<_>>().join(",")
}
