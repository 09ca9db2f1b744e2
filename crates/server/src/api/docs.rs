//! The document for people and programs, and what each type of problem means. Works offline: nothing is fetched from
//! elsewhere, and no script is needed.

use askama::Template;
use axum::extract::Path;
use axum::response::{Html, IntoResponse as _, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::document;
use super::problem::{Kind, Problem};

/// `/api/v1/openapi.json`
pub(super) async fn openapi() -> Response {
    ([(CONTENT_TYPE, "application/json")], document::document()).into_response()
}

#[derive(Template)]
#[template(path = "api/docs.html")]
struct Viewer {
    stylesheet: String,
    description: String,
    groups: Vec<Group>,
    problems: Vec<ProblemType>,
    schemas: Vec<Schema>,
}

struct Group {
    name: String,
    description: String,
    operations: Vec<Operation>,
}

struct Operation {
    method: String,
    path: String,
    id: String,
    summary: String,
    description: String,
    right: String,
    parameters: Vec<Parameter>,
    body: Option<String>,
    answers: Vec<Answer>,
}

struct Parameter {
    name: String,
    place: String,
    required: bool,
    kind: String,
    description: String,
}

struct Answer {
    status: String,
    description: String,
    schema: Option<String>,
}

struct Schema {
    name: String,
    description: String,
    fields: Vec<Parameter>,
}

struct ProblemType {
    slug: &'static str,
    status: u16,
    title: &'static str,
    advice: &'static str,
}

#[derive(Template)]
#[template(path = "api/problem.html")]
struct ProblemPage {
    stylesheet: String,
    problem: ProblemType,
}

/// `/api/v1/docs`
pub(super) async fn viewer() -> Response {
    page(&Viewer::of(document::value()))
}

/// `/problems/{slug}`
pub(super) async fn problem_type(Path(slug): Path<String>) -> Response {
    match Kind::of_slug(&slug) {
        Some(kind) => page(&ProblemPage { stylesheet: stylesheet(), problem: ProblemType::of(kind) }),
        None => Problem::new(Kind::NotFound, "There is no such type of problem.").into_response(),
    }
}

fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (StatusCode::OK, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page can not be rendered; this is a bug of Runstow");
            Problem::new(Kind::Internal, "This page can not be shown; the log says why.").into_response()
        }
    }
}

fn stylesheet() -> String {
    crate::web::stylesheet()
}

impl ProblemType {
    fn of(kind: Kind) -> Self {
        let (slug, status, title, advice) = kind.facts();
        Self { slug, status: status.as_u16(), title, advice }
    }
}

impl Viewer {
    fn of(document: &Value) -> Self {
        let groups = document["tags"].as_array().into_iter().flatten();
        let groups = groups.map(|tag| Group {
            name: text(&tag["name"]),
            description: text(&tag["description"]),
            operations: operations(document, &tag["name"]),
        });
        let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
        let schemas = schemas.map(|(name, schema)| Schema {
            name: name.clone(),
            description: text(&schema["description"]),
            fields: fields(schema),
        });
        Self {
            stylesheet: stylesheet(),
            description: text(&document["info"]["description"]),
            groups: groups.collect(),
            problems: Kind::ALL.map(ProblemType::of).into(),
            schemas: schemas.collect(),
        }
    }
}

fn operations(document: &Value, tag: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            if operation["tags"][0] != *tag {
                continue;
            }
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let answers = operation["responses"].as_object().into_iter().flatten();
            found.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                id: text(&operation["operationId"]),
                summary: text(&operation["summary"]),
                description: text(&operation["description"]),
                right: text(&operation["x-runstow-right"]),
                parameters: parameters.map(parameter).collect(),
                body: schema_name(&operation["requestBody"]),
                answers: answers
                    .map(|(status, answer)| Answer {
                        status: status.clone(),
                        description: text(&answer["description"]),
                        schema: schema_name(answer),
                    })
                    .collect(),
            });
        }
    }
    found
}

fn parameter(parameter: &Value) -> Parameter {
    Parameter {
        name: text(&parameter["name"]),
        place: text(&parameter["in"]),
        required: parameter["required"] == true,
        kind: kind(&parameter["schema"]),
        description: text(&parameter["description"]),
    }
}

fn fields(schema: &Value) -> Vec<Parameter> {
    let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let field = |(name, property): (&String, &Value)| Parameter {
        name: name.clone(),
        place: String::new(),
        required: required.iter().any(|required| required == name.as_str()),
        kind: kind(property),
        description: text(&property["description"]),
    };
    properties.map(field).collect()
}

/// The type in a few words: `integer`, `array of Report`, `string or null`.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return name.rsplit('/').next().unwrap_or_default().to_owned();
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if schema["type"] == "array" {
        return format!("array of {}", kind(&schema["items"]));
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(text).collect::<Vec<_>>().join(", ");
    }
    match &schema["type"] {
        Value::Array(types) => types.iter().map(text).collect::<Vec<_>>().join(" or "),
        one => text(one),
    }
}

/// The schema that a body or an answer has.
fn schema_name(holder: &Value) -> Option<String> {
    let content = holder["content"].as_object()?;
    content.values().next().map(|media| kind(&media["schema"]))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
