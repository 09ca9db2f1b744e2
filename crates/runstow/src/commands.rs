//! One file per command.

pub mod catalog;
pub mod completions;
pub mod demo;
pub mod doctor;
pub mod files;
pub mod ls;
pub mod scan;
pub mod serve;
pub mod show;
pub mod user;
