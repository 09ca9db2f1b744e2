//! One file per command.

pub mod asking;
pub mod catalog;
pub mod completions;
pub mod delete;
pub mod demo;
pub mod doctor;
pub mod explain;
pub mod files;
pub mod follow;
pub mod jobs;
pub mod ls;
pub mod maintenance;
pub mod meant;
pub mod missing;
pub mod moves;
pub mod plans;
pub mod restore;
pub mod scan;
pub mod serve;
pub mod settle;
pub mod show;
pub mod trash;
pub mod user;
pub mod verify;
pub mod worker;
