//! Logs: to standard error, lower case, one line per fact, as text or JSON.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::cli::Global;

/// Starts logging. Servers log what they do; other commands only what went wrong, for they print their outcome.
pub fn start(global: &Global, server: bool) {
    let usual = if server { "info,sqlx=warn" } else { "error" };
    let wanted = global.log.as_deref().unwrap_or(usual);
    let filter = EnvFilter::try_new(wanted).unwrap_or_else(|error| {
        crate::terminal::note(&format!(
            "warning: log filter {wanted:?} is not usable ({error}); using {usual}"
        ));
        EnvFilter::new(usual)
    });
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process can only happen in tests; the first one's settings stay.
    let _ = if global.log_json {
        builder.json().flatten_event(true).try_init()
    } else {
        builder.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init()
    };
}
