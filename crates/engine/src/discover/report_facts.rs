//! What a report directory says about itself: `ion_params_00.json`, `expMeta.dat`, `primary.key`, `version.txt`.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::explog::MetadataError;
use super::key_values::{KeyValues, clean};
use super::start_time::parse_start_time;

/// Facts from `ion_params_00.json` or `expMeta.dat`. What is missing is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportMetadata {
    /// The report's name.
    pub results_name: Option<String>,
    /// The run's name.
    pub exp_name: Option<String>,
    /// The run's directory as the pipeline knew it; it may be mounted elsewhere now.
    pub exp_dir: Option<String>,
    /// When the run started.
    pub exp_date: Option<Timestamp>,
    /// When the analysis was made.
    pub analysed: Option<Timestamp>,
    /// A thumbnail report: its data path holds `thumbnail`.
    pub thumbnail: bool,
}

impl ReportMetadata {
    /// Reads `ion_params_00.json`.
    ///
    /// # Errors
    /// When it is no JSON object or names neither report nor run.
    pub fn from_ion_params(bytes: &[u8], zone: &TimeZone) -> Result<Self, MetadataError> {
        let value: Value =
            serde_json::from_slice(bytes).map_err(|e| MetadataError::NotJson(e.to_string()))?;
        if !value.is_object() {
            return Err(MetadataError::NotJson("no object".into()));
        }
        // The pipeline writes the run's record either as an object or as JSON in a string.
        let exp = match &value["exp_json"] {
            Value::String(inner) => serde_json::from_str(inner).unwrap_or(Value::Null),
            other => other.clone(),
        };
        let text = |value: &Value| value.as_str().map(clean).filter(|text| !text.is_empty());
        let data_path = text(&value["pathToData"]);
        let thumbnail = data_path.as_deref().is_some_and(|path| path.contains("thumbnail"));
        let exp_dir = text(&exp["expDir"]).or_else(|| {
            let path = data_path?;
            let run = path.trim_end_matches('/');
            Some(run.strip_suffix("/thumbnail").unwrap_or(run).to_owned())
        });
        let found = Self {
            results_name: text(&value["resultsName"]),
            exp_name: text(&value["expName"]).or_else(|| text(&exp["expName"])),
            exp_dir,
            exp_date: text(&exp["date"]).and_then(|date| parse_start_time(&date, zone)),
            analysed: text(&value["timeStamp"]).and_then(|date| parse_start_time(&date, zone)),
            thumbnail,
        };
        if found.results_name.is_none() && found.exp_name.is_none() && found.exp_dir.is_none() {
            return Err(MetadataError::Empty("resultsName, expName, pathToData, exp_json.expDir"));
        }
        Ok(found)
    }

    /// Reads `expMeta.dat`.
    ///
    /// # Errors
    /// When it names neither report nor run.
    pub fn from_exp_meta(bytes: &[u8], zone: &TimeZone) -> Result<Self, MetadataError> {
        let pairs = KeyValues::parse(bytes, '=');
        let found = Self {
            results_name: pairs.get("Analysis Name").map(str::to_owned),
            exp_name: pairs.get("Run Name").map(str::to_owned),
            analysed: pairs.get("Analysis Date").and_then(|date| parse_start_time(date, zone)),
            ..Self::default()
        };
        if found.results_name.is_none() && found.exp_name.is_none() {
            return Err(MetadataError::Empty("Run Name, Analysis Name"));
        }
        Ok(found)
    }

    /// This, with what it lacks taken from `other`.
    pub fn or(self, other: Self) -> Self {
        Self {
            results_name: self.results_name.or(other.results_name),
            exp_name: self.exp_name.or(other.exp_name),
            exp_dir: self.exp_dir.or(other.exp_dir),
            exp_date: self.exp_date.or(other.exp_date),
            analysed: self.analysed.or(other.analysed),
            thumbnail: self.thumbnail || other.thumbnail,
        }
    }
}

/// The report's id in Torrent Suite, `ResultsPK = N` of `primary.key`.
pub fn results_pk(bytes: &[u8]) -> Option<i64> {
    let pairs = KeyValues::parse(bytes, '=');
    pairs.get("ResultsPK")?.parse().ok().filter(|pk| (1..=i64::from(i32::MAX)).contains(pk))
}

/// The Torrent Suite version in `version.txt`, e.g. `5.18.1` of the line `Torrent_Suite=5.18.1`.
pub fn suite_version(bytes: &[u8]) -> Option<String> {
    let pairs = KeyValues::parse(bytes, '=');
    let version = pairs.get("Torrent_Suite").or_else(|| pairs.get("version"))?;
    version.starts_with(|c: char| c.is_ascii_digit()).then(|| version.chars().take(64).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ion_params_with_the_run_as_object_or_as_text() {
        let object = br#"{"resultsName": "Auto_x_tn", "expName": "R_1", "pathToData": "/data/R_1/thumbnail",
            "exp_json": {"expDir": "/data/R_1", "date": "2018-01-02T00:00:00Z"}}"#;
        let nested = br#"{"resultsName": "Auto_x_tn", "expName": "R_1", "pathToData": "/data/R_1/thumbnail/",
            "exp_json": "{\"expDir\": \"/data/R_1\", \"date\": \"2018-01-02T00:00:00Z\"}"}"#;
        let read = ReportMetadata::from_ion_params(object, &TimeZone::UTC).unwrap();
        assert_eq!(read, ReportMetadata::from_ion_params(nested, &TimeZone::UTC).unwrap());
        assert!(read.thumbnail);
        assert_eq!(read.exp_dir.as_deref(), Some("/data/R_1"));
    }

    #[test]
    fn the_data_path_names_the_run_when_nothing_else_does() {
        let bytes = br#"{"resultsName": "x", "pathToData": "/data/R_1/thumbnail/"}"#;
        let read = ReportMetadata::from_ion_params(bytes, &TimeZone::UTC).unwrap();
        assert_eq!(read.exp_dir.as_deref(), Some("/data/R_1"));
    }

    #[test]
    fn half_written_files_are_errors() {
        for bytes in [&b"{\"resultsName\": \"x"[..], b"", b"\xff\xff", b"[]", b"{}", b"null"] {
            assert!(ReportMetadata::from_ion_params(bytes, &TimeZone::UTC).is_err(), "{bytes:?}");
        }
        assert!(ReportMetadata::from_exp_meta(b"junk", &TimeZone::UTC).is_err());
    }

    #[test]
    fn keys_and_versions() {
        assert_eq!(results_pk(b"ResultsPK = 17\n"), Some(17));
        assert_eq!(results_pk(b"ResultsPK = 99999999999999999999"), None);
        assert_eq!(results_pk(b"ResultsPK = -4"), None);
        assert_eq!(suite_version(b"Torrent_Suite=5.18.1\nion-alignment=5\n").as_deref(), Some("5.18.1"));
        assert_eq!(suite_version(b"Torrent_Suite=rm -rf\n"), None);
    }
}
