//! One PostgreSQL server for all tests of this process.
//!
//! It lives in a folder of its own below the folder for temporary files and listens on the loopback only. A
//! watchdog process stops it and removes the folder when this process ends, however it ends.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;

use super::programs::{find, output};

/// A server that runs, and the pipe whose end tells the watchdog that nobody needs it any more.
struct Cluster {
    url: String,
    _watched: ChildStdin,
}

/// The address of the server's own database, starting the server when this is the first call.
pub(super) fn server_url() -> String {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    match std::env::var("RUNSTOW_TEST_POSTGRES_URL") {
        Ok(url) if !url.is_empty() => url,
        _ => CLUSTER.get_or_init(|| start().expect("the PostgreSQL of the tests must start")).url.clone(),
    }
}

fn start() -> Result<Cluster, String> {
    let pattern = std::env::temp_dir().join("runstow-postgres-XXXXXX");
    let dir = output(as_owner("mktemp").arg("-d").arg(pattern))?;
    let data = Path::new(&dir).join("data");
    let watched = watch(&dir, &data)?;
    output(
        as_owner(find("initdb"))
            .args(["-U", "runstow", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data),
    )?;
    // Another process may take the free port before the server does; then the next one is tried.
    let mut last = String::new();
    for _ in 0..5 {
        let port = free_port()?;
        // Nothing outlives the tests, so nothing has to survive a power cut.
        let options = format!(
            "-F -c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={dir} \
             -c max_connections=400 -c shared_buffers=64MB -c full_page_writes=off -c synchronous_commit=off"
        );
        let mut command = as_owner(find("pg_ctl"));
        command.args(["start", "-w", "-D"]).arg(&data).arg("-l").arg(Path::new(&dir).join("log"));
        command.args(["-o", &options]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if command.status().map_err(|error| format!("pg_ctl: {error}"))?.success() {
            return Ok(Cluster {
                url: format!("postgres://runstow@127.0.0.1:{port}/postgres"),
                _watched: watched,
            });
        }
        last = std::fs::read_to_string(Path::new(&dir).join("log")).unwrap_or_default();
    }
    Err(format!("PostgreSQL did not start; its log: {last}"))
}

/// Starts the process that cleans up once its standard input ends, that is, when this process is gone.
fn watch(dir: &str, data: &Path) -> Result<ChildStdin, String> {
    let script = r#"cat >/dev/null; "$1" stop -m immediate -D "$2" >/dev/null 2>&1; rm -rf "$3""#;
    as_owner("sh")
        .args(["-c", script, "sh"])
        .arg(find("pg_ctl"))
        .arg(data)
        .arg(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // A group of its own: Ctrl-C in the terminal must not end it before its work is done.
        .process_group(0)
        .spawn()
        .map_err(|error| format!("the watchdog did not start: {error}"))?
        .stdin
        .take()
        .ok_or_else(|| "the watchdog has no standard input".to_owned())
}

/// A command under an account that PostgreSQL accepts: it refuses to run as root.
fn as_owner(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let root = output(Command::new("id").arg("-u")).is_ok_and(|id| id == "0");
    let mut command = if root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    // The account may not be allowed to enter the folder that the tests run in.
    command.current_dir("/");
    command
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| format!("no free port: {error}"))?;
    Ok(listener.local_addr().map_err(|error| error.to_string())?.port())
}
