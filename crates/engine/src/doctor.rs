//! Examining the whole installation, with advice. It changes nothing.

use std::path::Path;

use jiff::Timestamp;
use runstow_catalog::times::timestamp;
use runstow_catalog::{Catalog, DatabaseUrl, ScanOutcome, VolumeStatus};
use runstow_lifecycle::Role;
use runstow_storage::discover::{Discovered, StorageRoots, discover};
use runstow_storage::walk::StartError;
use serde::Serialize;

use crate::EngineError;
use crate::moves::vanished;
use crate::roots::{RootKind, StorageRoot};
use crate::volumes;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// It works, but look at it.
    Note,
    /// It does not work until something is done.
    Problem,
}

/// One thing that was examined.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// How bad.
    pub level: Level,
    /// What was examined.
    pub what: String,
    /// What was found.
    pub found: String,
    /// What to do, empty when nothing.
    pub advice: String,
}

impl Finding {
    /// Makes a finding.
    pub fn new(level: Level, what: &str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { level, what: what.to_owned(), found: found.into(), advice: advice.into() }
    }
}

/// Percent of a volume in use at which people should act (lifecycle.md §6: mail at 95 %).
const NEARLY_FULL: f64 = 95.0;

/// Below this many MB the disk of a SQLite catalog is nearly full.
const CATALOG_ROOM_MB: u64 = 256;

/// Examines catalog, users, volumes, clock and scans.
///
/// # Errors
/// When the catalog stops answering in between.
pub async fn examine(
    catalog: &Catalog,
    roots: &[StorageRoot],
    anonymous_read: bool,
) -> Result<Vec<Finding>, EngineError> {
    let mut findings = vec![database(catalog).await];
    findings.extend(catalog_disk(catalog));
    findings.push(users(catalog, anonymous_read).await?);
    if roots.is_empty() {
        let advice = "add [[file_server]] and [[report_storage]] to runstow.toml";
        findings.push(Finding::new(Level::Problem, "storage", "no storage root is configured", advice));
    }
    // Looking leaves no mark.
    let looked = volumes::look_at_all(catalog, roots).await?;
    let storage_roots = looked.storage_roots(&catalog.volumes().await?);
    for (root, looked) in roots.iter().zip(looked.iter()) {
        findings.push(volume(root, &looked.facts));
        if looked.is_ready() {
            findings.extend(below(root, &storage_roots));
        }
    }
    for vanished in vanished(catalog).await?.into_values() {
        let what = format!("volume {}", vanished.name);
        let advice = "look whether the disk is whole, then scan";
        findings.push(Finding::new(Level::Problem, &what, vanished.reason(), advice));
    }
    findings.extend(orphans(catalog).await?);
    findings.extend(maintenance(catalog).await?);
    findings.push(clock(catalog).await?);
    findings.extend(last_scan(catalog).await?);
    Ok(findings)
}

async fn database(catalog: &Catalog) -> Finding {
    let what = "catalog";
    match catalog.version().await {
        Ok(_) => match catalog.write_test().await {
            Ok(()) => {
                Finding::new(Level::Ok, what, format!("{} answers and can be written", catalog.url()), "")
            }
            Err(error) => Finding::new(
                Level::Problem,
                what,
                error.to_string(),
                "look at owner, rights and space of the database",
            ),
        },
        Err(error) => {
            Finding::new(Level::Problem, what, error.to_string(), "look at the database and its address")
        }
    }
}

fn catalog_disk(catalog: &Catalog) -> Option<Finding> {
    let DatabaseUrl::Sqlite(path) = catalog.url() else { return None };
    let what = "catalog disk";
    let folder = std::path::absolute(path).ok()?;
    let volume = runstow_storage::Volume::look_at(folder.parent()?).ok()?;
    let mb = volume.available_bytes >> 20;
    Some(if mb < CATALOG_ROOM_MB {
        let advice = "free space there: without room nothing can be recorded";
        Finding::new(Level::Problem, what, format!("only {mb} MB are free"), advice)
    } else {
        Finding::new(Level::Ok, what, format!("{mb} MB free"), "")
    })
}

async fn users(catalog: &Catalog, anonymous_read: bool) -> Result<Finding, EngineError> {
    let users = catalog.users().await?;
    let admins = users.iter().filter(|user| user.active && user.role == Role::Admin).count();
    let reading = if anonymous_read { "anyone may read" } else { "reading needs an account" };
    let found = format!("{} users, {admins} of them active admins; {reading}", users.len());
    Ok(if admins == 0 {
        Finding::new(Level::Note, "users", found, "add an admin: runstow user add NAME --role admin")
    } else {
        Finding::new(Level::Ok, "users", found, "")
    })
}

fn volume(root: &StorageRoot, facts: &runstow_catalog::VolumeFacts) -> Finding {
    let what = format!("volume {}", root.name);
    if facts.status != VolumeStatus::Ready {
        let advice = "mount it or correct the path; until then nothing on it is scanned or changes state";
        return Finding::new(Level::Problem, &what, facts.status_reason.clone(), advice);
    }
    let percent = match (facts.total_bytes, facts.available_bytes) {
        (Some(total @ 1..), Some(available)) => total.saturating_sub(available) as f64 / total as f64 * 100.0,
        _ => 0.0,
    };
    let found = format!("{} is there, {percent:.0} % used", root.path.display());
    if percent >= NEARLY_FULL {
        return Finding::new(Level::Note, &what, found, "it is nearly full: see what can be archived");
    }
    if facts.marker.is_none() && root.mark {
        return Finding::new(Level::Note, &what, found, "it has no marker yet; the first scan makes one");
    }
    Finding::new(Level::Ok, &what, found, "")
}

