//! Changing what somebody else may have changed meanwhile.

/// What became of a change that was asked for on condition that the record is still as it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit<T> {
    /// It was made; the record as it is now.
    Done(T),
    /// There is no such record.
    NotThere,
    /// The record is another than the one that was seen; nothing was changed.
    Changed,
    /// It would break a rule; nothing was changed. The text says which and what to do.
    Refused(String),
}
