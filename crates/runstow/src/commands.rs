//! One file per command.

pub mod catalog;
pub mod completions;
pub mod demo;
pub mod doctor;
pub mod files;
pub mod jobs;
pub mod ls;
pub mod moves;
pub mod scan;
pub mod serve;
pub mod show;
pub mod user;
pub mod verify;
pub mod worker;
