//! The order in which Python 2.7 (64 bit) walks through a dictionary of text keys.
//!
//! The original builds `meta.next` and `meta.previous` from such a dictionary, and where a filter is given
//! twice under two names the one met last counts (api.md rules 16 and 23). So the order is part of the wire.

/// A dictionary's keys in an open-addressing table, as CPython 2.7 lays them out.
pub(super) struct PythonDict<'k> {
    slots: Vec<Slot<'k>>,
    /// Slots that are or were in use.
    fill: usize,
    used: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot<'k> {
    Free,
    /// Held a key that was removed; probing goes on past it.
    Dummy,
    Key(&'k str),
}

impl Default for PythonDict<'_> {
    fn default() -> Self {
        Self { slots: vec![Slot::Free; 8], fill: 0, used: 0 }
    }
}

impl<'k> PythonDict<'k> {
    /// Adds a key; one that is there stays where it is.
    pub(super) fn insert(&mut self, key: &'k str) {
        let place = self.place(key);
        match self.slots[place] {
            Slot::Key(_) => return,
            Slot::Dummy => {}
            Slot::Free => self.fill += 1,
        }
        self.slots[place] = Slot::Key(key);
        self.used += 1;
        if self.fill * 3 >= self.slots.len() * 2 {
            self.resize(self.used * if self.used > 50_000 { 2 } else { 4 });
        }
    }

    /// Takes a key out.
    pub(super) fn remove(&mut self, key: &str) {
        let place = self.place(key);
        if matches!(self.slots[place], Slot::Key(_)) {
            self.slots[place] = Slot::Dummy;
            self.used -= 1;
        }
    }

    /// The keys in the order of a walk.
    pub(super) fn keys(&self) -> Vec<&'k str> {
        self.slots
            .iter()
            .filter_map(|slot| if let Slot::Key(key) = slot { Some(*key) } else { None })
            .collect()
    }

    /// Where the key is, or where it would go.
    fn place(&self, key: &str) -> usize {
        let mask = self.slots.len() as u64 - 1;
        let hash = hash(key);
        let mut place = hash & mask;
        let mut perturb = hash;
        let mut dummy = None;
        loop {
            #[expect(clippy::cast_possible_truncation, reason = "masked by the number of slots")]
            let here = (place & mask) as usize;
            match self.slots[here] {
                Slot::Key(known) if known == key => return here,
                Slot::Key(_) => {}
                Slot::Free => return dummy.unwrap_or(here),
                Slot::Dummy => dummy = dummy.or(Some(here)),
            }
            place = (place << 2).wrapping_add(place).wrapping_add(perturb).wrapping_add(1);
            perturb >>= 5;
        }
    }

    fn resize(&mut self, wanted: usize) {
        let mut size = 8;
        while size <= wanted {
            size <<= 1;
        }
        let keys = self.keys();
        *self = Self { slots: vec![Slot::Free; size], fill: 0, used: 0 };
        for key in keys {
            let place = self.place(key);
            self.slots[place] = Slot::Key(key);
        }
        self.used = self.slots.iter().filter(|slot| **slot != Slot::Free).count();
        self.fill = self.used;
    }
}

/// Python 2.7's hash of a text (of code points, without randomisation).
fn hash(text: &str) -> u64 {
    let mut chars = text.chars().peekable();
    let Some(first) = chars.peek() else { return 0 };
    let mut hash = u64::from(u32::from(*first)) << 7;
    let mut length = 0_u64;
    for c in chars {
        hash = hash.wrapping_mul(1_000_003) ^ u64::from(u32::from(c));
        length += 1;
    }
    hash ^= length;
    if hash == u64::MAX { u64::MAX - 1 } else { hash }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(keys: &[&str]) -> String {
        let mut dict = PythonDict::default();
        keys.iter().copied().for_each(|key| dict.insert(key));
        dict.keys().join(" ")
    }

    #[test]
    fn hashes_are_pythons() {
        // Known from any 64-bit Python 2.7: hash('') and hash('a').
        assert_eq!(hash(""), 0);
        assert_eq!(hash("a"), 12_416_037_344);
    }

    #[test]
    fn small_dictionaries_walk_in_the_order_of_their_hashes() {
        assert_eq!(order(&["format", "limit"]), "limit format");
        assert_eq!(order(&["offset", "limit"]), "limit offset");
        assert_eq!(order(&["b", "a", "c"]), "a c b");
    }

    #[test]
    fn a_removed_key_leaves_its_place_to_the_next_that_probes_past_it() {
        let mut dict = PythonDict::default();
        dict.insert("limit");
        dict.insert("format");
        dict.remove("limit");
        dict.remove("nothing");
        assert_eq!(dict.keys(), ["format"]);
        dict.insert("limit");
        dict.insert("limit");
        assert_eq!(dict.keys(), ["limit", "format"]);
    }

    #[test]
    fn growing_keeps_every_key_once() {
        let keys: Vec<String> = (0..5000).map(|n| format!("key{n}")).collect();
        let mut dict = PythonDict::default();
        keys.iter().for_each(|key| dict.insert(key));
        keys.iter().for_each(|key| dict.insert(key));
        let mut walked = dict.keys();
        walked.sort_unstable();
        let mut expected: Vec<&str> = keys.iter().map(String::as_str).collect();
        expected.sort_unstable();
        assert_eq!(walked, expected);
    }
}
