//! A fresh database for one test, of either kind.

mod cluster;
mod programs;

use std::sync::atomic::{AtomicU64, Ordering};

/// An empty database that goes away with this value.
#[derive(Debug)]
pub struct TestDatabase(Kind);

#[derive(Debug)]
enum Kind {
    Sqlite(tempfile::TempDir),
    Postgres { server: String, name: String },
}

impl TestDatabase {
    /// A file of its own, not made yet.
    #[must_use]
    pub fn sqlite() -> Self {
        let dir = tempfile::Builder::new().prefix("runstow-sqlite-").tempdir();
        Self(Kind::Sqlite(dir.expect("a test needs room in the folder for temporary files")))
    }

    /// A database on a real PostgreSQL: the one at `RUNSTOW_TEST_POSTGRES_URL` (the user there must be allowed
    /// to make databases), otherwise one that this process starts and stops.
    ///
    /// # Panics
    /// When there is no PostgreSQL; the text says how to install it.
    #[must_use]
    pub fn postgres() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let server = cluster::server_url();
        let name = format!("runstow_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        // template0 has never been connected to, so making copies of it at the same time is safe.
        let sql =
            format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
        programs::psql(&server, &sql).expect("a test needs a database of its own");
        Self(Kind::Postgres { server, name })
    }

    /// The address, as `RUNSTOW_DATABASE_URL` takes it.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.0 {
            Kind::Sqlite(dir) => format!("sqlite://{}", dir.path().join("catalog.db").display()),
            Kind::Postgres { server, name } => at_database(server, name),
        }
    }

    /// Is it PostgreSQL? For the few facts that only one of the two can show.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        matches!(self.0, Kind::Postgres { .. })
    }

    /// Runs SQL as another program would, and gives what it prints: values separated by `|`, one row a line.
    ///
    /// # Panics
    /// When the SQL fails, or `psql` or `sqlite3` is not installed.
    pub fn sql(&self, sql: &str) -> String {
        match &self.0 {
            Kind::Sqlite(dir) => programs::sqlite3(&dir.path().join("catalog.db"), sql),
            Kind::Postgres { .. } => programs::psql(&self.url(), sql),
        }
        .expect("the SQL of a test must run")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Kind::Postgres { server, name } = &self.0
            && let Err(error) =
                programs::psql(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        {
            eprintln!("the test database {name} stays behind: {error}");
        }
    }
}

/// The address of another database on the same server.
fn at_database(server: &str, name: &str) -> String {
    let (address, parameters) = server.split_once('?').map_or((server, None), |(a, p)| (a, Some(p)));
    let start = address.find("://").map_or(0, |at| at + 3);
    let end = address[start..].find('/').map_or(address.len(), |at| start + at);
    let parameters = parameters.map_or_else(String::new, |parameters| format!("?{parameters}"));
    format!("{}/{name}{parameters}", &address[..end])
}

/// Makes of each story two tests, `NAME::on_sqlite` and `NAME::on_postgres`, each with a database of its own:
///
/// ```text
/// on_both_databases! {
///     async fn a_new_catalog_is_empty(database: &TestDatabase) {
///         …
///     }
/// }
/// ```
///
/// The crate that uses it needs tokio with `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($database:ident: &TestDatabase) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn story($database: &$crate::TestDatabase) $body

            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                story(&$crate::TestDatabase::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                story(&$crate::TestDatabase::postgres()).await;
            }
        }
    )+};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_in_an_address_is_replaced() {
        assert_eq!(
            at_database("postgres://me@[::1]:5433/old?sslmode=disable", "new"),
            "postgres://me@[::1]:5433/new?sslmode=disable"
        );
        assert_eq!(at_database("postgres://me:pw@db", "new"), "postgres://me:pw@db/new");
    }

    #[test]
    fn each_test_has_a_database_of_its_own() {
        let (one, two) = (TestDatabase::postgres(), TestDatabase::postgres());
        one.sql("CREATE TABLE only_here (id BIGINT)");
        assert_eq!(two.sql("SELECT count(*) FROM pg_tables WHERE tablename = 'only_here'"), "0");
        let name = one.url();
        drop(one);
        let left = two.sql("SELECT datname FROM pg_database");
        assert!(!left.lines().any(|left| name.ends_with(left)), "{name} should be gone from {left}");
    }
}
