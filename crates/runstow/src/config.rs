//! `runstow.toml`: what is where, and how the server behaves.
//!
//! Order of precedence: command line, environment, file, default. Unknown keys are errors that name
//! file, line and column, so that a misspelt safety setting can not be silently without effect.

mod moves;
mod server;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use jiff::tz::TimeZone;
use runstow_engine::moves::purge::TrashLimits;
use serde::Deserialize;

pub use moves::{DestinationConfig, MovesSection};
pub use server::ServerSection;

/// Where a configuration is looked for when none is named.
pub const PLACES: [&str; 2] = ["runstow.toml", "/etc/runstow/runstow.toml"];

/// The whole file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The catalog.
    pub catalog: CatalogConfig,
    /// The HTTP server.
    pub server: ServerSection,
    /// Discovery.
    pub scan: ScanConfig,
    /// What was deleted.
    pub trash: TrashConfig,
    /// Reading archives again.
    pub verify: VerifyConfig,
    /// Storage roots that hold runs.
    pub file_server: Vec<RootConfig>,
    /// Storage roots that hold reports.
    pub report_storage: Vec<RootConfig>,
    /// How files are moved.
    pub moves: MovesSection,
    /// Where copies may go.
    pub destination: Vec<DestinationConfig>,
    /// Where this was read from; not a key of the file.
    #[serde(skip)]
    pub source: Option<PathBuf>,
}

/// `[catalog]`
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CatalogConfig {
    /// `sqlite://PATH` or `postgres://…`. Not shown in logs: it may hold a password.
    pub url: Option<String>,
}

impl std::fmt::Debug for CatalogConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CatalogConfig").field("url", &self.url.as_ref().map(|_| "…")).finish()
    }
}

/// `[scan]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScanConfig {
    /// Minutes between scans by the server; 0 switches them off.
    pub every_minutes: u32,
    /// Minutes without a change after which a run with completion markers counts as finished.
    pub quiet_minutes: u32,
    /// Hours after which an unchanged report is measured again.
    pub remeasure_hours: u32,
    /// Zone of times that instruments write without an offset, e.g. `Europe/Berlin`.
    pub time_zone: String,
    /// A file with the site's own file sets, added to the built-in ones.
    pub file_sets: Option<PathBuf>,
}

impl Default for ScanConfig {
    fn default() -> Self {
        Self {
            every_minutes: 30,
            quiet_minutes: 30,
            remeasure_hours: 24,
            time_zone: "UTC".into(),
            file_sets: None,
        }
    }
}

impl ScanConfig {
    /// The zone by its name.
    ///
    /// # Errors
    /// When no such zone is known.
    pub fn zone(&self) -> Result<TimeZone> {
        TimeZone::get(&self.time_zone).with_context(|| {
            format!("scan.time_zone {:?}: no such zone; names are like Europe/Berlin", self.time_zone)
        })
    }
}

/// `[trash]`
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrashConfig {
    /// Days after which deleted files are removed for good; 0: never by time.
    pub keep_days: u32,
    /// How full a storage root may be, in percent, before the oldest of its deleted files are removed for good; 0: never
    /// by need.
    pub full_percent: u8,
}

impl TrashConfig {
    /// As the engine is told.
    pub const fn limits(self) -> TrashLimits {
        TrashLimits { keep_days: self.keep_days, full_percent: self.full_percent }
    }
}

impl Default for TrashConfig {
    fn default() -> Self {
        Self { keep_days: 30, full_percent: 95 }
    }
}

/// `[verify]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VerifyConfig {
    /// Days within which each archive is read again; 0 switches that off.
    pub every_days: u32,
}

impl Default for VerifyConfig {
    /// A quarter of a year: often enough to find a dying disk while a backup still exists, seldom enough that 100 TB take
    /// 13 MB a second.
    fn default() -> Self {
        Self { every_days: 90 }
    }
}

/// `[[file_server]]` or `[[report_storage]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootConfig {
    /// A short name for people.
    pub name: String,
    /// The directory, absolute.
    pub path: PathBuf,
    /// How deep below it runs or reports are looked for.
    #[serde(default)]
    pub depth: Option<usize>,
    /// Whether Runstow may put its marker file `.runstow-volume` at the root when it has none (default: yes).
    #[serde(default = "yes")]
    pub mark: bool,
}

fn yes() -> bool {
    true
}

