//! What people and programs are told about a verification.

use runstow_lifecycle::{Category, State};
use runstow_storage::verify::{Damage, Differences, Finding, Verified};
use serde_json::{Value, json};

/// Findings that a job's result names; all are counted.
pub(in crate::moves) const FINDINGS: usize = 100;

/// A number with commas between thousands.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 file`, `1,204 files`.
fn counted(number: u64, one: &str) -> String {
    format!("{} {one}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// One sentence.
pub(in crate::moves) fn summary(verified: &Verified, findings: &[Finding], state: State) -> String {
    if verified.unproven {
        return "no record of Runstow lies there, so there is nothing to compare with; so it is with archives of Torrent \
                Suite"
            .to_owned();
    }
    let read = if verified.complete {
        format!("{} read", counted(verified.read_files, "file"))
    } else {
        format!("a sample of {} of {} read", grouped(verified.read_files), counted(verified.files, "file"))
    };
    if verified.counts.is_empty() {
        return format!("{read}, all whole");
    }
    let mut parts = Vec::new();
    let lost = lost(verified);
    let all = verified.files + verified.links;
    match findings.iter().find(|finding| finding.path.0.is_empty()) {
        Some(folder) => parts.push(format!("the archive folder: {}", folder.damage)),
        None if lost > 0 => parts.push(format!(
            "{} of {} {} damaged",
            grouped(lost),
            counted(all.max(lost), "file"),
            if lost == 1 { "is" } else { "are" }
        )),
        None => {}
    }
    let of = |word| verified.counts.get(word).copied().unwrap_or_default();
    if of("list") > 0 {
        parts.push("the list of files is damaged, so no file could be compared".to_owned());
    }
    if of("record") > 0 {
        parts.push("the record is damaged".to_owned());
    }
    if of("checksums") > 0 {
        parts.push("the file of checksums is missing or damaged".to_owned());
    }
    if of("extra") > 0 {
        let verb = if of("extra") == 1 { "is" } else { "are" };
        parts.push(format!(
            "{} {verb} in no list",
            counted(of("extra"), "entry").replace("entrys", "entries")
        ));
    }
    let mut text = format!("{} ({read})", parts.join("; "));
    if let Some(advice) = advice(verified, state) {
        text += &format!("; {advice}");
    }
    text
}

/// Files, links and folders that are not what they were.
fn lost(verified: &Verified) -> u64 {
    let apart = ["extra", "checksums", "list", "record"];
    verified.counts.iter().filter(|(word, _)| !apart.contains(word)).map(|(_, count)| count).sum()
}

/// Whether a source still exists, and what to do.
fn advice(verified: &Verified, state: State) -> Option<&'static str> {
    let needed = lost(verified) > 0 || verified.counts.keys().any(|word| ["list", "record"].contains(word));
    needed.then(|| {
        if state.at_rest_local() {
            "the files are still in place: export again"
        } else if state == State::Archived {
            "this was the only copy Runstow knows of: restore from a backup"
        } else {
            "the files were deleted, and this was the only copy Runstow knows of: restore from a backup"
        }
    })
}

/// The result of a job.
pub(in crate::moves) fn result(
    folder: &str,
    category: Category,
    verified: &Verified,
    findings: &[Finding],
    state: State,
) -> Value {
    let counts: serde_json::Map<String, Value> = Damage::WORDS
        .into_iter()
        .filter_map(|word| Some((word.to_owned(), Value::from(*verified.counts.get(word)?))))
        .collect();
    let shown: Vec<Value> = findings.iter().take(FINDINGS).map(shown).collect();
    json!({
        "summary": summary(verified, findings, state),
        "whole": verified.whole(),
        "unproven": verified.unproven,
        "folder": folder,
        "category": category.api_prefix(),
        "files": verified.files,
        "links": verified.links,
        "folders": verified.folders,
        "bytes": verified.bytes,
        "read_files": verified.read_files,
        "read_bytes": verified.read_bytes,
        "all_read": verified.complete,
        "read_from_medium": verified.from_medium,
        "finding_count": verified.findings(),
        "counts": counts,
        "findings": shown,
        "other_times": differences(&verified.times),
        "other_modes": differences(&verified.modes),
        "extra_files_unknown": verified.extras_unknown,
        "advice": advice(verified, state),
    })
}

fn shown(finding: &Finding) -> Value {
    json!({"path": finding.path, "what": finding.damage.word(), "text": finding.damage.to_string()})
}

fn differences(of: &Differences) -> Value {
    json!({"count": of.count, "first": of.first})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verified(counts: &[(&'static str, u64)]) -> Verified {
        Verified {
            files: 1204,
            read_files: 1204,
            complete: true,
            counts: counts.iter().copied().collect(),
            ..Verified::default()
        }
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 7, 999, 1000, 1_234_567].map(grouped), ["0", "7", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_summary_says_what_is_damaged_and_whether_a_source_still_exists() {
        let told = |counts: &[(&'static str, u64)], state| summary(&verified(counts), &[], state);
        assert_eq!(told(&[], State::Archived), "1,204 files read, all whole");
        assert_eq!(
            told(&[("content", 2), ("missing", 1)], State::Archived),
            "3 of 1,204 files are damaged (1,204 files read); this was the only copy Runstow knows of: restore from a backup"
        );
        assert_eq!(
            told(&[("size", 1)], State::Notified),
            "1 of 1,204 files is damaged (1,204 files read); the files are still in place: export again"
        );
        // What lies there besides is no reason to copy again.
        assert_eq!(told(&[("extra", 2)], State::Local), "2 entries are in no list (1,204 files read)");
        assert!(told(&[("list", 1)], State::Deleted).contains("no file could be compared"));
    }
}
