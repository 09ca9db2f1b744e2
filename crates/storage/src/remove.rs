//! The one place from which anything is removed.
//!
//! A managed file goes only against a [`Proof`], which nobody can make up or use twice. It is first renamed into a folder of
//! its own beside it, looked at there, where nobody else writes, and only then unlinked: what somebody put in its place
//! at the last moment is given back, and so is what took its copy along.

mod copy_at;
mod own;
mod proof;
mod quarantine;
mod take;
mod tidy;

pub(crate) use copy_at::CopyAt;
pub(crate) use own::{own_copy, own_empty_folder, own_empty_tree, own_folder};
pub(crate) use proof::Proof;
pub(crate) use quarantine::{Outcome, Remover};
pub(crate) use take::Taking;
pub(crate) use tidy::{Tidy, date, tidy_all};
