//! `runstow completions`

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;

/// Prints the completion script.
pub fn print(shell: Shell) {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "runstow", &mut text);
    crate::terminal::line(String::from_utf8_lossy(&text).trim_end());
}
