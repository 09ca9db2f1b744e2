//! Names that may be called: dotted JavaScript identifiers with numeric indexes (api.md rule 34).

use std::sync::LazyLock;

use regex::Regex;

/// A letter (or an escape for one) of an identifier, as ECMAScript 3 counts letters.
#[expect(clippy::expect_used, reason = "a constant pattern, run by every test of this module")]
static IDENTIFIER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[\p{L}\p{Nl}$_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}$_]*$").expect("a valid pattern")
});

const RESERVED: [&str; 59] = [
    "abstract",
    "boolean",
    "break",
    "byte",
    "case",
    "catch",
    "char",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "double",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "final",
    "finally",
    "float",
    "for",
    "function",
    "goto",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "int",
    "interface",
    "long",
    "native",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "short",
    "static",
    "super",
    "switch",
    "synchronized",
    "this",
    "throw",
    "throws",
    "transient",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "volatile",
    "while",
    "with",
];

/// Whether a JSONP callback may have this name.
pub(super) fn is_valid(name: &str) -> bool {
    name.split('.').all(|part| without_indexes(part).is_some_and(is_identifier))
}

/// The part before `[0][1]…`.
fn without_indexes(mut part: &str) -> Option<&str> {
    while part.contains('[') {
        let (rest, index) = part.strip_suffix(']')?.rsplit_once('[')?;
        if index.is_empty() || !index.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        part = rest;
    }
    Some(part)
}

fn is_identifier(text: &str) -> bool {
    if !text.contains("\\u") {
        return !RESERVED.contains(&text) && IDENTIFIER.is_match(text);
    }
    unescaped(text).is_some_and(|text| !RESERVED.contains(&text.as_str()) && IDENTIFIER.is_match(&text))
}

/// `\u0041` as the letter it stands for.
fn unescaped(text: &str) -> Option<String> {
    let mut parts = text.split("\\u");
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let code = u32::from_str_radix(part.get(..4)?, 16).ok()?;
        out.push(char::from_u32(code)?);
        out.push_str(&part[4..]);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn dotted_and_indexed_identifiers_are_valid() {
        for name in
            ["cb", "a.b.c", "a[0].b", "$jq_1", "función", "_", "a[0][12]", "\\u0061b", "let", "a1", "Ⅷ"]
        {
            assert!(is_valid(name), "{name}");
        }
    }

    #[test]
    fn anything_else_is_not() {
        for name in [
            "",
            "1a",
            "a-b",
            "alert(1)",
            "function",
            "a b",
            "a[x]",
            "a.",
            ".a",
            "a..b",
            "a[]",
            "a[0",
            "a]",
            "a[0]b",
            "new",
            "\\u00zz",
            "\\u006eew",
            "a;b",
            "²",
            "a[-1]",
            "a[1.5]",
        ] {
            assert!(!is_valid(name), "{name}");
        }
    }
}
