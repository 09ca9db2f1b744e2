//! `schema/`: what fields a resource has (api.md rule 38).

use super::json_text::JsonText;

/// A field as its schema shows it.
pub(super) struct FieldSchema {
    name: &'static str,
    kind: Type,
    blank: bool,
    default: Default,
    nullable: bool,
    readonly: bool,
    unique: bool,
}

/// Type of a field.
#[derive(Clone, Copy)]
pub(super) enum Type {
    Boolean,
    Float,
    Integer,
    Text,
    Time,
}

/// What a new record holds where nothing is given.
#[derive(Clone, Copy)]
pub(super) enum Default {
    /// The original says so in words.
    None,
    Boolean(bool),
    Number(i64),
    Text(&'static str),
}

/// The fields to filter and sort by.
pub(super) struct Listed<'l> {
    pub(super) filtering: &'l [&'static str],
    pub(super) ordering: &'l [&'static str],
}

/// A field of a type, neither blank nor NULL, to be written too.
pub(super) fn field(name: &'static str, kind: Type) -> FieldSchema {
    FieldSchema {
        name,
        kind,
        blank: false,
        default: Default::None,
        nullable: false,
        readonly: false,
        unique: false,
    }
}

/// A text.
pub(super) fn text(name: &'static str) -> FieldSchema {
    field(name, Type::Text)
}

/// A whole number.
pub(super) fn integer(name: &'static str) -> FieldSchema {
    field(name, Type::Integer)
}

/// The id all resources have.
pub(super) fn id() -> FieldSchema {
    FieldSchema { unique: true, ..integer("id").blank().default(Default::Text("")) }
}

/// The address all records have.
pub(super) fn resource_uri() -> FieldSchema {
    text("resource_uri").readonly()
}

impl FieldSchema {
    /// May be left out.
    pub(super) fn blank(self) -> Self {
        Self { blank: true, ..self }
    }

    /// What is stored where it is left out.
    pub(super) fn default(self, default: Default) -> Self {
        Self { default, ..self }
    }

    /// May be null.
    pub(super) fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// Can not be written.
    pub(super) fn readonly(self) -> Self {
        Self { readonly: true, ..self }
    }

    fn write(&self, out: &mut JsonText) {
        out.text(self.name);
        out.raw(r#": {"blank": "#);
        out.boolean(self.blank);
        out.raw(r#", "default": "#);
        match self.default {
            Default::None => out.text("No default provided."),
            Default::Boolean(flag) => out.boolean(flag),
            Default::Number(number) => out.integer(number),
            Default::Text(text) => out.text(text),
        }
        let (name, help) = self.kind.words();
        out.raw(r#", "help_text": "#);
        out.text(help);
        out.raw(r#", "nullable": "#);
        out.boolean(self.nullable);
        out.raw(r#", "readonly": "#);
        out.boolean(self.readonly);
        out.raw(r#", "type": "#);
        out.text(name);
        out.raw(r#", "unique": "#);
        out.boolean(self.unique);
        out.raw("}");
    }
}

impl Type {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Boolean => ("boolean", "Boolean data. Ex: True"),
            Self::Float => ("float", "Floating point numeric data. Ex: 26.73"),
            Self::Integer => ("integer", "Integer data. Ex: 2673"),
            Self::Text => ("string", "Unicode string data. Ex: \"Hello World\""),
            Self::Time => ("datetime", "A date & time as a string. Ex: \"2010-11-10T03:07:43\""),
        }
    }
}

/// The whole schema.
pub(super) fn text_of(mut fields: Vec<FieldSchema>, listed: &Listed<'_>) -> String {
    fields.sort_by_key(|field| field.name);
    let verbs = r#"["get", "post", "put", "delete", "patch"]"#;
    let mut out = JsonText::new();
    out.raw(r#"{"allowed_detail_http_methods": "#);
    out.raw(verbs);
    out.raw(r#", "allowed_list_http_methods": "#);
    out.raw(verbs);
    out.raw(r#", "default_format": "application/json", "default_limit": 20, "fields": {"#);
    for (place, field) in fields.iter().enumerate() {
        if place > 0 {
            out.raw(", ");
        }
        field.write(&mut out);
    }
    let mut filtering = listed.filtering.to_vec();
    filtering.sort_unstable();
    out.raw(r#"}, "filtering": {"#);
    for (place, name) in filtering.iter().enumerate() {
        if place > 0 {
            out.raw(", ");
        }
        out.text(name);
        out.raw(": 2");
    }
    out.raw(r#"}, "ordering": ["#);
    for (place, name) in listed.ordering.iter().enumerate() {
        if place > 0 {
            out.raw(", ");
        }
        out.text(name);
    }
    out.raw("]}");
    out.into_string()
}
