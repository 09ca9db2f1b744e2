//! Lines of `key: value` or `key = value`, as instruments and pipelines write them.

/// Pairs of a text file, in order; keys are folded so that `Chip Type`, `ChipType` and `chip_type` are one.
pub(crate) struct KeyValues(Vec<(String, String)>);

impl KeyValues {
    /// Reads what can be read: bytes that are not UTF-8 become U+FFFD, lines without a separator are passed over.
    pub(crate) fn parse(bytes: &[u8], separator: char) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let pairs = text
            .lines()
            .filter_map(|line| line.split_once(separator))
            .map(|(key, value)| (folded(key), clean(value)))
            .filter(|(key, value)| !key.is_empty() && !value.is_empty())
            .collect();
        Self(pairs)
    }

    /// The first value of a key. `key` is folded as the file's keys are.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        let key = folded(key);
        self.0.iter().find(|(have, _)| *have == key).map(|(_, value)| value.as_str())
    }

    /// Whether nothing at all was understood.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A key without case, blanks and punctuation.
pub(crate) fn folded(key: &str) -> String {
    key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A value on one line: no control characters (they have no place in a name), at most 512 characters,
/// which is what the compatible API's columns hold.
pub(crate) fn clean(value: &str) -> String {
    value.trim().chars().filter(|c| !c.is_control()).take(512).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_spacing_of_keys_do_not_matter() {
        let pairs = KeyValues::parse(b"Experiment Name : R_1\r\nCHIPTYPE:318C\nno separator\n", ':');
        assert_eq!(pairs.get("experiment_name"), Some("R_1"));
        assert_eq!(pairs.get("ChipType"), Some("318C"));
        assert_eq!(pairs.get("platform"), None);
    }

    #[test]
    fn bytes_that_are_not_text_do_not_stop_the_rest() {
        let pairs = KeyValues::parse(b"\xff\xfe\x00: x\nPlatform: S5\n", ':');
        assert_eq!(pairs.get("Platform"), Some("S5"));
    }
}
