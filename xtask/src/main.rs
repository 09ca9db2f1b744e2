//! Chores of the project. `cargo xtask bench-tree` and `cargo xtask bench-api` measure Runstow against
//! its peers in one run and print medians and ratios, `cargo xtask bench-load` loads it from many connections;
//! nothing of these is a test, nothing fails for being slow. `cargo xtask random-kills` is a test that takes long.

#![allow(clippy::disallowed_methods, reason = "benchmarks make their own scratch folders")]

mod bench_api;
mod bench_load;
mod bench_memory;
mod bench_move;
mod bench_tree;
mod random_kills;
mod served;
mod storage;
mod timed;
mod wrk;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};
use runstow_testkit::kills::Action;
use storage::{Layout, Shape};

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Scan, classify and measure a tree, against du, find and pdu on the same tree
    BenchTree {
        /// Where the tree is made, or found when made before
        #[arg(long, default_value = "/var/tmp/runstow-bench/tree")]
        dir: PathBuf,
        /// About how many files it has
        #[arg(long, default_value_t = 1_000_000)]
        files: u64,
        /// Rounds; every round runs each program once, in turn
        #[arg(long, default_value_t = 7)]
        rounds: usize,
    },
    /// List API on many reports, with wrk at 8 connections
    BenchApi {
        /// Scratch folder
        #[arg(long, default_value = "/var/tmp/runstow-bench/api")]
        dir: PathBuf,
        /// Reports in the catalog
        #[arg(long, default_value_t = 100_000)]
        reports: u64,
        /// Seconds for each measurement
        #[arg(long, default_value_t = 10)]
        seconds: u64,
    },
    /// Mixed reads of both APIs from 64 connections, on SQLite and on PostgreSQL, with the server's memory
    BenchLoad {
        /// Scratch folder
        #[arg(long, default_value = "/var/tmp/runstow-bench/load")]
        dir: PathBuf,
        /// Reports in the catalog
        #[arg(long, default_value_t = 100_000)]
        reports: u64,
        /// Seconds of mixed reads on each database
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Seconds of each kind of read alone; 0 leaves this out
        #[arg(long, default_value_t = 5)]
        alone: u64,
    },
    /// Export and archive with proof, against rsync and cp on the same files and file system
    BenchMove {
        /// Scratch folder; emptied first. Has to hold the files once, and once more for each program in each round
        #[arg(long, default_value = "/var/tmp/runstow-bench/move")]
        dir: PathBuf,
        /// Number of files
        #[arg(long, default_value_t = 400)]
        files: u64,
        /// Bytes of each
        #[arg(long, default_value_t = 10_000_000)]
        bytes: u64,
        /// Also one rsync for each file; a sample of them is copied, and the time multiplied
        #[arg(long)]
        each: bool,
        /// Rounds; every round runs each program once, in turn
        #[arg(long, default_value_t = 3)]
        rounds: usize,
    },
    /// Memory of every action on very many files, files with two names, folders
    BenchMemory {
        /// Scratch folder; emptied first
        #[arg(long, default_value = "/var/tmp/runstow-bench/memory")]
        dir: PathBuf,
        /// Number of names
        #[arg(long, default_value_t = 300_000)]
        files: u64,
    },
    /// Kill a move of the real program at random moments, restart it until it is done, count every content
    RandomKills {
        /// Scratch folder; emptied first. In memory, a round takes a second
        #[arg(long, default_value = "/dev/shm/runstow-random-kills")]
        dir: PathBuf,
        /// archive, export, delete or restore
        #[arg(long, default_value = "archive")]
        action: Action,
        /// Rounds; each has a fresh storage and up to four kills
        #[arg(long, default_value_t = 1000)]
        rounds: u32,
        /// Other moments
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

fn main() -> Result<()> {
    match Cli::parse().task {
        Task::BenchTree { dir, files, rounds } => bench_tree::run(&dir, files, rounds),
        Task::BenchApi { dir, reports, seconds } => bench_api::run(&dir, reports, seconds),
        Task::BenchLoad { dir, reports, seconds, alone } => bench_load::run(&dir, reports, seconds, alone),
        Task::BenchMove { dir, files, bytes, each, rounds } => {
            bench_move::measure(&dir, Shape { files, bytes, layout: Layout::Plain }, rounds, each)
        }
        Task::BenchMemory { dir, files } => bench_memory::measure(&dir, files),
        Task::RandomKills { dir, action, rounds, seed } => random_kills::run(&dir, action, rounds, seed),
    }
}
