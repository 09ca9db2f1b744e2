//! The real binary: run to its end, or as a server on a free port.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// A program under test with its environment: no configuration of the machine reaches it.
pub struct Program {
    binary: String,
    url: String,
}

impl Program {
    /// `binary` is `env!("CARGO_BIN_EXE_runstow")`; `url` the catalog it works on.
    pub fn new(binary: &str, url: &str) -> Self {
        Self { binary: binary.to_owned(), url: url.to_owned() }
    }

    /// The command with these arguments, not yet started.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(args).env_remove("RUNSTOW_LOG").env("RUNSTOW_CONFIG", "").env_remove("RUNSTOW_CONFIG");
        command.env("RUNSTOW_DATABASE_URL", &self.url).stdin(Stdio::null());
        command
    }

    /// Runs to the end.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the program starts")
    }

    /// Runs to the end; its exit code, and all that it said.
    pub fn said(&self, args: &[&str]) -> (i32, String) {
        said(&mut self.command(args))
    }

    /// Runs to the end with this standard input.
    pub fn run_with(&self, args: &[&str], input: &str) -> Output {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it reads its input");
        child.wait_with_output().expect("it ends")
    }

    /// Runs to the end, must succeed, and gives what it printed.
    pub fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(
            output.status.success(),
            "runstow {args:?}: {}\n{}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("it prints UTF-8")
    }

    /// Starts a server command (`serve` or `demo` with its options) and waits until it says its address.
    pub fn serve(&self, args: &[&str], dir: &Path) -> Server {
        let mut command = self.command(args);
        command.current_dir(dir).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut base = None;
        for line in lines.by_ref().map_while(Result::ok) {
            let address = |word: &&str| word.starts_with("http://") || word.starts_with("https://");
            if let Some(word) = line.split_whitespace().find(address) {
                base = Some(word.trim_end_matches('/').to_owned());
                break;
            }
        }
        let base = base.unwrap_or_else(|| panic!("runstow {args:?} ended without saying its address"));
        // Keeps the pipe empty, or the server would block on it.
        std::thread::spawn(move || lines.for_each(drop));
        Server { child, base }
    }
}

/// Runs a command to its end; its exit code (-1: a signal), and what it said on both outputs.
pub fn said(command: &mut Command) -> (i32, String) {
    let output = command.output().expect("the program starts");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
}

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    base: String,
}

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }
}

impl Server {
    /// `http://127.0.0.1:PORT`, or with `https` when it was given a certificate.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The process, to send it signals.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// A connection to write raw bytes to.
    pub fn connect(&self) -> TcpStream {
        let (_, address) = self.base.split_once("://").expect("an address");
        let stream = TcpStream::connect(address).expect("the server takes connections");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a socket takes a timeout");
        stream
    }

    /// GET without credentials.
    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[], b"")
    }

    /// Any request, on a connection of its own.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let host = self.base.trim_start_matches("http://");
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let mut stream = self.connect();
        stream.write_all(head.as_bytes()).expect("the server reads");
        stream.write_all(body).expect("the server reads");
        read_answer(&mut stream)
    }

    /// Asks the server to stop as a service manager would, and waits; gives whether it ended well.
    pub fn stop(mut self) -> bool {
        let status = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        assert!(status.is_ok_and(|status| status.success()), "kill -TERM works");
        self.child.wait().is_ok_and(|status| status.success())
    }

    /// Kills the server at once.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads an answer to the end of the connection.
pub fn read_answer(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // A reset after the answer (the server refused to read all we sent) leaves what came before it.
    let _ = stream.read_to_end(&mut bytes);
    let split = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let Some(split) = split else { panic!("no answer: {:?}", String::from_utf8_lossy(&bytes)) };
    let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let raw = bytes[split + 4..].to_vec();
    let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if chunked { joined_chunks(&raw) } else { raw };
    Answer { status: status.expect("a status line"), headers, body }
}

fn joined_chunks(mut raw: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = raw.windows(2).position(|two| two == b"\r\n") {
        let size =
            std::str::from_utf8(&raw[..end]).ok().and_then(|hex| usize::from_str_radix(hex.trim(), 16).ok());
        let Some(size @ 1..) = size else { break };
        let start = end + 2;
        let stop = (start + size).min(raw.len());
        body.extend_from_slice(&raw[start..stop]);
        raw = raw.get(stop + 2..).unwrap_or_default();
    }
    body
}
