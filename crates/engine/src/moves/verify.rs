//! Verification: archives are read again, because somebody asks for it or because it is their turn.

mod ask;
mod bare;
mod order;
mod sample;
mod schedule;
mod summary;

pub use ask::{VerifyWish, Wanted, all_archives, archived_of, ask_verify};
pub use bare::{Bare, BareTold, verify_bare};
pub(super) use order::VerifyOrder;
pub use runstow_storage::verify::{Choice, Damage, Finding, Verified};
pub use runstow_storage::{Stop, Watch};
pub use sample::{Sample, UnknownSample};
pub use schedule::{ask_due, verify_on_schedule};
pub use summary::grouped;
pub(super) use summary::{FINDINGS, result, summary};
