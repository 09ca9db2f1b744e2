//! Writing: what clients with the right may change, in one transaction for each request (api.md §4, D3 to D10).
//!
//! Errors come in the original's order: the body and its times, the record of the address or the filters, then the
//! right to write; only then what the original crashed on.

mod body;
mod change;
mod coerce;
mod detail;
mod free_time;
mod list;
mod python_text;
mod record;
mod uri;
mod writable;

use axum::response::Response;
use runstow_lifecycle::Right;

use super::cross_site;
use super::refusal::Refusal;
use super::request::Asked;
use super::route::Target;
use super::verb::Verb;
pub(super) use body::Object;
pub(super) use change::{Change, told_created};
pub(super) use writable::{Writable, WritableField};

/// Answers a request that writes.
pub(super) async fn respond<F: Writable>(
    asked: &Asked<'_>,
    verb: Verb,
    target: Target<'_>,
    body: &[u8],
) -> Result<Response, Refusal> {
    if cross_site::is_foreign(asked.headers, &asked.origin) {
        return Err(Refusal::Forbidden(
            "The browser says that a page of another site sent this, and such a page may not write here. \
             Nothing was changed. If it is a page of this server, its proxy must pass the Host header on."
                .to_owned(),
        ));
    }
    match (verb, target) {
        (Verb::Post, Target::Detail(_)) => Err(Refusal::NotImplemented),
        (Verb::Put, Target::Detail(id)) => detail::put::<F>(asked, id, body).await,
        (Verb::Patch, Target::Detail(id)) => detail::patch::<F>(asked, id, body).await,
        (Verb::Delete, Target::Detail(id)) => detail::delete::<F>(asked, id).await,
        (Verb::Put, _) => list::put::<F>(asked, body).await,
        (Verb::Patch, _) => list::patch::<F>(asked, body).await,
        (Verb::Delete, _) => list::delete::<F>(asked).await,
        (Verb::Post | Verb::Get, _) => list::post::<F>(asked, body).await,
    }
}

/// The name of who asks, if that account may write (api.md rule 51, D6).
fn permitted<'a>(asked: &'a Asked<'_>) -> Result<&'a str, Refusal> {
    match &asked.user {
        Some(user) if user.api_write || user.role.may(Right::WriteRecords) => Ok(&user.username),
        Some(_) => Err(Refusal::Unauthorized { challenge: false }),
        // Whoever reads without an account may have one.
        None => Err(Refusal::Unauthorized { challenge: true }),
    }
}
