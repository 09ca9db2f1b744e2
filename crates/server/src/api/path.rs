//! What an address names. What can not be a number or a category names nothing: 404.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Path as RawPath};
use http::request::Parts;
use runstow_lifecycle::Category;

use super::problem::{Kind, Problem};

/// A record, by its number.
pub(super) struct Id(pub(super) i64);

/// A category of a report.
pub(super) struct OfReport {
    pub(super) report: i64,
    pub(super) category: Category,
}

/// An API key of an account, or of the caller.
pub(super) struct KeyId(pub(super) i64);

async fn names<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<HashMap<String, String>, Problem> {
    let RawPath(names) =
        RawPath::<HashMap<String, String>>::from_request_parts(parts, state).await.map_err(|_| nothing())?;
    Ok(names)
}

fn number(names: &HashMap<String, String>, name: &str) -> Result<i64, Problem> {
    let text = names.get(name).map(String::as_str).unwrap_or_default();
    // As JSON writes it: +7 and 007 are no addresses of number 7.
    text.parse().ok().filter(|number: &i64| *number > 0 && number.to_string() == text).ok_or_else(nothing)
}

fn nothing() -> Problem {
    Problem::new(Kind::NotFound, "The address names no number that a record could have.")
}

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self(number(&names(parts, state).await?, "id")?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for KeyId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self(number(&names(parts, state).await?, "key")?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for OfReport {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let names = names(parts, state).await?;
        let given = names.get("category").map(String::as_str).unwrap_or_default();
        let category = Category::ALL.into_iter().find(|category| category.api_prefix() == given);
        let category = category.ok_or_else(|| {
            Problem::new(Kind::NotFound, "There is no such category: sigproc, basecall, output or misc.")
        })?;
        Ok(Self { report: number(&names, "id")?, category })
    }
}
