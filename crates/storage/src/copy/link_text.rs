//! The text of a link in an archive.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// An absolute link into its own start folder becomes a relative one, so that it leads to the archived file and not to
/// where that file was (categories.md D11). Every other text stays as it is. None when nothing changes.
pub(crate) fn in_archive(start: &Path, path: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let start = start.as_os_str().as_bytes();
    let start = start.strip_suffix(b"/").unwrap_or(start);
    let inside = text.strip_prefix(start)?.strip_prefix(b"/")?;
    // A way that leaves the folder again is not ours to judge.
    if inside.split(|byte| *byte == b'/').any(|name| name == b"..") {
        return None;
    }
    let depth = path.iter().filter(|byte| **byte == b'/').count();
    let mut relative = b"../".repeat(depth);
    relative.extend_from_slice(inside);
    Some(if relative.is_empty() { b".".to_vec() } else { relative })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_into_the_tree_lead_to_the_copy() {
        let text = |path: &str, text: &str| {
            let start = Path::new("/results/run");
            in_archive(start, path.as_bytes(), text.as_bytes()).map(|text| String::from_utf8(text).unwrap())
        };
        assert_eq!(text("a.link", "/results/run/b"), Some("b".into()));
        assert_eq!(text("x/y/a.link", "/results/run/z/b"), Some("../../z/b".into()));
        assert_eq!(text("a.link", "/results/run2/b"), None);
        assert_eq!(text("a.link", "../elsewhere"), None);
        assert_eq!(text("a.link", "/results/run/../other"), None);
    }
}
