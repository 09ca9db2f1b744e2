//! The plan of a job on disk: a line per entry, each a check and JSON, and a last line without which it does not count.

use std::ffi::CString;
use std::io::{BufRead as _, BufReader};
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use rustix::fs::OFlags;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::{Journal, Reading};
use crate::disk;
use crate::failure::Failure;
use crate::plan::{Base, Digest, Planned, Totals};

pub(super) const NAME: &std::ffi::CStr = c"plan";

/// Bytes gathered before they are written.
const BUFFER: usize = 256 * 1024;

/// Length of the check in front of a line, with the blank after it.
const CHECK: usize = 17;

/// 64 bits of a hash in hexadecimal digits, and a blank.
fn check(json: &[u8]) -> [u8; CHECK] {
    let mut text = [b' '; CHECK];
    text[..16].copy_from_slice(&blake3::hash(json).to_hex().as_bytes()[..16]);
    text
}

fn parse(line: &[u8]) -> Option<Line> {
    let (given, json) = line.strip_suffix(b"\n")?.split_at_checked(CHECK)?;
    if given == check(json) { serde_json::from_slice(json).ok() } else { None }
}

/// The last line: what the entries mean, and their number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) entries: u64,
    pub(crate) bases: Vec<Base>,
    /// Of a delete: for each of them the folder whose trash takes its files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) trash: Vec<PathBuf>,
    pub(crate) totals: Totals,
    pub(crate) digest: Digest,
    /// The attempt that made it, which names the slots.
    pub(crate) made_by: u64,
    /// What could not be looked at and stays.
    pub(crate) left_alone: Vec<String>,
    /// Of a delete from an archive: the file name of the record that told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) record: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Entry(Planned),
    End { end: Box<Head> },
}

/// A plan that is being written.
pub(crate) struct PlanFile {
    /// Its name until it is whole. Each attempt has its own: one that was displaced and comes back writes where nobody looks.
    name: CString,
    file: OwnedFd,
    buffer: Vec<u8>,
    at: u64,
    entries: u64,
    failed: Option<Errno>,
}

impl PlanFile {
    /// Begins anew.
    pub(crate) fn begin(journal: &Journal) -> Result<Self, Failure> {
        let failed = |errno| journal.failed("write the plan in the journal")(errno);
        let name = CString::new(format!("plan-{}", journal.fence)).map_err(|_| failed(Errno::INVAL))?;
        let file = disk::open_journal_file(journal.fd(), &name).map_err(failed)?;
        disk::set_length(&file, 0).map_err(failed)?;
        Ok(Self { name, file, buffer: Vec::with_capacity(BUFFER + 4096), at: 0, entries: 0, failed: None })
    }

    /// Adds an entry. A failure is told at the end.
    pub(crate) fn add(&mut self, planned: Planned) {
        self.entries += 1;
        self.line(&Line::Entry(planned));
        if self.buffer.len() >= BUFFER {
            self.flush();
        }
    }

    fn line(&mut self, line: &Line) {
        // Text, numbers and base64: nothing that JSON can not hold.
        match serde_json::to_vec(line) {
            Ok(json) => {
                self.buffer.extend_from_slice(&check(&json));
                self.buffer.extend_from_slice(&json);
                self.buffer.push(b'\n');
            }
            Err(_) => self.failed = Some(Errno::INVAL),
        }
    }

    fn flush(&mut self) {
        if self.failed.is_none()
            && let Err(errno) = disk::write_at(&self.file, &self.buffer, self.at)
        {
            self.failed = Some(errno);
        }
        self.at += self.buffer.len() as u64;
        self.buffer.clear();
    }

    /// Forgets the plan: files are not what it says, and the next attempt makes a new one.
    pub(crate) fn discard(journal: &Journal) -> Result<(), Failure> {
        crate::remove::own_copy(journal.fd(), NAME).map_err(journal.failed("forget the plan in the journal"))
    }

    /// The number of entries so far.
    pub(crate) const fn entries(&self) -> u64 {
        self.entries
    }

