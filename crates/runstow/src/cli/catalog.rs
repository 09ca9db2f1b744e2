//! Options of `runstow catalog`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use runstow_lifecycle::{Category, State};

use super::parsed;

/// `runstow catalog`
#[derive(Subcommand, Debug)]
pub enum CatalogCommand {
    /// Load a catalog from neutral JSON; works while a server runs
    Load(Load),
    /// Write the catalog as neutral JSON to standard output
    Dump,
    /// Say where files are about which the catalog says that a job is at them, though there is none
    Settle(Settle),
}

/// `runstow catalog load`
#[derive(Args, Debug)]
pub struct Load {
    /// Replace what the catalog holds
    #[arg(long)]
    pub replace: bool,
    /// Replace it though the trash holds what FILE does not know: it stays on the disk, and no command finds it any more
    #[arg(long, requires = "replace")]
    pub forget_trash: bool,
    /// The file, or - for standard input
    pub file: PathBuf,
}

/// `runstow catalog settle`
#[derive(Args, Debug)]
pub struct Settle {
    /// Ids or names of reports
    #[arg(required = true)]
    pub reports: Vec<String>,
    /// Which category (may be repeated)
    #[arg(long, value_name = "CATEGORY", value_parser = parsed::<Category>, required = true)]
    pub category: Vec<Category>,
    /// Where the files are: look first
    #[arg(long = "is", value_name = "WHERE")]
    pub place: WhereFilesAre,
}

/// Where files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WhereFilesAre {
    /// In their place, all of them
    Local,
    /// At the archive path that the catalog knows
    Archived,
    /// Gone, or in the trash
    Deleted,
}

impl WhereFilesAre {
    /// The state that says so.
    pub const fn state(self) -> State {
        match self {
            Self::Local => State::Local,
            Self::Archived => State::Archived,
            Self::Deleted => State::Deleted,
        }
    }
}
