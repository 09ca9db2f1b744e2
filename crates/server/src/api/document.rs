//! The OpenAPI document: made from the handlers, completed from the table of rights, committed as
//! `openapi/runstow.json`.

use std::collections::HashMap;
use std::sync::OnceLock;

use http::Method;
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

use super::problem::ProblemDocument;
use super::reports::files::ActionName;
use super::rights::{self, Access};

/// What the document says besides routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Runstow",
        description = "Looks after the files of sequencing runs: what there is, who keeps and uses it, what becomes of it.\n\n\
            Errors are problem documents (RFC 9457). Lists page by opaque cursors. Times are RFC 3339 in UTC, sizes MB of 2^20 bytes.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(ProblemDocument, ActionName)),
    tags(
        (name = "server", description = "What this server is."),
        (name = "reports", description = "Reports with their runs and categories."),
        (name = "keep", description = "Keep: files that no action may delete."),
        (name = "holds", description = "Holds: files that somebody uses just now."),
        (name = "jobs", description = "Jobs: archives, exports, deletes and restores, asked for, under way and done."),
        (name = "storage", description = "Volumes, scans and figures."),
        (name = "events", description = "Who did what, when."),
        (name = "account", description = "The caller's own account."),
        (name = "users", description = "Accounts, for admins."),
    ),
)]
struct Frame;

/// The document without its routes.
pub(super) fn frame() -> utoipa::openapi::OpenApi {
    let mut frame = Frame::openapi();
    let components = frame.components.get_or_insert_default();
    let http = |scheme, text: &str| {
        SecurityScheme::Http(HttpBuilder::new().scheme(scheme).description(Some(text)).build())
    };
    components.add_security_scheme("key", http(HttpAuthScheme::Bearer, "An API key."));
    components.add_security_scheme("password", http(HttpAuthScheme::Basic, "User name and password."));
    let session = ApiKeyValue::with_description(
        "sessionid",
        "A browser session. Requests that change something also carry X-CSRF-Token.",
    );
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    frame
}

/// The OpenAPI document of the native API, as pretty JSON.
#[must_use]
pub fn document() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let mut text = serde_json::to_string_pretty(value()).unwrap_or_default();
        text.push('\n');
        text
    })
}

/// The same, to look things up.
pub(super) fn value() -> &'static Value {
    static VALUE: OnceLock<Value> = OnceLock::new();
    VALUE.get_or_init(|| {
        let mut document = serde_json::to_value(super::described().into_openapi()).unwrap_or_default();
        for (method, path, access) in rights::TABLE {
            let name = method.as_str().to_ascii_lowercase();
            let operation = document["paths"].get_mut(*path).and_then(|item| item.get_mut(&name));
            if let Some(operation) = operation.and_then(Value::as_object_mut) {
                complete(operation, method, path, *access);
            }
        }
        let hold = &mut document["components"]["schemas"]["HoldBody"];
        hold["oneOf"] = json!([
            {"required": ["report"], "properties": {"report": {"type": "integer"}, "run": {"type": "null"}}},
            {"required": ["run"], "properties": {"run": {"type": "integer"}, "report": {"type": "null"}}},
        ]);
        let ask = &mut document["components"]["schemas"]["AskBody"];
        ask["anyOf"] = json!([
            {"required": ["reports"], "properties": {"reports": {"type": "array"}}},
            {"required": ["filter"], "properties": {"filter": {"type": "object"}}},
        ]);
        let given =
            |field: &str, kind: &str| json!({"required": [field], "properties": {field: {"type": kind}}});
        document["components"]["schemas"]["EmptyBody"]["oneOf"] = json!([
            {
                "required": ["all"],
                "properties": {
                    "all": {"const": true}, "deletes": {"type": "null"}, "reports": {"type": "null"},
                    "older_than_days": {"type": "null"}, "need_mb": {"type": "null"},
                },
            },
            {
                "properties": {"all": {"const": false}},
                "anyOf": [
                    given("deletes", "array"), given("reports", "array"),
                    given("older_than_days", "integer"), given("need_mb", "integer"),
                ],
            },
        ]);
        let narrowing = document["components"]["schemas"]["AskBody"]["anyOf"].clone();
        document["components"]["schemas"]["VerifyBody"]["anyOf"] = narrowing;
        document
    })
}

/// The query parameters that a route knows.
pub(super) fn query_parameters(method: &Method, path: &str) -> &'static [String] {
    static NAMES: OnceLock<HashMap<String, Vec<String>>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let mut names = HashMap::new();
        for (method, path, _) in rights::TABLE {
            let operation = &value()["paths"][path][method.as_str().to_ascii_lowercase()];
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let in_query = parameters.filter(|parameter| parameter["in"] == "query");
            let of_route = in_query.filter_map(|parameter| parameter["name"].as_str().map(str::to_owned));
            names.insert(format!("{method} {path}"), of_route.collect());
        }
        names
    });
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    names.get(&format!("{method} {path}")).map_or(&[], Vec::as_slice)
}

