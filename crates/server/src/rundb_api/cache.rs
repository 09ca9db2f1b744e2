//! Finished pages, kept while the catalog stays as it is.

use bytes::Bytes;
use moka::sync::Cache as Moka;

/// Memory for finished pages, in bytes.
const CAPACITY: u64 = 64 << 20;

/// What a page costs beside its text, in bytes.
const OVERHEAD: usize = 256;

/// What the compatible API remembers between requests. A page is found again by the catalog's version and
/// everything of the request that it depends on; with the next version it is never asked for again.
pub(crate) struct Cache {
    pages: Moka<Key, Page>,
}

/// Digest of what a page depends on: a query may hold a key, which must not lie about in memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 32]);

/// A finished page.
#[derive(Clone)]
pub(super) struct Page {
    pub(super) content_type: &'static str,
    pub(super) body: Bytes,
}

impl Default for Cache {
    fn default() -> Self {
        let weigh = |_: &Key, page: &Page| u32::try_from(page.body.len() + OVERHEAD).unwrap_or(u32::MAX);
        Self { pages: Moka::builder().max_capacity(CAPACITY).weigher(weigh).build() }
    }
}

impl Cache {
    /// A page that was finished before.
    pub(super) fn get(&self, key: &Key) -> Option<Page> {
        self.pages.get(key)
    }

    /// Keeps a page.
    pub(super) fn put(&self, key: Key, page: Page) {
        self.pages.insert(key, page);
    }
}

impl Key {
    /// The key of a page at a version.
    pub(super) fn new(version: i64, parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&version.to_le_bytes());
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(*hasher.finalize().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_in_version_and_in_where_parts_end() {
        let key = |version, parts: &[&[u8]]| Key::new(version, parts).0;
        assert_eq!(key(1, &[b"ab", b"c"]), key(1, &[b"ab", b"c"]));
        assert_ne!(key(1, &[b"ab", b"c"]), key(1, &[b"a", b"bc"]));
        assert_ne!(key(1, &[b"ab"]), key(2, &[b"ab"]));
    }
}
