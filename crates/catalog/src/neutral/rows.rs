//! Records of the neutral JSON as table rows, and back.

mod accounts;
mod data;
mod jobs;
mod protection;
mod site;
mod trash;

pub(super) use accounts::{key_entry, user_entry, user_rows};
pub(super) use data::{category_entry, experiment_entry, experiment_row, result_entry, result_rows};
pub(super) use jobs::{job_entry, job_rows};
pub(super) use protection::{
    category_keep_row, hold_entry, hold_row, keep_entry, run_keep_entry, run_keep_row,
};
