//! Proof that a sign-in form is ours, before there is a session: the same random text in a cookie and in
//! the form. Another site can send neither.

use std::fmt::Write as _;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use subtle::ConstantTimeEq as _;

use crate::request::Client;

const NAME: &str = "runstow_form";

/// The random text.
pub(super) struct Pretoken(String);

impl Pretoken {
    /// A new one.
    pub(super) fn fresh() -> Self {
        Self(format!("{:032x}", rand::random::<u128>()))
    }

    /// The one in the browser's cookie.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        lines
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, value)| {
                *name == NAME && value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
            })
            .map(|(_, value)| Self(value.to_owned()))
    }

    /// For the form.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// Is this the form's text?
    pub(super) fn fits(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }

    /// For the browser.
    pub(super) fn cookie(&self, client: Client) -> Option<HeaderValue> {
        let mut text = format!("{NAME}={}; HttpOnly; Path=/sign-in; SameSite=Strict", self.0);
        if client.secure {
            let _ = write!(text, "; Secure");
        }
        HeaderValue::try_from(text).ok()
    }

    /// Takes it away from the browser.
    pub(super) fn forgotten() -> HeaderValue {
        HeaderValue::from_static("runstow_form=; HttpOnly; Path=/sign-in; SameSite=Strict; Max-Age=0")
    }
}
