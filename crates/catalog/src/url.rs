//! The address of a catalog.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::error::CatalogError;

/// Where the catalog is kept: `sqlite://PATH` (a file, made when missing) or `postgres://…`.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file of its own; the default.
    Sqlite(PathBuf),
    /// A PostgreSQL database; the text is the whole address, which may hold a password.
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = CatalogError;

    fn from_str(text: &str) -> Result<Self, CatalogError> {
        if let Some(path) = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:")) {
            if path.is_empty() {
                return Err(CatalogError::BadUrl("sqlite:// without a path".into()));
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        // The text is not repeated: it may be an address with a password and a misspelt scheme.
        let scheme = text.split_once("://").map_or("no scheme", |(scheme, _)| scheme);
        Err(CatalogError::BadUrl(format!("database address with {scheme:?}")))
    }
}

/// Shows the address without its password.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Cuts `:password` out of `scheme://user:password@host/…` and drops parameters, which may hold one too.
fn without_password(url: &str) -> String {
    let url = url.split_once('?').map_or(url, |(before, _)| before);
    let Some((scheme, rest)) = url.split_once("://") else { return String::new() };
    let Some((account, place)) = rest.rsplit_once('@') else { return url.to_owned() };
    let user = account.split_once(':').map_or(account, |(user, _)| user);
    format!("{scheme}://{user}@{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let url: DatabaseUrl = "postgres://ion:se:c@ret@db:5432/runs?password=x".parse().unwrap();
        assert_eq!(url.to_string(), "postgres://ion@db:5432/runs");
        assert_eq!(format!("{url:?}"), "postgres://ion@db:5432/runs");
        let error = "postgress://ion:secret@db/x".parse::<DatabaseUrl>().unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
