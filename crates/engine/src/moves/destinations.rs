//! The destinations that a site's configuration names.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use super::Destination;

/// A destination with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedDestination {
    /// What people call it.
    pub name: String,
    /// The root of the archive.
    pub path: PathBuf,
    /// Take it though nothing is mounted there.
    pub not_mounted: bool,
    /// The most MB of 2^20 bytes in a second that are copied there by one program; none: as fast as it goes.
    pub max_mb_per_second: Option<NonZeroU32>,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destinations(Vec<NamedDestination>);

/// What a person named as a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named<'a> {
    /// A configured one, by its name or its path.
    Configured(&'a NamedDestination),
    /// A path that the configuration does not name.
    Elsewhere(PathBuf),
}

/// A word that is neither the name of a destination nor an absolute path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is no destination: name an absolute path, or one of the configuration{known}")]
pub struct NoDestination {
    given: String,
    known: String,
}

impl Destinations {
    /// From the configuration, which has seen to it that names and paths differ.
    #[must_use]
    pub fn new(all: Vec<NamedDestination>) -> Self {
        Self(all)
    }

    /// In the order of the configuration.
    pub fn iter(&self) -> impl Iterator<Item = &NamedDestination> {
        self.0.iter()
    }

    /// Which one is meant?
    ///
    /// # Errors
    /// Names those that there are.
    pub fn named(&self, text: &str) -> Result<Named<'_>, NoDestination> {
        let path = Path::new(text);
        let meant = |known: &&NamedDestination| known.name == text || known.path == path;
        if let Some(known) = self.0.iter().find(meant) {
            return Ok(Named::Configured(known));
        }
        if path.is_absolute() {
            return Ok(Named::Elsewhere(path.to_owned()));
        }
        let names: Vec<&str> = self.0.iter().map(|known| known.name.as_str()).collect();
        let known =
            if names.is_empty() { " (there are none)".into() } else { format!(": {}", names.join(", ")) };
        Err(NoDestination { given: text.to_owned(), known })
    }
}

impl Named<'_> {
    /// Looks at it; to be called where waiting for a disk is no harm.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to do.
    pub fn look_at(&self, not_mounted: bool) -> Result<Destination, String> {
        match self {
            Self::Configured(known) => Destination::look_at(&known.path, not_mounted || known.not_mounted),
            Self::Elsewhere(path) => Destination::look_at(path, not_mounted),
        }
    }

    /// Its root.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Configured(known) => &known.path,
            Self::Elsewhere(path) => path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_known_by_its_name_or_its_whole_path_and_by_nothing_else() {
        let tape = NamedDestination {
            name: "tape".into(),
            path: "/mnt/tape".into(),
            not_mounted: false,
            max_mb_per_second: None,
        };
        let all = Destinations::new(vec![tape.clone()]);
        assert_eq!(all.named("tape"), Ok(Named::Configured(&tape)));
        assert_eq!(all.named("/mnt/tape/"), Ok(Named::Configured(&tape)));
        for elsewhere in ["/mnt/tape/below", "/mnt/tape/../../etc", "/mnt/tape2", "/"] {
            assert_eq!(all.named(elsewhere), Ok(Named::Elsewhere(elsewhere.into())));
        }
        let text = all.named("disk").unwrap_err().to_string();
        assert!(text.contains("\"disk\"") && text.contains("tape"), "{text}");
    }
}
