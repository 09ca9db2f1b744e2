//! What the instrument says about a run: `explog.txt`, or its JSON twin `explog.json`.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::key_values::{KeyValues, clean, folded};
use super::start_time::parse_start_time;

/// The facts of an explog that the catalog keeps. What is missing is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explog {
    /// `Experiment Name`: the run's name.
    pub exp_name: Option<String>,
    /// `Start Time` (or `Experiment Date`), local to the instrument.
    pub started: Option<Timestamp>,
    /// `ChipType`.
    pub chip_type: Option<String>,
    /// `Platform`: PGM, Proton, S5, …
    pub platform: Option<String>,
    /// `DeviceName` or `PGM`: which instrument.
    pub instrument: Option<String>,
}

/// Why a metadata file could not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// It is no JSON, or cut off in the middle.
    #[error("not readable as JSON ({0}); it may be half written or damaged")]
    NotJson(String),
    /// None of the expected keys is in it.
    #[error("says none of what was looked for ({0}); it may be half written or damaged")]
    Empty(&'static str),
}

const NAME: [&str; 2] = ["Experiment Name", "expName"];
const START: [&str; 3] = ["Start Time", "Experiment Date", "start_time"];
const CHIP: [&str; 2] = ["ChipType", "Chip Type"];
const PLATFORM: [&str; 2] = ["Platform", "SystemType"];
const DEVICE: [&str; 4] = ["DeviceName", "Device Name", "PGM", "Instrument"];

impl Explog {
    /// Reads `explog.txt`. Times without a zone are in `zone`.
    ///
    /// # Errors
    /// When not one of the keys is in it.
    pub fn from_text(bytes: &[u8], zone: &TimeZone) -> Result<Self, MetadataError> {
        let pairs = KeyValues::parse(bytes, ':');
        let found = Self::pick(|keys| keys.iter().find_map(|key| pairs.get(key)).map(str::to_owned), zone);
        if pairs.is_empty() || found == Self::default() {
            return Err(MetadataError::Empty("Experiment Name, Start Time, ChipType, Platform"));
        }
        Ok(found)
    }

    /// Reads `explog.json`. Times without a zone are in `zone`.
    ///
    /// # Errors
    /// When it is no JSON object or has not one of the keys.
    pub fn from_json(bytes: &[u8], zone: &TimeZone) -> Result<Self, MetadataError> {
        let value: Value =
            serde_json::from_slice(bytes).map_err(|e| MetadataError::NotJson(e.to_string()))?;
        let Value::Object(map) = value else { return Err(MetadataError::NotJson("no object".into())) };
        let find = |keys: &[&str]| {
            keys.iter().find_map(|key| {
                let key = folded(key);
                let (_, value) = map.iter().find(|(have, _)| folded(have) == key)?;
                let text = match value {
                    Value::String(text) => clean(text),
                    Value::Number(number) => number.to_string(),
                    _ => return None,
                };
                (!text.is_empty()).then_some(text)
            })
        };
        let found = Self::pick(find, zone);
        if found == Self::default() {
            return Err(MetadataError::Empty("Experiment Name, Start Time, ChipType, Platform"));
        }
        Ok(found)
    }

    fn pick(find: impl Fn(&[&str]) -> Option<String>, zone: &TimeZone) -> Self {
        Self {
            exp_name: find(&NAME),
            started: find(&START).and_then(|text| parse_start_time(&text, zone)),
            // The instrument writes the chip type in quotes now and then.
            chip_type: find(&CHIP).map(|text| text.trim_matches('"').to_owned()),
            platform: find(&PLATFORM),
            instrument: find(&DEVICE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_json_twin_say_the_same() {
        let text = b"Experiment Name: R_2018_01_02_03_04_05_user_S5-1\nStart Time: 2018-01-02 03:04:05\n\
                     Chip Type: \"540\"\nplatform : S5\n";
        let json =
            br#"{"experiment_name": "R_2018_01_02_03_04_05_user_S5-1", "Start Time": "01/02/2018 03:04:05",
                     "ChipType": 540, "Platform": "S5"}"#;
        let from_text = Explog::from_text(text, &TimeZone::UTC).unwrap();
        assert_eq!(from_text, Explog::from_json(json, &TimeZone::UTC).unwrap());
        assert_eq!(from_text.started.unwrap().to_string(), "2018-01-02T03:04:05Z");
    }

    #[test]
    fn damage_is_an_error_and_not_a_guess() {
        for bytes in [&b""[..], b"\0\0\0\0", b"{\"Experiment Name\": \"R_1", b"[1, 2]", b"{}"] {
            assert!(Explog::from_json(bytes, &TimeZone::UTC).is_err(), "{bytes:?}");
        }
        assert!(Explog::from_text(b"", &TimeZone::UTC).is_err());
        assert!(Explog::from_text(b"nothing here", &TimeZone::UTC).is_err());
    }
}
