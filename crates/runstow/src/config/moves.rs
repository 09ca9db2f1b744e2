//! `[[destination]]`: where copies may go.

use std::path::PathBuf;

use anyhow::{Result, bail};
use runstow_engine::moves::{Destinations, NamedDestination, Settings};
use serde::Deserialize;

use super::Config;

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
}

impl Config {
    /// What moves are told.
    #[must_use]
    pub fn moves(&self) -> Settings {
        let named = self.destination.iter().map(|destination| NamedDestination {
            name: destination.name.clone(),
            path: destination.path.clone(),
            not_mounted: destination.not_mounted,
        });
        Settings { destinations: Destinations::new(named.collect()) }
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
    fn destinations_need_names_and_paths_of_their_own() {
        let one = "[[destination]]\nname='tape'\npath='/mnt/tape'\n";
        let named = Config::parse(one).unwrap().moves();
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
