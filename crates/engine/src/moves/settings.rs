//! How a site moves files.

use super::Destinations;

/// What the configuration says about moves.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Where copies may go.
    pub destinations: Destinations,
}
