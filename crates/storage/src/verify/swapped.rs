//! Files whose content is another: is it that of another one of them?

use std::collections::HashMap;

use runstow_lifecycle::RawText;
use runstow_lifecycle::manifest::Hash;

use super::finding::{Damage, Finding};

/// So many are held to be compared with each other; with more, each is told as changed unless both ends of a swap are
/// among the same ten thousand.
const HELD: usize = 10_000;

/// A file with another content.
struct Differs {
    path: RawText,
    listed: (Hash, u64),
    found: (Hash, u64),
}

/// Holds them.
#[derive(Default)]
pub(super) struct Differing(Vec<Differs>);

impl Differing {
    /// Adds one; true when it is time to [`Differing::tell`].
    pub(super) fn add(&mut self, path: RawText, listed: (Hash, u64), found: (Hash, u64)) -> bool {
        self.0.push(Differs { path, listed, found });
        self.0.len() >= HELD
    }

    /// Tells of all, and forgets them.
    pub(super) fn tell(&mut self, found: &mut dyn FnMut(Finding)) {
        let mut by_change: HashMap<(Hash, Hash), Vec<usize>> = HashMap::new();
        let mut with = vec![None; self.0.len()];
        for (at, file) in self.0.iter().enumerate() {
            let back = by_change.get_mut(&(file.found.0, file.listed.0));
            if let Some(other) = back.and_then(Vec::pop) {
                (with[at], with[other]) = (Some(other), Some(at));
            } else {
                by_change.entry((file.listed.0, file.found.0)).or_default().push(at);
            }
        }
        for (file, with) in self.0.iter().zip(with) {
            let damage = match with {
                Some(other) => Damage::Swapped { with: self.0[other].path.clone() },
                None if file.listed.1 != file.found.1 => {
                    Damage::Size { listed: file.listed.1, found: file.found.1 }
                }
                None => Damage::Content,
            };
            found(Finding { path: file.path.clone(), damage });
        }
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(of: u8) -> (Hash, u64) {
        (Hash([of; 32]), u64::from(of))
    }

    #[test]
    fn only_an_exchange_is_a_swap() {
        let mut differing = Differing::default();
        // a and b exchanged; c has what d should have, d something else; e is shorter.
        for (name, listed, found) in [("a", 1, 2), ("c", 3, 4), ("b", 2, 1), ("d", 4, 4 + 64), ("e", 9, 8)] {
            assert!(!differing.add(RawText::from(name.as_bytes()), hash(listed), hash(found)));
        }
        let mut told = Vec::new();
        differing.tell(&mut |finding| told.push((finding.path.to_string(), finding.damage.word())));
        let expected = [("a", "swapped"), ("c", "size"), ("b", "swapped"), ("d", "size"), ("e", "size")];
        assert_eq!(told, expected.map(|(path, word)| (path.to_owned(), word)));
    }
}
