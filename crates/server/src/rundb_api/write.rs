//! Writing, for those who may not: what is checked before rights are, and then 401 (api.md rule 51, D6).
//!
//! Nobody may write yet; rights and the writing itself come with the whole API.

mod body;

use super::face::Face;
use super::read;
use super::refusal::Refusal;
use super::request::Asked;
use super::route::Target;
use super::verb::Verb;

/// Refuses a request that would write.
pub(super) async fn refuse<F: Face>(
    asked: &Asked<'_>,
    verb: Verb,
    target: Target<'_>,
    body: &[u8],
) -> Result<axum::response::Response, Refusal> {
    match (verb, target) {
        (Verb::Post, Target::Detail(_)) => return Err(Refusal::NotImplemented),
        (Verb::Delete, Target::Detail(id)) => {
            // Unlike GET, DELETE answers what is no number as if nobody had that number.
            match read::find::<F>(asked.app.catalog(), id).await {
                Ok(Some(_)) => {}
                Ok(None) | Err(Refusal::NotAnId) => return Err(Refusal::Missing),
                Err(other) => return Err(other),
            }
        }
        (Verb::Delete, _) => {}
        (Verb::Patch, Target::Detail(id)) => {
            read::find::<F>(asked.app.catalog(), id).await?.ok_or(Refusal::Missing)?;
            body::object(asked.headers, body)?;
        }
        (Verb::Patch, _) => body::list(asked.headers, body, "Invalid data sent: missing 'objects'")?,
        (Verb::Put, Target::List) => body::list(asked.headers, body, "Invalid data sent.")?,
        _ => {
            body::object(asked.headers, body)?;
        }
    }
    Err(Refusal::Unauthorized { challenge: false })
}
