//! `[moves]` and `[[destination]]`: how files are moved, and where copies may go.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use anyhow::{Result, bail};
use runstow_engine::moves::{Destinations, Limits, NamedDestination, Settings};
use runstow_lifecycle::Megabytes;
use serde::Deserialize;

use super::Config;

/// `[moves]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MovesSection {
    /// How many jobs one program carries out at a time. 0: `runstow serve` leaves them to `runstow worker`.
    pub workers: u32,
    /// How many files a job copies, reads back or removes at a time; left out: what suits the machine.
    pub files_at_a_time: Option<NonZeroUsize>,
    /// How many jobs may run at a time on one storage root, with all programs together; left out: any number.
    pub jobs_per_volume: Option<NonZeroU32>,
    /// The most files that one request may remove; left out: any number.
    pub max_delete: Option<u64>,
    /// The most MB of 2^20 bytes that one request may remove; left out: any number.
    pub max_delete_size_mb: Option<u64>,
}

impl Default for MovesSection {
    fn default() -> Self {
        Self {
            workers: 1,
            files_at_a_time: None,
            jobs_per_volume: None,
            max_delete: None,
            max_delete_size_mb: None,
        }
    }
}

/// `[[destination]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DestinationConfig {
    /// What people call it, on the command line and over the API.
    pub name: String,
    /// The root of the archive, absolute: a mounted disk or share.
    pub path: PathBuf,
    /// Take it though nothing is mounted there.
    #[serde(default)]
    pub not_mounted: bool,
    /// The most MB of 2^20 bytes in a second that one program copies there; left out: as fast as it goes.
    #[serde(default)]
    pub max_mb_per_second: Option<NonZeroU32>,
}

impl Config {
    /// What moves are told.
    #[must_use]
    pub fn move_settings(&self) -> Settings {
        let named = self.destination.iter().map(|destination| NamedDestination {
            name: destination.name.clone(),
            path: destination.path.clone(),
            not_mounted: destination.not_mounted,
            max_mb_per_second: destination.max_mb_per_second,
        });
        let MovesSection { max_delete, max_delete_size_mb, .. } = self.moves;
        Settings {
            destinations: Destinations::new(named.collect()),
            limits: Limits {
                files: max_delete,
                bytes: max_delete_size_mb.map(|mb| mb.saturating_mul(Megabytes::BYTES)),
            },
        }
    }
}

pub(super) fn check(destinations: &[DestinationConfig]) -> Result<()> {
    for (at, destination) in destinations.iter().enumerate() {
        let DestinationConfig { name, path, .. } = destination;
        if name.trim().is_empty() || name.contains('/') || name.chars().any(char::is_control) {
            bail!("the destination at {path:?} is named {name:?}; give it a name without slashes");
        }
        if !path.is_absolute() {
            bail!("destination {name:?}: path {path:?} is not absolute");
        }
        let before = &destinations[..at];
        if before.iter().any(|other| other.name == *name) {
            bail!("two destinations are named {name:?}; names must differ");
        }
        // Compared by components, so that a final slash makes no difference.
        if let Some(other) = before.iter().find(|other| other.path == *path) {
            bail!("destinations {:?} and {name:?} are at the same path {path:?}; one is enough", other.name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_none_that_would_stop_everything_by_mistake() {
        let text = "[moves]\nworkers = 3\njobs_per_volume = 2\nmax_delete = 10\nmax_delete_size_mb = 1\n";
        let limits = Config::parse(text).unwrap().move_settings().limits;
        assert_eq!(limits, Limits { files: Some(10), bytes: Some(1 << 20) });
        assert_eq!(Config::default().move_settings().limits, Limits::default());
        for wrong in [
            "[moves]\njobs_per_volume = 0\n",
            "[moves]\nfiles_at_a_time = 0\n",
            "[moves]\nmax_deletes = 1\n",
            "[moves]\nmax_delete = -1\n",
        ] {
            let text = Config::parse(wrong).unwrap_err().to_string();
            assert!(text.contains("line 2"), "{text}");
        }
    }

    #[test]
    fn destinations_need_names_and_paths_of_their_own() {
        let one = "[[destination]]\nname='tape'\npath='/mnt/tape'\n";
        let named = Config::parse(one).unwrap().move_settings();
        assert!(named.destinations.named("tape").is_ok());
        for (other, told) in [
            ("name='tape'\npath='/mnt/other'", "names must differ"),
            ("name='other'\npath='/mnt/tape/'", "same path"),
            ("name='a/b'\npath='/mnt/other'", "without slashes"),
            ("name='other'\npath='other'", "not absolute"),
        ] {
            let text = Config::parse(&format!("{one}[[destination]]\n{other}\n")).unwrap_err().to_string();
            assert!(text.contains(told), "{text}");
        }
    }
}
