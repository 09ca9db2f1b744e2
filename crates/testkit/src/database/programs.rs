//! The database's own programs, found where Debian puts them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs SQL with `psql`.
pub(super) fn psql(url: &str, sql: &str) -> Result<String, String> {
    let mut command = Command::new(find("psql"));
    command.args([
        "--no-psqlrc",
        "--quiet",
        "--no-align",
        "--tuples-only",
        "-v",
        "ON_ERROR_STOP=1",
        "-d",
        url,
    ]);
    output(command.args(["-c", sql]))
}

/// Runs SQL with `sqlite3`.
pub(super) fn sqlite3(file: &Path, sql: &str) -> Result<String, String> {
    output(Command::new("sqlite3").args(["-bail", "-cmd", ".timeout 10000"]).arg(file).arg(sql))
}

/// Runs a program to its end and gives what it printed, without the last line break.
pub(super) fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().display().to_string();
    let out = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{name} can not be run ({error}): apt install postgresql sqlite3"))?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).trim_end_matches('\n').to_owned());
    }
    Err(format!("{name} failed, {}: {}", out.status, String::from_utf8_lossy(&out.stderr)))
}

/// A program of PostgreSQL: the newest version below /usr/lib/postgresql, otherwise from PATH.
pub(super) fn find(name: &str) -> PathBuf {
    let version = |path: &Path| {
        let number =
            path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<u32>().ok());
        number.unwrap_or(0)
    };
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    versions.sort_by_key(|path| version(path));
    let installed = versions.iter().rev().map(|path| path.join("bin").join(name)).find(|path| path.exists());
    let on_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).map(|dir| dir.join(name)).find(|path| path.exists())
    };
    installed.or_else(on_path).unwrap_or_else(|| {
        panic!(
            "this test needs PostgreSQL, and {name} is neither below /usr/lib/postgresql nor in PATH: \
             apt install postgresql, or set RUNSTOW_TEST_POSTGRES_URL to a server where databases may be made"
        )
    })
}