impl Config {
    /// Reads the named file, or the first of [`PLACES`] that is there, or gives the defaults.
    ///
    /// # Errors
    /// When a named file is missing, or one found is not readable or not valid.
    pub fn load(named: Option<&Path>) -> Result<Self> {
        let found = match named {
            Some(path) => Some(path.to_owned()),
            None => PLACES.iter().map(PathBuf::from).find(|path| path.exists()),
        };
        let Some(path) = found else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("can not read the configuration {}", path.display()))?;
        let mut config = Self::parse(&text).with_context(|| format!("configuration {}", path.display()))?;
        config.source = Some(path);
        Ok(config)
    }

    /// Reads the text of a configuration.
    ///
    /// # Errors
    /// Names line and column of what is wrong, without repeating secrets.
    pub fn parse(text: &str) -> Result<Self> {
        let config: Self = toml::from_str(text).map_err(|error| anyhow::anyhow!(located(text, &error)))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        self.scan.zone()?;
        self.server.http()?;
        let (mut names, mut paths): (Vec<&str>, Vec<PathBuf>) = (Vec::new(), Vec::new());
        for root in self.file_server.iter().chain(&self.report_storage) {
            if root.name.trim().is_empty() {
                bail!("a storage root ({}) has an empty name; give it one", root.path.display());
            }
            if !root.path.is_absolute() {
                bail!("storage root {:?}: path {:?} is not absolute", root.name, root.path);
            }
            if names.contains(&root.name.as_str()) {
                bail!("two storage roots are named {:?}; names must differ", root.name);
            }
            // Components, so that a final slash makes no difference.
            let path: PathBuf = root.path.components().collect();
            if paths.contains(&path) {
                bail!(
                    "two storage roots are at {}; one is enough: both find runs and reports",
                    path.display()
                );
            }
            if root.depth == Some(0) {
                bail!("storage root {:?}: depth 0 finds nothing; leave it out or take 1 or more", root.name);
            }
            names.push(&root.name);
            paths.push(path);
        }
        moves::check(&self.destination)
    }
}

/// `line L, column C: message`, without the excerpt of the file that the parser would add: it may show a password.
fn located(text: &str, error: &toml::de::Error) -> String {
    let message = without_values(error.message());
    let Some(span) = error.span() else { return message };
    let before = text.get(..span.start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    format!("line {line}, column {column}: {message}")
}

/// `invalid type: string "postgres://u:secret@h"` repeats what stands in the file: the value is taken out.
fn without_values(message: &str) -> String {
    match (message.find("string \""), message.rfind("\",")) {
        (Some(start), Some(end)) if start < end => {
            format!("{}string …{}", &message[..start], &message[end + 1..])
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_is_named_with_its_place() {
        let error = Config::parse("[server]\nlisten = \"127.0.0.1:1\"\nanonymus_read = true\n").unwrap_err();
        let text = format!("{error:#}");
        assert!(text.contains("line 3, column 1"), "{text}");
        assert!(text.contains("anonymus_read"), "{text}");
    }

    #[test]
    fn an_error_beside_a_password_does_not_show_it() {
        let error = Config::parse("[catalog]\nurl = \"postgres://u:geheim@h/d\" x\n").unwrap_err();
        assert!(!format!("{error:#}").contains("geheim"), "{error:#}");
        for wrong in
            ["catalog = \"postgres://u:geheim@h/d\"\n", "[catalog]\nurl = [\"postgres://u:geheim@h/d\"]\n"]
        {
            let text = format!("{:#}", Config::parse(wrong).unwrap_err());
            assert!(text.contains("line") && !text.contains("geheim"), "{text}");
        }
        let config = Config::parse("[catalog]\nurl = \"postgres://u:geheim@h/d\"\n").unwrap();
        assert!(!format!("{config:?}").contains("geheim"));
    }

    #[test]
    fn roots_need_absolute_paths_and_names_of_their_own() {
        let twice = "[[file_server]]\nname='a'\npath='/x'\n[[report_storage]]\nname='a'\npath='/y'\n";
        assert!(Config::parse(twice).unwrap_err().to_string().contains("two storage roots"));
        let relative = "[[file_server]]\nname='a'\npath='x'\n";
        assert!(Config::parse(relative).unwrap_err().to_string().contains("not absolute"));
        assert!(Config::parse("[scan]\ntime_zone='Mars/Base'\n").is_err());
    }
}
