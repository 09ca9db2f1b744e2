//! `runstow`: keeps sequencing runs. This binary turns a command line into use cases of the engine and the server.

#![allow(unreachable_pub, reason = "a binary has no outside to reach")]

mod cli;
mod commands;
mod config;
mod context;
mod logging;
mod terminal;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use cli::{Cli, Command, Removal};
use context::Context;
use runstow_lifecycle::JobAction;

fn main() -> ExitCode {
    let Cli { global, command } = Cli::parse();
    if let Command::Completions { shell } = command {
        commands::completions::print(shell);
        return ExitCode::SUCCESS;
    }
    logging::start(&global, matches!(command, Command::Serve(_) | Command::Demo(_)));
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal::note(&format!("error: can not start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(run(Context::new(global), command));
    // A walk on storage that no longer answers can not be ended; it must not keep the program.
    runtime.shutdown_timeout(Duration::from_secs(2));
    match outcome {
        Ok(code) => code,
        Err(error) => {
            terminal::note(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(context: Context, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo(options) => commands::demo::run(&context, &options).await,
        Command::Serve(options) => commands::serve::run(&context, &options).await,
        Command::Scan(options) => commands::scan::run(&context, &options).await,
        Command::Ls(options) => commands::ls::run(&context, &options).await,
        Command::Show(options) => commands::show::run(&context, &options).await,
        Command::Files(options) => commands::files::run(&context, &options).await,
        Command::Archive(options) => {
            commands::moves::run(&context, JobAction::Archive, &options.copying, options.removal).await
        }
        Command::Export(options) => {
            commands::moves::run(&context, JobAction::Export, &options, Removal::default()).await
        }
        Command::Delete(options) => commands::delete::run(&context, &options).await,
        Command::Restore(options) => commands::restore::run(&context, &options).await,
        Command::Trash { command } => commands::trash::run(&context, command.as_ref()).await,
        Command::Explain(options) => commands::explain::run(&context, &options).await,
        Command::Verify(options) => commands::verify::run(&context, &options).await,
        Command::Jobs(options) => commands::jobs::run(&context, &options).await,
        Command::Maintenance(command) => commands::maintenance::run(&context, &command).await,
        Command::Missing(options) => commands::missing::run(&context, &options).await,
        Command::Worker => commands::worker::run(&context).await,
        Command::Catalog(command) => commands::catalog::run(&context, &command).await,
        Command::User(command) => commands::user::run(&context, command).await,
        Command::Doctor(options) => commands::doctor::run(&context, &options).await,
        Command::Completions { .. } => Ok(ExitCode::SUCCESS),
    }
}
