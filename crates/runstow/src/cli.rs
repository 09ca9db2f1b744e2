//! The command line: names, options and their help. Other tools rely on these names.

mod catalog;
mod filter;
mod moves;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use runstow_lifecycle::{Category, Role};

pub use catalog::{CatalogCommand, Load, Settle};
pub use filter::Filter;
pub use moves::{
    Copying, Delete, Explain, Jobs, JobsCommand, MaintenanceCommand, Missing, Move, Removal, Restore, Trash,
    TrashEmpty, Verify, Wanted,
};

/// Keeps sequencing runs: shows what lies where, and serves the API that Torrent Suite clients know.
#[derive(Parser)]
#[command(name = "runstow", version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done · 1 failed · 2 wrong usage · 3 done, but some storage was skipped or \
doctor or verify found problems.\nQuick look: runstow demo"
)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command. No `Debug`: the address may hold a password.
#[derive(Args, Clone)]
pub struct Global {
    /// Configuration file [default: runstow.toml here, else /etc/runstow/runstow.toml]
    #[arg(long, global = true, env = "RUNSTOW_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Catalog: sqlite://PATH or postgres://USER@HOST/DATABASE
    #[arg(long, global = true, env = "RUNSTOW_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Log as JSON, one object a line
    #[arg(long, global = true, env = "RUNSTOW_LOG_JSON")]
    pub log_json: bool,
    /// What to log, e.g. info, debug, runstow_engine=debug
    #[arg(long, global = true, env = "RUNSTOW_LOG", value_name = "FILTER")]
    pub log: Option<String>,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make a small realistic storage, scan it and serve it
    Demo(Demo),
    /// Serve the API and the pages, and scan on a schedule
    Serve(Serve),
    /// Find runs and reports, measure them, and bring the catalog up to date
    Scan(Scan),
    /// List reports with the size and state of their categories
    Ls(Ls),
    /// Show one report: run, places, categories, history
    Show(Show),
    /// List the files an action would touch and keep; never changes anything
    Files(Files),
    /// Copy categories to an archive, prove the copies, then remove the files
    Archive(Move),
    /// Copy categories and prove the copies; the files stay
    Export(Copying),
    /// Put files into the trash of their volume, from where they can be brought back
    Delete(Delete),
    /// Bring files back from the archive or the trash, or from a bare archive directory
    Restore(Restore),
    /// Show what lies in the trash, or remove it for good
    Trash {
        /// Without it the trash is shown
        #[command(subcommand)]
        command: Option<Trash>,
    },
    /// Say what speaks for and against an action on a report, gate by gate; never changes anything
    Explain(Explain),
    /// Read archives again and compare them with what was written beside them; changes nothing
    Verify(Verify),
    /// Show jobs, or cancel or retry one
    Jobs(Jobs),
    /// Stop the beginning of jobs, or let them begin again
    #[command(subcommand)]
    Maintenance(MaintenanceCommand),
    /// Show what scans do not find any more, or say that it is right so
    Missing(Missing),
    /// Carry out jobs until stopped (`runstow serve` does so too)
    Worker,
    /// Load or dump the catalog as JSON, or settle what came without its job
    #[command(subcommand)]
    Catalog(CatalogCommand),
    /// Manage users and their API keys
    #[command(subcommand)]
    User(UserCommand),
    /// Check configuration, volumes, rights, clock and database, and say what to do
    Doctor(Doctor),
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// `runstow demo`
#[derive(Args, Debug)]
pub struct Demo {
    /// Where to make the storage; must be empty, missing or a demo made before
    #[arg(long, default_value = "runstow-demo", value_name = "DIR")]
    pub dir: PathBuf,
    /// Address to answer on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDR:PORT")]
    pub listen: SocketAddr,
}

/// `runstow serve`
#[derive(Args, Debug)]
pub struct Serve {
    /// Address to answer on; port 0 takes a free one
    #[arg(long, env = "RUNSTOW_LISTEN", value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
    /// Let anyone read without signing in
    #[arg(long)]
    pub anonymous_read: bool,
    /// Do not scan on a schedule
    #[arg(long)]
    pub no_scan: bool,
    /// Speak HTTPS with this certificate and its chain, PEM
    #[arg(long, env = "RUNSTOW_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key, PEM without a password
    #[arg(long, env = "RUNSTOW_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
}

/// `runstow scan`
#[derive(Args, Debug)]
pub struct Scan {
    /// Directory that holds runs, beside those of the configuration (may be repeated)
    #[arg(long = "file-server", value_name = "DIR")]
    pub file_servers: Vec<PathBuf>,
    /// Directory that holds reports, beside those of the configuration (may be repeated)
    #[arg(long = "report-storage", value_name = "DIR")]
    pub report_storages: Vec<PathBuf>,
    /// Register what a runs.json lists instead of looking for runs; storage roots become known, so that files below can be moved
    #[arg(long, value_name = "FILE")]
    pub runs: Option<PathBuf>,
    /// Measure every report again, changed or not
    #[arg(long)]
    pub full: bool,
    /// Only find and register; measure nothing
    #[arg(long, conflicts_with = "full")]
    pub no_measure: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    pub json: bool,
}

/// `runstow ls`
#[derive(Args, Debug)]
pub struct Ls {
    /// Only reports or runs whose name matches this regular expression; the same as --matching
    #[arg(conflicts_with = "matching")]
    pub search: Option<String>,
    /// Which of them
    #[command(flatten)]
    pub filter: Filter,
    /// How many at most; 0 for all
    #[arg(long, short = 'n', default_value_t = 50)]
    pub limit: u64,
    /// Print JSON, one object a line
    #[arg(long)]
    pub json: bool,
}

/// `runstow show`
#[derive(Args, Debug)]
pub struct Show {
    /// Id or name of a report
    pub report: String,
    /// How many events of its history at most, newest first; 0 for all
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub history: u64,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `runstow files`
#[derive(Args, Debug)]
pub struct Files {
    /// Ids or names of reports; or --all; or options that say which
    #[arg(required_unless_present_any = ["all", "filter"], conflicts_with = "filter")]
    pub reports: Vec<String>,
    /// Every report of the catalog
    #[arg(long, conflicts_with_all = ["reports", "filter"])]
    pub all: bool,
    /// Which reports
    #[command(flatten)]
    pub filter: Filter,
    /// What would be done; without it: all with --jsonl, else measure
    #[arg(long, value_name = "ACTION")]
    pub action: Vec<ActionName>,
    /// Which category (may be repeated) [default: all four]
    #[arg(long, value_name = "CATEGORY", value_parser = parsed::<Category>)]
    pub category: Vec<Category>,
    /// One JSON object per report, category and action, with all paths
    #[arg(long)]
    pub jsonl: bool,
}

/// What `runstow files` may be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ActionName {
    /// Copy, prove, then remove
    Archive,
    /// Copy and prove
    Export,
    /// Remove
    Delete,
    /// As archive, without doing it
    Test,
    /// What plugins get to see
    List,
    /// What counts as disk use
    Measure,
}

/// `runstow user`
#[derive(Subcommand, Debug)]
pub enum UserCommand {
    /// Add a user; the password is asked for, or read from standard input when that is no terminal
    Add {
        /// Name to sign in with
        name: String,
        /// viewer, operator or admin
        #[arg(long, default_value = "viewer", value_parser = parsed::<Role>)]
        role: Role,
        /// Allow changing records through the compatible API (admins always may)
        #[arg(long)]
        api_write: bool,
        /// No password: the user can only use API keys
        #[arg(long)]
        no_password: bool,
    },
    /// List users
    List {
        /// Print JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Set a user's password; ends the user's sessions
    Passwd {
        /// Name of the user
        name: String,
    },
    /// Switch a user off (or on again with --on)
    Disable {
        /// Name of the user
        name: String,
        /// Switch on again
        #[arg(long)]
        on: bool,
    },
    /// Make, list or revoke API keys
    Key {
        /// Name of the user
        name: String,
        /// What the key is for
        #[arg(long, default_value = "cli")]
        label: String,
        /// List the user's keys instead of making one
        #[arg(long, conflicts_with = "revoke")]
        list: bool,
        /// Revoke the key of this id
        #[arg(long, value_name = "ID")]
        revoke: Option<i64>,
    },
}

/// `runstow doctor`
#[derive(Args, Debug)]
pub struct Doctor {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// A value of the field's own vocabulary; a wrong one is wrong usage.
fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
