//! Single values of the neutral JSON, each refusing what the catalog can not hold.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::stored_path::StoredPath;
use crate::times;

/// The largest whole number that every reader of JSON takes as it is.
const LARGEST: i64 = (1 << 53) - 1;

/// Declares a value that is checked when read.
macro_rules! checked {
    ($(#[$meta:meta])* $name:ident of $inner:literal $type:ty where $good:expr, $message:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(try_from = $inner, into = $inner)]
        pub(super) struct $name(pub(super) $type);

        impl TryFrom<$type> for $name {
            type Error = String;

            fn try_from(value: $type) -> Result<Self, String> {
                let good: fn($type) -> bool = $good;
                if good(value) { Ok(Self(value)) } else { Err(format!(concat!("{} ", $message), value)) }
            }
        }

        impl From<$name> for $type {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

checked! {
    /// The number of a record.
    Id of "i64" i64 where |id| (1..=LARGEST).contains(&id), "is not an id: ids go from 1 to 9007199254740991"
}
checked! {
    /// How many, or how many MB.
    Count of "i64" i64 where |n| (0..=LARGEST).contains(&n), "is out of range: 0 to 9007199254740991"
}
checked! {
    /// The size of a volume.
    Bytes of "i64" i64 where |n| n >= 0, "is not a number of bytes"
}
checked! {
    /// A number that clients set, negative ones included.
    Number of "i64" i64 where |n| (-LARGEST..=LARGEST).contains(&n), "is out of range: 53 bits"
}
checked! {
    /// A size in MB of 2^20 bytes.
    Mb of "f64" f64 where |mb| mb.is_finite() && mb >= 0.0, "is not a size in MB"
}

/// An instant, as ISO 8601 text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time(pub(super) i64);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        times::parse_iso(&text).map(Self).map_err(D::Error::custom)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&times::iso_text(self.0))
    }
}

/// What the original does with signal files: `KI` keep, `A` archive, `D` delete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct StorageOptions(pub(super) String);

impl TryFrom<String> for StorageOptions {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "KI" | "A" | "D" => Ok(Self(text)),
            _ => Err(format!("{text:?} is no storage option: KI, A or D")),
        }
    }
}

impl From<StorageOptions> for String {
    fn from(options: StorageOptions) -> Self {
        options.0
    }
}

/// A path: text, or `{"b64": …}` when it is not UTF-8.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PathEntry(pub(super) StoredPath);

impl Serialize for PathEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(self.0.as_bytes()) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => serializer.collect_map([("b64", BASE64.encode(self.0.as_bytes()))]),
        }
    }
}

impl<'de> Deserialize<'de> for PathEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PathVisitor)
    }
}

struct PathVisitor;

impl<'de> Visitor<'de> for PathVisitor {
    type Value = PathEntry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"a path as text, or {"b64": …} when it is not UTF-8"#)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<PathEntry, E> {
        Ok(PathEntry(StoredPath::from(text)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PathEntry, A::Error> {
        let bytes = match map.next_entry::<String, String>()? {
            Some((key, text)) if key == "b64" => BASE64.decode(text).map_err(A::Error::custom)?,
            Some((key, _)) => return Err(A::Error::unknown_field(&key, &["b64"])),
            None => return Err(A::Error::missing_field("b64")),
        };
        if let Some(key) = map.next_key::<String>()? {
            return Err(A::Error::unknown_field(&key, &["b64"]));
        }
        if bytes.contains(&0) {
            return Err(A::Error::custom("a path can not hold a NUL byte"));
        }
        Ok(PathEntry(StoredPath::from_bytes(bytes)))
    }
}
