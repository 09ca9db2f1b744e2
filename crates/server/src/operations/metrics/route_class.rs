//! Labels with few values, whatever clients send.

use http::Method;

/// Which face of the server a path belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RouteClass {
    CompatibleApi,
    NativeApi,
    Page,
    Static,
    Operations,
    Other,
}

impl RouteClass {
    /// The face of a path.
    pub(crate) fn of(path: &str) -> Self {
        match path {
            "/healthz" | "/readyz" | "/metrics" => Self::Operations,
            "/" | "/sign-in" | "/sign-out" => Self::Page,
            _ if path.starts_with("/rundb/") => Self::CompatibleApi,
            _ if path == "/api" || path.starts_with("/api/") => Self::NativeApi,
            _ if path.starts_with("/static/") => Self::Static,
            _ if path.starts_with("/reports/") => Self::Page,
            _ => Self::Other,
        }
    }

    /// As a label.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::CompatibleApi => "compatible_api",
            Self::NativeApi => "native_api",
            Self::Page => "page",
            Self::Static => "static",
            Self::Operations => "operations",
            Self::Other => "other",
        }
    }
}

/// A method as a label; clients may invent any.
pub(super) fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
