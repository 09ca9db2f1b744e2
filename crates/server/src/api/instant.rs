//! Instants on the wire: RFC 3339 in UTC.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use runstow_catalog::times;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use super::problem::{Kind, Problem};

/// Microseconds since 1970 UTC; on the wire `2017-03-18T06:39:37.203Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Instant(pub(super) i64);

impl Instant {
    /// Refuses a time that has passed.
    ///
    /// # Errors
    /// 409.
    pub(super) fn in_future(self, field: &str) -> Result<i64, Problem> {
        if self.0 > times::now_us() {
            return Ok(self.0);
        }
        Err(Problem::new(Kind::AlreadyOver, format!("{self} has passed already.")).about(field))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", times::timestamp(self.0))
    }
}

impl FromStr for Instant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = "give a time with its zone, such as 2027-03-18T06:39:37Z";
        let time: jiff::Timestamp = text.parse().map_err(|_| expected.to_owned())?;
        Ok(Self(time.as_microsecond()))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("An instant, RFC 3339."))
            .examples(["2027-03-18T06:39:37Z"])
            .into()
    }
}

impl ToSchema for Instant {
    fn name() -> Cow<'static, str> {
        "Instant".into()
    }
}
