//! What must hold between the records of a document, checked before anything is changed.

mod jobs;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Display;
use std::hash::Hash;

use super::shape::{Document, ResultEntry, UserEntry};
use crate::error::{CatalogError, Result};
use crate::volumes::{VolumeKind, VolumeStatus};
use crate::{passwords, tokens, users};

/// Checks ids, references and accounts. The error names the place.
pub(super) fn check(document: &Document) -> Result<()> {
    let experiments = unique("experiments", "id", document.experiments.iter().map(|entry| entry.id.0))?;
    unique("events", "id", document.events.iter().map(|entry| entry.id.0))?;
    unique("fileservers", "id", document.fileservers.iter().map(|entry| entry.id.0))?;
    unique("messages", "id", document.messages.iter().map(|entry| entry.id.0))?;
    unique("globalconfig", "id", document.globalconfig.iter().map(|entry| entry.id))?;
    unique("volumes", "id", document.volumes.iter().map(|entry| entry.id.0))?;
    unique("volumes", "path", document.volumes.iter().map(|entry| entry.path.as_str()))?;
    unique("users", "username", document.users.iter().map(|entry| entry.username.as_str()))?;
    for (index, volume) in document.volumes.iter().enumerate() {
        if VolumeKind::from_name(&volume.kind).is_none() {
            return wrong(format_args!(
                "volumes[{index}].kind: {:?} is not runs, reports or archive",
                volume.kind
            ));
        }
        if VolumeStatus::from_name(&volume.status).is_none() {
            let status = &volume.status;
            return wrong(format_args!(
                "volumes[{index}].status: {status:?} is not ready, missing or unproven"
            ));
        }
    }
    for (index, config) in document.globalconfig.iter().enumerate() {
        if config.id < 1 {
            return wrong(format_args!("globalconfig[{index}].id: {} is not an id", config.id));
        }
    }
    for (index, result) in document.results.iter().enumerate() {
        let Some(run) = experiments.get(&result.experiment.0) else {
            let id = result.experiment.0;
            return wrong(format_args!("results[{index}].experiment: no experiment has the id {id}"));
        };
        sigproc_keep(index, result, *run, &document.experiments[*run].storage_options.0)?;
    }
    unique("holds", "id", document.holds.iter().map(|entry| entry.id.0))?;
    let reports = unique("results", "id", document.results.iter().map(|entry| entry.id.0))?;
    for (index, hold) in document.holds.iter().enumerate() {
        let known = match (&hold.result, &hold.experiment) {
            (Some(report), None) => reports.contains_key(&report.0),
            (None, Some(run)) => experiments.contains_key(&run.0),
            _ => return wrong(format_args!("holds[{index}]: either result or experiment must be given")),
        };
        if !known {
            return wrong(format_args!(
                "holds[{index}]: it is on a report or run that is not in the document"
            ));
        }
    }
    jobs::check(document)?;
    accounts(&document.users)
}

/// The position of each value, refusing a second one that is the same.
fn unique<T: Copy + Eq + Hash + Display>(
    list: &str,
    key: &str,
    values: impl Iterator<Item = T>,
) -> Result<HashMap<T, usize>> {
    let mut seen = HashMap::new();
    for (index, value) in values.enumerate() {
        match seen.entry(value) {
            Entry::Vacant(place) => place.insert(index),
            Entry::Occupied(first) => {
                let first = first.get();
                return wrong(format_args!(
                    "{list}[{index}].{key}: {value} is that of {list}[{first}] already"
                ));
            }
        };
    }
    Ok(seen)
}

/// Keep of signal files belongs to the run; a document that says both must not contradict itself.
fn sigproc_keep(index: usize, result: &ResultEntry, run: usize, storage_options: &str) -> Result<()> {
    match &result.categories.sigproc {
        Some(sigproc) if sigproc.keep != (storage_options == "KI") => wrong(format_args!(
            "results[{index}].categories.sigproc.keep: {} contradicts experiments[{run}].storage_options {storage_options:?}",
            sigproc.keep
        )),
        _ => Ok(()),
    }
}

fn accounts(users: &[UserEntry]) -> Result<()> {
    let mut keys = HashMap::new();
    for (index, user) in users.iter().enumerate() {
        if let Some(reason) = users::bad_username(&user.username) {
            return wrong(format_args!("users[{index}].username: {reason}"));
        }
        if user.password.is_some() && user.password_hash.is_some() {
            return wrong(format_args!("users[{index}]: password and password_hash are both given"));
        }
        if user.password_hash.as_ref().is_some_and(|hash| !passwords::is_hash(hash)) {
            return wrong(format_args!("users[{index}].password_hash: not an Argon2 hash in PHC form"));
        }
        if user.superuser && user.role.is_some_and(|role| role != runstow_lifecycle::Role::Admin) {
            return wrong(format_args!("users[{index}].role: contradicts superuser"));
        }
        let clear = user.api_key.iter().map(|key| ("api_key".to_owned(), tokens::digest(key)));
        let kept = user.api_keys.iter().enumerate();
        let kept = kept.map(|(at, key)| (format!("api_keys[{at}].key_hash"), key.key_hash.clone()));
        for (place, digest) in clear.chain(kept) {
            let place = format!("users[{index}].{place}");
            if !tokens::is_digest(&digest) {
                return wrong(format_args!("{place}: not a SHA-256 in 64 lower-case hexadecimal digits"));
            }
            if let Some(first) = keys.insert(digest, place.clone()) {
                return wrong(format_args!("{place}: the key is that of {first} already"));
            }
        }
    }
    Ok(())
}

fn wrong<T>(what: std::fmt::Arguments<'_>) -> Result<T> {
    Err(CatalogError::Invalid(what.to_string()))
}
