//! Writes that a page of another site makes a browser send. This API asks for no CSRF token (api.md rule 52).
//!
//! Browsers send cookies and remembered Basic credentials along unasked. `SameSite` keeps the cookie from other
//! sites, but not from pages of another port of this host, and it does not speak of credentials; and a body without
//! a type, which every page can send, counts as JSON (rule 50). But browsers say where a request comes from. Other
//! programs say nothing, and are not concerned.

use http::HeaderMap;
use http::header::ORIGIN;

/// Whether a browser says that a page of another origin than this server made the request. `own` is scheme and host
/// as the client sees them.
pub(super) fn is_foreign(headers: &HeaderMap, own: &str) -> bool {
    let mut sites = headers.get_all("sec-fetch-site").iter().peekable();
    if sites.peek().is_some() {
        return !sites.all(|site| site == "same-origin" || site == "none");
    }
    // Browsers of before 2023 say only this. Behind a proxy that speaks TLS the scheme may be another one.
    let host = |origin: &str| origin.split_once("://").map(|(_, host)| host.to_ascii_lowercase());
    let own = host(own);
    !headers.get_all(ORIGIN).iter().all(|origin| {
        let origin = origin.to_str().ok().and_then(host);
        origin.is_some() && origin == own
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foreign(given: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.append(*name, value.parse().unwrap());
        }
        is_foreign(&headers, "http://lab.example:8080")
    }

    #[test]
    fn programs_and_our_own_pages_are_not_foreign() {
        for given in [
            &[][..],
            &[("origin", "http://lab.example:8080")],
            &[("origin", "https://LAB.example:8080")],
            &[("sec-fetch-site", "same-origin"), ("origin", "https://proxied.example")],
            &[("sec-fetch-site", "none")],
        ] {
            assert!(!foreign(given), "{given:?}");
        }
    }

    #[test]
    fn pages_of_other_sites_ports_and_files_are_foreign() {
        for given in [
            &[("origin", "http://evil.example")][..],
            &[("origin", "http://lab.example")],
            &[("origin", "http://lab.example:8081")],
            &[("origin", "null")],
            &[("origin", "")],
            &[("origin", "http://lab.example:8080"), ("origin", "http://evil.example")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site"), ("origin", "http://lab.example:8080")],
            &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
        ] {
            assert!(foreign(given), "{given:?}");
        }
    }
}
