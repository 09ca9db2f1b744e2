//! What can go wrong when the catalog is asked or changed.

use std::sync::Arc;

/// An error of the catalog. The text says what happened and what to do.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CatalogError {
    /// The text given as database address is neither `sqlite://PATH` nor `postgres://…`.
    #[error("{0}: expected sqlite://PATH or postgres://USER@HOST/DATABASE")]
    BadUrl(String),
    /// The database could not be opened; `hint` says what to look at.
    #[error("can not open the catalog {url}: {cause}; {hint}")]
    Open {
        /// The address, without its password.
        url: String,
        /// What the database or its driver said. No source of this error: a chain would print it again.
        cause: String,
        /// What to look at.
        hint: &'static str,
    },
    /// The catalog's tables could not be brought to this version.
    #[error(
        "can not bring the catalog {url} up to date: {cause}; restore the backup or use the program that wrote it"
    )]
    Migrate {
        /// The address, without its password.
        url: String,
        /// What failed.
        cause: String,
    },
    /// The database can not be written: read-only file or file system, or its disk is full.
    #[error(
        "the catalog can not be written ({0}); nothing was changed: free space or make the database writable"
    )]
    NotWritable(String),
    /// The database is busy or not reachable just now; trying again may help.
    #[error("the catalog is not available just now ({0}); nothing was changed: try again")]
    Unavailable(String),
    /// Two records that must differ are the same, e.g. a second user of one name.
    #[error("{0}")]
    Conflict(String),
    /// The input is not what the catalog takes; the text names the place.
    #[error("{0}")]
    Invalid(String),
    /// A record that was asked for is not there.
    #[error("{0}")]
    NotFound(String),
    /// Anything else the database reports.
    #[error("the catalog's database failed: {0}")]
    Database(#[source] Arc<sqlx::Error>),
}

/// Result of a catalog operation.
pub type Result<T, E = CatalogError> = std::result::Result<T, E>;

/// PostgreSQL: serialization failure, deadlock, lock not available in time.
const BUSY: [&str; 3] = ["40001", "40P01", "55P03"];

impl From<sqlx::Error> for CatalogError {
    /// Sorts the database's complaint by what the caller can do about it.
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::Database(inside) = &error {
            let code = inside.code().unwrap_or_default().into_owned();
            let text = inside.message().to_owned();
            if inside.is_unique_violation() {
                return Self::Conflict("a record with this name or number is there already".to_owned());
            }
            // SQLite result codes carry detail above the low byte; PostgreSQL has five-letter classes.
            let sqlite = code.parse::<i32>().ok().filter(|_| code.len() < 5).map(|code| code & 0xff);
            return match (sqlite, code.as_str()) {
                (Some(8 | 13), _) | (None, "25006" | "53100") => Self::NotWritable(text),
                (Some(5 | 6 | 10 | 14), _) => Self::Unavailable(text),
                (None, code) if code.starts_with("57P") || code.starts_with("53") || BUSY.contains(&code) => {
                    Self::Unavailable(text)
                }
                _ => Self::Database(Arc::new(error)),
            };
        }
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => {
                Self::Unavailable(error.to_string())
            }
            other => Self::Database(Arc::new(other)),
        }
    }
}
