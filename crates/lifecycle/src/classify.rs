//! Which categories take a path: the patterns of a file set as one automaton (categories.md §2).
//!
//! All lists of a set are tried at once, in one pass over the path. The automaton is built state by state while it is
//! used (a lazy DFA): built in full it would need gigabytes, real trees visit a few hundred of its states. Every thread
//! works with a cache of its own, see [`Scanner`].

mod explain;
mod groups;
mod scanner;
mod verdict;

use std::sync::{Arc, Mutex, PoisonError};

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};

use crate::FileSet;
pub use explain::{CategoryReasons, Explanation};
pub use scanner::Scanner;
pub use verdict::{KeepSet, Verdict};

/// The folder of the instrument's own results (categories.md §5).
pub const ONBOARD_RESULTS: &str = "onboard_results";
/// The folder of signal processing results, or the link to those of a parent report (categories.md §6).
pub const SIGPROC_RESULTS: &str = "sigproc_results";

/// Memory of one thread's part of the automaton, in bytes. Trees seen so far need a tenth.
const CACHE_BYTES: usize = 16 << 20;

/// A file set, ready for use.
pub struct Classifier {
    set: Arc<FileSet>,
    automaton: DFA,
    bits: Vec<u32>,
    idle: Mutex<Vec<Cache>>,
}

/// A file set whose patterns are too large together.
#[derive(Debug, thiserror::Error)]
#[error("file set `{set}` cannot be used: {why}; use fewer or simpler patterns")]
pub struct CompileError {
    set: String,
    why: Box<regex_automata::hybrid::BuildError>,
}

impl Classifier {
    /// Makes the automaton of a set: a few milliseconds.
    ///
    /// # Errors
    /// [`CompileError`] when a site's patterns are too large together.
    pub fn new(set: &Arc<FileSet>) -> Result<Self, CompileError> {
        let groups = groups::of(set);
        let expressions: Vec<&str> = groups.iter().map(|g| g.expression.as_str()).collect();
        let automaton = DFA::builder()
            .configure(
                DFA::config()
                    .match_kind(MatchKind::All)
                    .cache_capacity(CACHE_BYTES)
                    .skip_cache_capacity_check(true)
                    .prefilter(None),
            )
            .syntax(syntax::Config::new().utf8(false))
            .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(CACHE_BYTES)))
            .build_many(&expressions)
            .map_err(|why| CompileError { set: set.name().to_owned(), why: Box::new(why) })?;
        let bits = groups.iter().map(|g| g.bits).collect();
        Ok(Self { set: Arc::clone(set), automaton, bits, idle: Mutex::default() })
    }

    /// The set it was made of.
    #[must_use]
    pub const fn file_set(&self) -> &Arc<FileSet> {
        &self.set
    }

    /// Judges one path relative to the report dir or run dir. `None` when it is not UTF-8: such names have no category
    /// (categories.md §3).
    #[must_use]
    pub fn classify(&self, path: &[u8]) -> Option<Verdict> {
        std::str::from_utf8(path).ok()?;
        Some(self.scanner().classify(path))
    }

    /// For many paths on one thread.
    #[must_use]
    pub fn scanner(&self) -> Scanner<'_> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Scanner::new(self, idle.unwrap_or_else(|| self.automaton.create_cache()))
    }

    /// Which patterns decide about a path, per category.
    #[must_use]
    pub fn explain(&self, path: &[u8]) -> Explanation {
        explain::explain(&self.set, path)
    }

    fn give_back(&self, cache: Cache) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(cache);
    }
}

impl std::fmt::Debug for Classifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Classifier").field("set", &self.set.name()).finish_non_exhaustive()
    }
}

fn at_start() -> Input<'static> {
    Input::new(b"").anchored(Anchored::Yes)
}

#[cfg(test)]
mod tests;
