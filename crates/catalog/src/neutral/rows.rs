//! Records of the neutral JSON as table rows, and back.

mod accounts;
mod data;
mod site;

pub(super) use accounts::{key_entry, user_entry, user_rows};
pub(super) use data::{category_entry, experiment_entry, experiment_row, result_entry, result_rows};
