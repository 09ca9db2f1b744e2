//! States, categories and roles on the wire: the lifecycle's own words.

use std::borrow::Cow;

use runstow_engine::moves::{Confirmation, GateName, Verdict};
use runstow_lifecycle::manifest::HashKind;
use runstow_lifecycle::{Category, JobAction, JobStatus, Phase, Priority, Role, State, Wholeness};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// Declares how a type of the lifecycle crate shows in the document.
macro_rules! code {
    ($(#[$meta:meta])* $name:ident of $inner:ty as $word:ident, $text:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub(super) struct $name(pub(super) $inner);

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some(<$inner>::ALL.map(<$inner>::$word)))
                    .description(Some($text))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

code! {
    /// A state's code.
    StateCode of State as code, "State of a category: L Local, S Selected, N Notified, A Acknowledged, \
     SA/SE/SD archive, export or delete pending, AG Archiving, EG Exporting, DG Deleting, IG Importing, \
     AD Archived, DD Deleted, E a person must decide."
}
code! {
    /// A category's name.
    CategoryName of Category as api_prefix, "A group of a report's files. sigproc belongs to the run: all its reports share it."
}
code! {
    /// A role's name.
    RoleName of Role as name, "What an account may do: viewer reads; operator also keeps, acknowledges and holds; admin all."
}
code! {
    /// An action's name.
    JobActionName of JobAction as name, "What a job does: archive and export copy and prove, archive then removes; delete, restore; \
     purge empties the trash; verify reads an archive again."
}
code! {
    /// A status's name.
    JobStatusName of JobStatus as name, "Where a job stands. waiting goes on by itself; needs_decision waits for people; \
     failed: refused, because the world had changed."
}
code! {
    /// A phase's name.
    PhaseName of Phase as name, "What a worker is doing. settle: undoing or completing what a cancelled job has begun."
}
code! {
    /// What a verification has found.
    WholenessName of Wholeness as name, "What an archive is. whole: as it was written; damaged: something is not; \
     unproven: there is no record of Runstow to compare with."
}
code! {
    /// A priority's name.
    PriorityName of Priority as name, "What people ask for (manual) goes before what rules ask for (automatic)."
}
code! {
    /// A kind of checksum.
    HashName of HashKind as name, "How contents are hashed: blake3 (b3sum --check) or sha256 (sha256sum --check)."
}
code! {
    /// A gate's name.
    GateWord of GateName as name, "What is looked at before a move: state and job of the category, holds, whether the run is finished, \
     keep, linked reports, the source's folders and volumes, the files, the destination, its room."
}
code! {
    /// A gate's verdict.
    VerdictName of Verdict as name, "passed; confirmed: open because that was confirmed; waits: the job can be asked for, and waits until \
     this is over; open: was not looked at; confirm: takes a confirmation; failed."
}
code! {
    /// A confirmation's name.
    ConfirmationName of Confirmation as name, "What a person can confirm: kept (archive it all the same; it stays kept), unfinished (nothing \
     proves that the run is finished), linked (delete files that other reports use), not_mounted (nothing is mounted at the destination), new_archive (what is at the destination \
     is a new archive in the place of the one that was there before; takes the right to configure storage), archived (delete archived copies, which are the only ones)."
}
