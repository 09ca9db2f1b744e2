//! The table of verifications.

use sea_query::Iden;

#[derive(Iden, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[iden = "verifications"]
pub(crate) enum Verifications {
    Table,
    ResultId,
    Category,
    Folder,
    FolderBytes,
    JobId,
    VerifiedUs,
    CompleteUs,
    Outcome,
    Findings,
    Files,
    Bytes,
}
