//! Query parameters as Python 2.7's `parse_qsl` and Django read them: in order, repeated ones kept.

use super::python_dict_order::PythonDict;

/// The parameters of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads a query string. `&` and `;` separate (api.md rule 17); broken UTF-8 becomes U+FFFD (rule 29).
    pub(super) fn parse(query: &str) -> Self {
        let pairs = query.split(['&', ';']).filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        Self(pairs.collect())
    }

    /// All of them, in the order of the request.
    pub(super) fn all(&self) -> &[(String, String)] {
        &self.0
    }

    /// The value that counts of a repeated parameter: the last.
    pub(super) fn last(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All values of a parameter.
    pub(super) fn values<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a parameter is there, even without a value.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// Each name once, in the order in which the original meets them in a copy of its dictionary.
    pub(super) fn names(&self) -> Vec<&str> {
        self.dict().keys()
    }

    /// The original's copy of the dictionary: a copy has its own order when keys collide.
    fn dict(&self) -> PythonDict<'_> {
        let mut read = PythonDict::default();
        for (name, _) in &self.0 {
            read.insert(name);
        }
        let mut copy = PythonDict::default();
        for name in read.keys() {
            copy.insert(name);
        }
        copy
    }

    /// The query of another page of the same list (rule 16), in the original's order.
    pub(super) fn with_page(&self, limit: u64, offset: u64) -> String {
        let mut dict = self.dict();
        dict.remove("limit");
        dict.remove("offset");
        let mut page = PythonDict::default();
        page.insert("limit");
        page.insert("offset");
        for name in page.keys() {
            dict.insert(name);
        }
        let mut out = String::new();
        for name in dict.keys() {
            match name {
                "limit" => pair(&mut out, name, &limit.to_string()),
                "offset" => pair(&mut out, name, &offset.to_string()),
                _ => self.values(name).for_each(|value| pair(&mut out, name, value)),
            }
        }
        out
    }
}

fn pair(out: &mut String, name: &str, value: &str) {
    if !out.is_empty() {
        out.push('&');
    }
    quote_plus(out, name);
    out.push('=');
    quote_plus(out, value);
}

/// Form encoding as Python 2 has it: everything but letters, digits and `_.-` is escaped, blanks are `+`.
fn quote_plus(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' => out.push(byte.into()),
            b' ' => out.push('+'),
            _ => out.push_str(percent_encoding::percent_encode_byte(byte)),
        }
    }
}

fn decode(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_repetition_and_blank_values_stay() {
        let parameters = Parameters::parse("a=1&b=&a=2;c&&=x&d=a=b");
        let all: Vec<_> = parameters.all().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(all, [("a", "1"), ("b", ""), ("a", "2"), ("c", ""), ("", "x"), ("d", "a=b")]);
        assert_eq!(parameters.last("a"), Some("2"));
        assert!(parameters.contains("c") && !parameters.contains("e"));
    }

    #[test]
    fn encodings_are_undone_and_broken_ones_survive() {
        let parameters = Parameters::parse("q=a+b%2Bc%&u=%C3%9C&bad=%FF%FE&p=%zz");
        assert_eq!(parameters.last("q"), Some("a b+c%"));
        assert_eq!(parameters.last("u"), Some("Ü"));
        assert_eq!(parameters.last("bad"), Some("\u{fffd}\u{fffd}"));
        assert_eq!(parameters.last("p"), Some("%zz"));
    }

    #[test]
    fn the_next_page_carries_everything_in_pythons_order() {
        for (query, next) in [
            ("limit=1&format=json", "offset=1&limit=1&format=json"),
            ("", "limit=1&offset=1"),
            (
                "limit=1&a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8&i=9",
                "a=1&c=3&b=2&e=5&d=4&g=7&f=6&i=9&h=8&limit=1&offset=1",
            ),
            ("foo=/a:b,c~e*(f)!'", "foo=%2Fa%3Ab%2Cc%7Ee%2A%28f%29%21%27&limit=1&offset=1"),
        ] {
            assert_eq!(Parameters::parse(query).with_page(1, 1), next);
        }
    }
}