/// Lists whose parameters may name what is not there: a cursor, a report.
const QUERIED: [&str; 4] = ["/events", "/reports", "/holds", "/jobs"];

/// Adds what follows from method, path and rights: who may, headers, and the problems that may come.
fn complete(operation: &mut Map<String, Value>, method: &Method, path: &str, access: Access) {
    operation.insert("x-runstow-right".into(), access.name().into());
    let has_body = operation.contains_key("requestBody");
    let guarded = matches!(
        (method.as_str(), path),
        ("PUT" | "DELETE", "/api/v1/reports/{id}/categories/{category}/keep")
            | ("PATCH" | "DELETE", "/api/v1/users/{id}")
            | ("POST", "/api/v1/jobs/{id}/decision")
    );
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    if let Some(parameters) = parameters.as_array_mut() {
        for cursor in parameters.iter_mut().filter(|parameter| parameter["name"] == "cursor") {
            cursor["schema"] = json!({"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": 4000});
        }
        if guarded {
            parameters.push(header(
                "If-Match",
                true,
                "The `ETag` of what you have read, or `*`.",
                json!({"type": "string"}),
            ));
        }
        if *method == Method::POST {
            parameters.push(header(
                "Idempotency-Key",
                false,
                "Makes a retry safe: the same request with the same key gives the same answer for a day.",
                json!({"type": "string", "minLength": 16, "maxLength": 255, "pattern": "^[!-~]+$"}),
            ));
        }
    }
    let mut statuses = Vec::new();
    if access != Access::Open {
        operation.insert("security".into(), json!([{"key": []}, {"password": []}, {"session": []}]));
        statuses.extend(["400", "401", "403", "503"]);
    } else {
        operation.insert("security".into(), json!([]));
        statuses.extend(["400", "503"]);
    }
    if path.contains('{') || *method == Method::POST || QUERIED.iter().any(|end| path.ends_with(end)) {
        statuses.push("404");
    }
    if !method.is_safe() || path.ends_with("/files") || path.ends_with("/explain") {
        statuses.push("409");
    }
    if guarded {
        statuses.extend(["412", "428"]);
    }
    if has_body {
        statuses.extend(["408", "413", "415"]);
    }
    statuses.extend(["421", "429"]);
    if let Some(responses) = operation.entry("responses").or_insert_with(|| json!({})).as_object_mut() {
        for status in statuses {
            responses.entry(status).or_insert_with(|| problem(status));
        }
        responses.sort_keys();
    }
}

fn header(name: &str, required: bool, text: &str, schema: Value) -> Value {
    json!({"name": name, "in": "header", "required": required, "description": text, "schema": schema})
}

fn problem(status: &str) -> Value {
    let text = match status {
        "400" => "Parameters, fields or credentials can not be read.",
        "401" => "Credentials are missing or wrong.",
        "403" => "The role does not allow this, or X-CSRF-Token is missing.",
        "404" => "There is no such thing.",
        "408" => "The body did not arrive in time.",
        "409" => "It does not fit what is there, or the Idempotency-Key belongs to another request.",
        "412" => "Somebody has changed it meanwhile.",
        "413" => "The body is too large.",
        "415" => "The body is not JSON.",
        "421" => "The server does not answer to the name in the address.",
        "429" => {
            "Too many requests or wrong passwords from this address; `Retry-After` says how long to wait."
        }
        "428" => "If-Match is missing.",
        _ => "Not available just now.",
    };
    let schema = json!({"$ref": "#/components/schemas/Problem"});
    json!({"description": text, "content": {"application/problem+json": {"schema": schema}}})
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Routes that serve the document itself.
    const UNDESCRIBED: [&str; 2] = ["/api/v1/openapi.json", "/api/v1/docs"];

    #[test]
    fn the_table_of_rights_and_the_document_name_the_same_routes() {
        let mut described = BTreeSet::new();
        for (path, item) in value()["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                described.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
        let native = rights::TABLE.iter().filter(|(_, path, _)| path.starts_with("/api/"));
        let table: BTreeSet<String> = native
            .clone()
            .filter(|(_, path, _)| !UNDESCRIBED.contains(path))
            .map(|(method, path, _)| format!("{method} {path}"))
            .collect();
        assert_eq!(described, table);
        assert_eq!(table.len() + UNDESCRIBED.len(), native.count(), "no route stands twice");
    }

    #[test]
    fn each_operation_says_what_it_is_and_has_a_name_of_its_own() {
        let mut names = BTreeSet::new();
        for item in value()["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                let name = operation["operationId"].as_str().unwrap();
                assert!(names.insert(name), "{name} twice");
                assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{name}");
                assert!(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "{name}");
            }
        }
    }
}
