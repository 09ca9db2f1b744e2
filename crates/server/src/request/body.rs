//! A request's body, bounded in bytes and in time.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::time::{Sleep, sleep};

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    /// More bytes than allowed; 413.
    #[error("the body is larger than {limit} bytes, the most this server takes")]
    TooLarge {
        /// The bound.
        limit: u64,
    },
    /// It did not come in time; 408.
    #[error("the body did not arrive within {seconds} s")]
    TooSlow {
        /// The bound.
        seconds: u64,
    },
    /// The connection or its encoding broke; 400, if anybody is there to read it.
    #[error("the body could not be read: {0}")]
    Broken(String),
}

impl IntoResponse for BodyError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::Broken(_) => StatusCode::BAD_REQUEST,
        };
        super::error(status, &self.to_string())
    }
}

/// Reads a whole body, once it is known that the client may send one.
///
/// # Errors
/// As [`BodyError`] says; it is an answer by itself.
pub(crate) async fn read_body(body: Body) -> Result<Bytes, BodyError> {
    match body.collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) => Err(error
            .into_inner()
            .downcast::<BodyError>()
            .map_or_else(|other| BodyError::Broken(other.to_string()), |known| *known)),
    }
}

/// An incoming body that ends with an error at its bounds.
pub(super) struct Bounded {
    inner: Incoming,
    limit: u64,
    left: u64,
    patience: Duration,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Bounded {
    /// Refuses a body at once whose announced length is above the limit.
    pub(super) fn new(
        inner: Incoming,
        headers: &HeaderMap,
        limit: u64,
        patience: Duration,
    ) -> Result<Self, BodyError> {
        let announced = headers
            .get(http::header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > limit) {
            return Err(BodyError::TooLarge { limit });
        }
        Ok(Self { inner, limit, left: limit, patience, deadline: None })
    }
}

impl HttpBody for Bounded {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = match Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Ready(frame) => frame,
            Poll::Pending => {
                let patience = self.patience;
                let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(patience)));
                return deadline
                    .as_mut()
                    .poll(cx)
                    .map(|()| Some(Err(BodyError::TooSlow { seconds: patience.as_secs() })));
            }
        };
        Poll::Ready(frame.map(|frame| {
            let frame = frame.map_err(|error| BodyError::Broken(error.to_string()))?;
            let length = frame.data_ref().map_or(0, |data| data.len() as u64);
            self.left = self.left.checked_sub(length).ok_or(BodyError::TooLarge { limit: self.limit })?;
            Ok(frame)
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
