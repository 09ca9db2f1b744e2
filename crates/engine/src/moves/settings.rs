//! How a site moves files.

use super::{Destinations, Limits};

/// What the configuration says about moves.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Where copies may go.
    pub destinations: Destinations,
    /// The most that one request may remove, unless who asks may say otherwise.
    pub limits: Limits,
}
