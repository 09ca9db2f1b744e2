//! How long work tells what it is doing; the core itself never prints.

/// Told by long work as it goes. Implementations draw a bar, write lines, or count for metrics.
pub trait Progress: Send + Sync {
    /// A phase begins, e.g. "finding runs" or "measuring"; `total` steps when known.
    fn phase(&self, name: &str, total: Option<u64>);
    /// One step of the phase is done; `what` names it.
    fn step(&self, what: &str);
    /// Files seen since the last call, for work whose length is not known beforehand.
    fn files(&self, count: u64);
    /// Something a person should know, once.
    fn warning(&self, path: &str, message: &str);
    /// The work is over.
    fn done(&self);
}

/// Tells nobody.
pub struct Silent;

impl Progress for Silent {
    fn phase(&self, _: &str, _: Option<u64>) {}
    fn step(&self, _: &str) {}
    fn files(&self, _: u64) {}
    fn warning(&self, _: &str, _: &str) {}
    fn done(&self) {}
}