/// What lies in the root: can this user read it, and is an archive among it?
fn below(root: &StorageRoot, roots: &StorageRoots) -> Vec<Finding> {
    let found = discover(&root.path, root.depth, roots);
    let archives = found.as_ref().map(|found| found.archives.as_slice()).unwrap_or_default();
    let archives = archives.first().map(|first| {
        let text = format!("{} lie below it and are passed over by scans, the first: {}", archives.len(), first.path.display());
        let advice = "archives are safer on another disk than what they are copies of; `runstow restore --from` brings them back";
        Finding::new(Level::Note, &format!("archives on {}", root.name), text, advice)
    });
    std::iter::once(rights(root, found)).chain(archives).collect()
}

fn rights(root: &StorageRoot, found: Result<Discovered, StartError>) -> Finding {
    let what = format!("rights on {}", root.name);
    match found {
        Ok(found) if found.skipped.is_empty() => {
            let of = match root.kind {
                RootKind::Runs => "runs and reports",
                RootKind::Reports => "reports",
            };
            Finding::new(Level::Ok, &what, format!("{} {of} can be reached", found.found.len()), "")
        }
        Ok(found) => {
            let first = found.skipped.first().map(ToString::to_string).unwrap_or_default();
            let text = format!("{} folders can not be looked into, the first: {first}", found.skipped.len());
            Finding::new(
                Level::Note,
                &what,
                text,
                "give this user the right to read them, or run as one who has it",
            )
        }
        Err(error) => {
            Finding::new(Level::Problem, &what, error.to_string(), "give this user the right to read it")
        }
    }
}

/// Categories that no action takes, since they say that a job is at them.
async fn orphans(catalog: &Catalog) -> Result<Option<Finding>, EngineError> {
    let orphans = catalog.orphaned_states().await?;
    Ok(orphans.first().map(|first| {
        let found = format!(
            "{} categories are in process or in error without a job, such as {} of report {}: {} ({})",
            orphans.len(),
            first.category,
            first.report_id,
            first.state.label(),
            first.state
        );
        let advice = "look where their files are and say so: runstow catalog settle REPORT --category CATEGORY --is WHERE";
        Finding::new(Level::Problem, "states", found, advice)
    }))
}

async fn maintenance(catalog: &Catalog) -> Result<Option<Finding>, EngineError> {
    let on = catalog.maintenance().await?;
    Ok(on.map(|on| {
        let found = format!("on since {} by {}: {}", timestamp(on.since_us), on.by, on.reason);
        Finding::new(Level::Note, "maintenance", found, "no job is begun until: runstow maintenance off")
    }))
}

async fn clock(catalog: &Catalog) -> Result<Finding, EngineError> {
    let now = Timestamp::now();
    let newest = catalog.last_scans(1).await?.first().map(|scan| timestamp(scan.started_us));
    let found = format!("{now}");
    let advice = "set the clock (timedatectl): ages and quiet periods depend on it";
    let built: Timestamp = Timestamp::from_second(1_767_225_600).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(if now < built || newest.is_some_and(|newest| newest > now) {
        Finding::new(
            Level::Problem,
            "clock",
            format!("{found} is earlier than what is known to have happened"),
            advice,
        )
    } else {
        Finding::new(Level::Ok, "clock", found, "")
    })
}

/// When the last scan was, how it ended, and whether it left something in doubt.
async fn last_scan(catalog: &Catalog) -> Result<Vec<Finding>, EngineError> {
    let what = "scans";
    let last = catalog.last_scans(1).await?;
    let summary = last.first().and_then(|scan| serde_json::from_str::<serde_json::Value>(&scan.summary).ok());
    let in_doubt = summary.and_then(|summary| summary["in_doubt"].as_u64()).filter(|reports| *reports > 0);
    let in_doubt = in_doubt.map(|reports| {
        let found = format!("the last scan found {reports} reports whose run is in doubt");
        let advice = "`runstow scan` names them, with the directories that could be their run";
        Finding::new(Level::Problem, "runs of reports", found, advice)
    });
    let finding = match last.first() {
        None => Finding::new(Level::Note, what, "none yet", "run: runstow scan"),
        Some(scan) => {
            let found =
                format!("the last began {} and is {}", timestamp(scan.started_us), scan.outcome.name());
            let level = if scan.outcome == ScanOutcome::Failed { Level::Problem } else { Level::Ok };
            let advice = if level == Level::Problem { "run it by hand to see why: runstow scan" } else { "" };
            Finding::new(level, what, found, advice)
        }
    };
    Ok(std::iter::once(finding).chain(in_doubt).collect())
}

/// Whether the configuration file could be found; the binary knows where it looked.
pub fn configuration(source: Option<&Path>) -> Finding {
    match source {
        Some(path) => Finding::new(Level::Ok, "configuration", path.display().to_string(), ""),
        None => Finding::new(
            Level::Note,
            "configuration",
            "no file found, defaults are used",
            "write /etc/runstow/runstow.toml",
        ),
    }
}
