//! The list of resources, open to everyone and for any verb (api.md rule 39).

use axum::response::Response;
use http::HeaderMap;

use super::answer;
use super::format::Format;
use super::json_text::JsonText;
use super::parameters::Parameters;
use super::route::Name;

/// Where each resource's list and schema are.
pub(super) fn respond(parameters: &Parameters, headers: &HeaderMap) -> Response {
    let Ok(format) = Format::of(parameters, headers) else { return answer::bad_root() };
    let mut out = JsonText::new();
    out.raw("{");
    for (place, name) in Name::ALL.into_iter().map(Name::as_str).enumerate() {
        if place > 0 {
            out.raw(", ");
        }
        out.integer(format_args!(
            r#""{name}": {{"list_endpoint": "/rundb/api/v1/{name}/", "schema": "/rundb/api/v1/{name}/schema/"}}"#
        ));
    }
    out.raw("}");
    answer::root(format.content_type(), format.wrap(out.into_string()))
}
