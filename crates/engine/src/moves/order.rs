//! What a job needs to know besides its columns: the engine's part of a job, in JSON.

use runstow_lifecycle::manifest::HashKind;
use runstow_storage::plan::Digest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Destination;

/// The order of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    /// Names the journal at the destination, among those of all catalogs that use it.
    pub(super) journal: Uuid,
    /// Where copies go.
    pub(super) destination: Destination,
    /// The folder below its root.
    pub(super) folder: String,
    /// The plan that was agreed to.
    pub(super) agreed: Option<Digest>,
    /// How contents are hashed.
    pub(super) hash: HashKind,
    /// How much was to be copied when it was asked for, in bytes: kept free for it at the destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<u64>,
}
