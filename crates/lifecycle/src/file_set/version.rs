//! Reads the version of Torrent Suite that made a report.

/// `5.18.1` → (5, 18). None when the text begins with no number, or has no second one.
pub(super) fn major_minor(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?;
    let digits = minor.find(|c: char| !c.is_ascii_digit()).unwrap_or(minor.len());
    Some((major, minor[..digits].parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::major_minor;

    #[test]
    fn the_first_two_numbers_count() {
        assert_eq!(major_minor("5.18"), Some((5, 18)));
        assert_eq!(major_minor(" 3.6.58977\n"), Some((3, 6)));
        assert_eq!(major_minor("2.2-1"), Some((2, 2)));
        assert_eq!(major_minor("10.0rc1"), Some((10, 0)));
    }

    #[test]
    fn other_texts_are_no_version() {
        for text in ["", "5", "five.one", "5.", ".5", "v5.18", "-1.2", "99999999999.1"] {
            assert_eq!(major_minor(text), None, "{text:?}");
        }
    }
}
