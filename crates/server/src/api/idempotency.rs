//! `Idempotency-Key`: a POST that is sent again is not carried out again.
//!
//! Answers may hold secrets, such as a new API key, so they are sealed with a key that only the client's own
//! `Idempotency-Key` gives; the catalog keeps neither.

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CONTENT_TYPE, ETAG, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use runstow_catalog::{Begun, KeptAnswer};
use serde::{Deserialize, Serialize};

use super::body::MOST_BYTES;
use super::problem::{Kind, Problem};
use crate::app::App;
use crate::request::read_body;

pub(super) const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// Tells an answer that is given again.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Short ones could be guessed, and would open what is sealed.
const LENGTH: std::ops::RangeInclusive<usize> = 16..=255;

/// An answer, as it is sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    headers: Vec<(String, String)>,
    body: String,
}

/// Carries a user's POST out, or gives the answer that it had.
pub(super) async fn once(app: &App, user: i64, request: Request, next: Next) -> Result<Response, Problem> {
    let Some(key) = key(request.headers())? else { return Ok(next.run(request).await) };
    let (head, body) = request.into_parts();
    let body = read_body(body).await.map_err(|error| Problem::new(Kind::BadRequest, error.to_string()))?;
    if body.len() > MOST_BYTES {
        return Err(Problem::new(Kind::TooLarge, format!("The body is larger than {MOST_BYTES} bytes.")));
    }
    let mut asked = blake3::Hasher::new();
    for part in [head.method.as_str().as_bytes(), head.uri.to_string().as_bytes(), &body] {
        asked.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    let (asked, name) = (asked.finalize().to_hex(), blake3::hash(key.as_bytes()).to_hex());
    match app.catalog().begin_answer(user, &name, &asked).await? {
        Begun::Answered(kept) => return again(user, &key, kept),
        Begun::Running => {
            return Err(Problem::new(
                Kind::StillRunning,
                "The first request with this key is still running.",
            ));
        }
        Begun::Other => {
            return Err(Problem::new(Kind::KeyReused, "This key came with another request before."));
        }
        Begun::New => {}
    }
    let response = next.run(Request::from_parts(head, Body::from(body))).await;
    let status = response.status();
    // What failed for a passing reason may be tried again with the same key.
    let passing = status.is_server_error() || matches!(status.as_u16(), 401 | 403 | 408 | 429);
    if passing {
        app.catalog().drop_answer(user, &name).await?;
        return Ok(response);
    }
    let (head, body) = response.into_parts();
    let body = read_body(body).await.map_err(|error| Problem::new(Kind::Internal, error.to_string()))?;
    let carried = [CONTENT_TYPE, LOCATION, ETAG].into_iter().filter_map(|name| {
        let value = head.headers.get(&name)?.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    let kept = Kept { headers: carried.collect(), body: String::from_utf8_lossy(&body).into_owned() };
    if let Ok(mut answer) = serde_json::to_vec(&kept) {
        seal(user, &key, &mut answer);
        let kept = KeptAnswer { status: i64::from(status.as_u16()), answer };
        // The request is done; that it can not be remembered must not make it look failed.
        if let Err(error) = app.catalog().keep_answer(user, &name, kept).await {
            tracing::warn!(%error, "can not remember the answer to an idempotent request");
        }
    }
    Ok(Response::from_parts(head, Body::from(body)))
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(&HEADER) else { return Ok(None) };
    let text = value.to_str().ok().map(str::trim);
    let text = text.filter(|text| LENGTH.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()));
    text.map(|text| Some(text.to_owned())).ok_or_else(|| {
        Problem::field(
            "Idempotency-Key",
            "give 16 to 255 printable ASCII characters without blanks, such as a UUID",
        )
    })
}

fn again(user: i64, key: &str, kept: KeptAnswer) -> Result<Response, Problem> {
    let broken = || Problem::new(Kind::Internal, "The remembered answer can not be read.");
    let mut answer = kept.answer;
    seal(user, key, &mut answer);
    let Kept { headers, body } = serde_json::from_slice(&answer).map_err(|_| broken())?;
    let status = u16::try_from(kept.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status.ok_or_else(broken)?;
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// Seals and opens: each byte is combined with a stream that depends on key and user. Each stream seals one answer:
/// a key that has been used belongs to its request.
fn seal(user: i64, key: &str, bytes: &mut [u8]) {
    let mut secret = blake3::Hasher::new_derive_key("runstow 2026 answers to idempotent requests");
    secret.update(&user.to_le_bytes()).update(key.as_bytes());
    let mut stream = secret.finalize_xof();
    let mut pad = vec![0; bytes.len()];
    stream.fill(&mut pad);
    bytes.iter_mut().zip(pad).for_each(|(byte, pad)| *byte ^= pad);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_user_with_the_same_key_opens_an_answer() {
        let text = b"a secret that was shown once".to_vec();
        let mut sealed = text.clone();
        seal(1, "a-key-of-a-client", &mut sealed);
        assert_ne!(sealed, text);
        for (user, key) in [(2, "a-key-of-a-client"), (1, "another-key-of-it")] {
            let mut other = sealed.clone();
            seal(user, key, &mut other);
            assert_ne!(other, text);
        }
        seal(1, "a-key-of-a-client", &mut sealed);
        assert_eq!(sealed, text);
    }
}
