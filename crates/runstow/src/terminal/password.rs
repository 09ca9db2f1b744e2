//! Asking for a password.

use std::io::{BufRead, IsTerminal};

use anyhow::{Context, Result, bail};

/// Shortest password taken.
const SHORTEST: usize = 8;

/// Asks twice on a terminal; otherwise reads the first line of standard input.
///
/// # Errors
/// When the two differ, the password is too short, or there is nothing to read.
pub fn ask(user: &str) -> Result<String> {
    let password = if std::io::stdin().is_terminal() {
        let first = rpassword::prompt_password(format!("Password for {user}: "))?;
        if rpassword::prompt_password("Once more: ")? != first {
            bail!("the two passwords differ; nothing was changed");
        }
        first
    } else {
        let mut line = String::new();
        std::io::stdin()
            .lock()
            .read_line(&mut line)
            .context("can not read the password from standard input")?;
        line.trim_end_matches(['\n', '\r']).to_owned()
    };
    if password.chars().count() < SHORTEST {
        bail!("a password needs at least {SHORTEST} characters; nothing was changed");
    }
    Ok(password)
}
