//! Judges many paths of one folder after another, going through the folder's own part of the path only once.

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::Cache;

use super::{Classifier, Verdict, at_start, explain};

/// A thread's view of a [`Classifier`]. Paths must be valid UTF-8; the caller has looked.
pub struct Scanner<'c> {
    classifier: &'c Classifier,
    /// Always there until the scanner is dropped.
    cache: Option<Cache>,
    folder: Vec<u8>,
    /// Where the automaton stands after `folder`, and how often the cache had been emptied then.
    here: Option<(LazyStateID, usize)>,
}

impl<'c> Scanner<'c> {
    pub(super) const fn new(classifier: &'c Classifier, cache: Cache) -> Self {
        Self { classifier, cache: Some(cache), folder: Vec::new(), here: None }
    }

    /// Goes to a folder: `""` for the start folder, otherwise its relative path and a final `/`.
    pub fn enter(&mut self, folder: &[u8]) {
        self.folder.clear();
        self.folder.extend_from_slice(folder);
        self.here = None;
    }

    /// Judges an entry of the folder by its name, or anything below it by its path from there.
    pub fn classify(&mut self, name: &[u8]) -> Verdict {
        // The automaton is set up never to give up. Should it, the patterns are still there one by one.
        let bits = self.run(name).unwrap_or_else(|| {
            let path = [self.folder.as_slice(), name].concat();
            explain::bits(&self.classifier.set, &path)
        });
        Verdict::from_bits(bits)
    }

    fn run(&mut self, name: &[u8]) -> Option<u32> {
        let Classifier { automaton, bits, .. } = self.classifier;
        let cache = self.cache.as_mut()?;
        let mut state = match self.here {
            // States are numbered anew when the cache was emptied.
            Some((state, emptied)) if emptied == cache.clear_count() => state,
            _ => {
                let mut state = automaton.start_state_forward(cache, &at_start()).ok()?;
                for &byte in &self.folder {
                    state = automaton.next_state(cache, state, byte).ok()?;
                }
                self.here = Some((state, cache.clear_count()));
                state
            }
        };
        for &byte in name {
            state = automaton.next_state(cache, state, byte).ok()?;
        }
        let end = automaton.next_eoi_state(cache, state).ok()?;
        if !end.is_match() {
            return Some(0);
        }
        let matched = (0..automaton.match_len(cache, end)).map(|i| automaton.match_pattern(cache, end, i));
        Some(matched.fold(0, |all, group| all | bits[group.as_usize()]))
    }
}

impl Drop for Scanner<'_> {
    fn drop(&mut self) {
        if let Some(cache) = self.cache.take() {
            self.classifier.give_back(cache);
        }
    }
}