    /// Ends the plan, durably. Returns the plan that counts: another attempt may have been quicker.
    pub(crate) fn finish(mut self, journal: &Journal, head: Head) -> Result<Head, Failure> {
        self.line(&Line::End { end: Box::new(head.clone()) });
        self.flush();
        let failed = |errno| journal.failed("write the plan in the journal")(errno);
        self.failed.map_or(Ok(()), Err).map_err(failed)?;
        disk::sync(&self.file).map_err(failed)?;
        let mut placed = disk::rename_new(journal.fd(), &self.name, journal.fd(), NAME);
        if placed == Err(Errno::EXIST) {
            if let Some((_, other)) = PlanReader::open(journal)? {
                return Ok(other);
            }
            // Not whole, so it never counted.
            Self::discard(journal)?;
            placed = disk::rename_new(journal.fd(), &self.name, journal.fd(), NAME);
        }
        placed.map_err(failed)?;
        disk::sync(journal.fd()).map_err(failed)?;
        Ok(head)
    }
}

/// Reads a plan.
pub(crate) struct PlanReader<'j> {
    journal: &'j Journal,
    lines: BufReader<Reading<OwnedFd>>,
    line: Vec<u8>,
    /// Where the line begins that was read last, and where it ends: bytes from the beginning.
    at: u64,
    end: u64,
    next: u64,
}

/// Where an entry stands in a plan. A plan may have millions of entries, each of some hundred bytes in memory; what is needed
/// again is read again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    at: u64,
    length: u32,
}

impl<'j> PlanReader<'j> {
    /// Opens the plan; none when there is no whole and undamaged one.
    pub(crate) fn open(journal: &'j Journal) -> Result<Option<(Self, Head)>, Failure> {
        let Some(mut reader) = Self::start(journal)? else { return Ok(None) };
        let mut entries = 0;
        while reader.read_line()? {
            match reader.parse() {
                Some(Line::Entry(_)) => entries += 1,
                Some(Line::End { end }) if end.entries == entries => {
                    let again = Self::start(journal)?;
                    return Ok(again.map(|again| (again, *end)));
                }
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    fn parse(&self) -> Option<Line> {
        parse(&self.line)
    }

    fn start(journal: &'j Journal) -> Result<Option<Self>, Failure> {
        match disk::open(journal.fd(), NAME, OFlags::RDONLY) {
            Ok(file) => {
                let lines = BufReader::with_capacity(BUFFER, Reading(file));
                Ok(Some(Self { journal, lines, line: Vec::new(), at: 0, end: 0, next: 0 }))
            }
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(journal.failed("read the plan in the journal")(errno)),
        }
    }

    fn read_line(&mut self) -> Result<bool, Failure> {
        self.line.clear();
        let read = self.lines.read_until(b'\n', &mut self.line).map_err(|error| {
            let errno = Errno::from_io_error(&error).unwrap_or(Errno::IO);
            self.journal.failed("read the plan in the journal")(errno)
        })?;
        self.at = self.end;
        self.end += read as u64;
        Ok(read > 0)
    }

    /// Where the entry stands that was read last.
    pub(crate) fn position(&self) -> Position {
        // A line has a path or two of at most 16 KiB, the text of a link, and attributes.
        Position { at: self.at, length: self.line.len().try_into().unwrap_or(u32::MAX) }
    }

    /// Reads an entry once more. What comes next stays what it was.
    pub(crate) fn again(&self, position: Position) -> Result<Planned, Failure> {
        let mut line = vec![0; position.length as usize];
        let file = &self.lines.get_ref().0;
        // A line that is cut short has no true check.
        disk::fill_at(file, &mut line, position.at)
            .map_err(self.journal.failed("read the plan in the journal"))?;
        match parse(&line) {
            Some(Line::Entry(planned)) => Ok(planned),
            _ => Err(Failure::Journal {
                path: self.journal.path().join("plan"),
                why: format!("the line at byte {}", position.at),
            }),
        }
    }

    /// The next entry and its number.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Planned)>, Failure> {
        if !self.read_line()? {
            return Ok(None);
        }
        match self.parse() {
            Some(Line::Entry(planned)) => {
                self.next += 1;
                Ok(Some((self.next - 1, planned)))
            }
            Some(Line::End { .. }) => Ok(None),
            None => Err(Failure::Journal {
                path: self.journal.path().join("plan"),
                why: format!("line {}", self.next + 1),
            }),
        }
    }
}
