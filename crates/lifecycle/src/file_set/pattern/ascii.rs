//! `\d`, `\w`, `\s`, `\b` of a site's regular expression mean ASCII, as in Torrent Suite (categories.md §2.5), while `.`
//! stays one whole character.

/// Writes the classes out. Works inside of `[...]` too, where the regex crate takes a class within a class.
pub(super) fn classes(expression: &str) -> String {
    let mut out = String::with_capacity(expression.len());
    let mut chars = expression.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('d') => out.push_str("[0-9]"),
            Some('D') => out.push_str("[^0-9]"),
            Some('w') => out.push_str("[0-9A-Za-z_]"),
            Some('W') => out.push_str("[^0-9A-Za-z_]"),
            Some('s') => out.push_str("[ \\t\\n\\r\\x0B\\x0C]"),
            Some('S') => out.push_str("[^ \\t\\n\\r\\x0B\\x0C]"),
            Some('b') => out.push_str("(?-u:\\b)"),
            Some('B') => out.push_str("(?-u:\\B)"),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::classes;

    #[test]
    fn digits_of_other_scripts_are_no_digits() {
        let re = regex::Regex::new(&format!("^(?:{})$", classes(r"X\d+_[\dA]\D"))).unwrap();
        assert!(re.is_match("X12_Ab"));
        assert!(!re.is_match("X\u{661}_Ab"));
        assert!(re.is_match("X1_3\u{661}"));
    }

    #[test]
    fn an_escaped_backslash_stays() {
        assert_eq!(classes(r"\\d\.\/"), r"\\d\.\/");
    }
}
