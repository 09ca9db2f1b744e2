//! The two migrations make the same tables.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use runstow_catalog::Catalog;
use runstow_testkit::TestDatabase;

/// Columns: table, column, may be NULL, place in the primary key.
const SQLITE_COLUMNS: &str = "SELECT m.name, c.name, c.\"notnull\" = 0 AND c.pk = 0, c.pk FROM sqlite_master m \
    JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\' \
    AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1, 2";
const POSTGRES_COLUMNS: &str = "SELECT c.table_name, c.column_name, (c.is_nullable = 'YES')::int, \
    coalesce((SELECT array_position(i.indkey::int2[], a.attnum) + 1 FROM pg_index i WHERE i.indrelid = a.attrelid \
    AND i.indisprimary), 0) \
    FROM information_schema.columns c JOIN pg_attribute a ON a.attrelid = quote_ident(c.table_name)::regclass \
    AND a.attname = c.column_name WHERE c.table_schema = 'public' AND c.table_name NOT LIKE '\\_%' \
    ORDER BY c.table_name COLLATE \"C\", c.column_name COLLATE \"C\"";

/// Types, in words that both have.
const SQLITE_TYPES: &str = "SELECT m.name, c.name, CASE c.type WHEN 'INTEGER' THEN 'bigint' WHEN 'REAL' THEN \
    'double precision' WHEN 'BLOB' THEN 'bytea' ELSE lower(c.type) END FROM sqlite_master m \
    JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\' \
    AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1, 2";
const POSTGRES_TYPES: &str = "SELECT table_name, column_name, data_type FROM information_schema.columns \
    WHERE table_schema = 'public' AND table_name NOT LIKE '\\_%' \
    ORDER BY table_name COLLATE \"C\", column_name COLLATE \"C\"";

/// Foreign keys: table, column, table, column, on delete.
const SQLITE_FOREIGN_KEYS: &str = "SELECT m.name, f.\"from\", f.\"table\", f.\"to\", f.on_delete FROM sqlite_master m \
    JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY 1, 2";
const POSTGRES_FOREIGN_KEYS: &str = "SELECT k.table_name, k.column_name, u.table_name, u.column_name, r.delete_rule \
    FROM information_schema.referential_constraints r \
    JOIN information_schema.key_column_usage k ON k.constraint_name = r.constraint_name \
    JOIN information_schema.constraint_column_usage u ON u.constraint_name = r.constraint_name \
    ORDER BY k.table_name COLLATE \"C\", k.column_name COLLATE \"C\"";

/// Named indexes: name, table, unique; and UNIQUE columns: table, column.
const SQLITE_INDEXES: &str = "SELECT l.name, m.name, l.\"unique\" FROM sqlite_master m \
    JOIN pragma_index_list(m.name) l WHERE m.type = 'table' AND l.origin = 'c' ORDER BY 1";
const POSTGRES_INDEXES: &str = "SELECT c.relname, t.relname, i.indisunique::int FROM pg_index i \
    JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid \
    JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE n.nspname = 'public' AND t.relname NOT LIKE '\\_%' \
    AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid) ORDER BY c.relname COLLATE \"C\"";
const SQLITE_UNIQUE: &str = "SELECT m.name, i.name FROM sqlite_master m JOIN pragma_index_list(m.name) l \
    JOIN pragma_index_info(l.name) i WHERE m.type = 'table' AND l.origin = 'u' ORDER BY 1, 2";
const POSTGRES_UNIQUE: &str = "SELECT k.table_name, k.column_name FROM information_schema.table_constraints c \
    JOIN information_schema.key_column_usage k ON k.constraint_name = c.constraint_name \
    WHERE c.constraint_type = 'UNIQUE' AND c.table_schema = 'public' ORDER BY k.table_name COLLATE \"C\", k.column_name COLLATE \"C\"";

#[tokio::test]
async fn both_databases_have_the_same_tables() {
    let (sqlite, postgres) = (TestDatabase::sqlite(), TestDatabase::postgres());
    for database in [&sqlite, &postgres] {
        Catalog::open(&database.url().parse().unwrap()).await.unwrap().close().await;
    }
    for (what, of_sqlite, of_postgres) in [
        ("columns", SQLITE_COLUMNS, POSTGRES_COLUMNS),
        ("types", SQLITE_TYPES, POSTGRES_TYPES),
        ("foreign keys", SQLITE_FOREIGN_KEYS, POSTGRES_FOREIGN_KEYS),
        ("indexes", SQLITE_INDEXES, POSTGRES_INDEXES),
        ("unique columns", SQLITE_UNIQUE, POSTGRES_UNIQUE),
        (
            "sequences",
            "SELECT name, next_id FROM id_sequences ORDER BY 1",
            "SELECT name, next_id FROM id_sequences ORDER BY 1",
        ),
    ] {
        let (one, other) = (sqlite.sql(of_sqlite), postgres.sql(of_postgres));
        assert!(one.lines().count() > 2, "{what}: {one}");
        for (line, twin) in one.lines().zip(other.lines()) {
            assert_eq!(line, twin, "{what} differ: SQLite on the left, PostgreSQL on the right");
        }
        assert_eq!(one.lines().count(), other.lines().count(), "{what}");
    }
}

#[tokio::test]
async fn text_is_ordered_by_bytes_on_postgres() {
    let postgres = TestDatabase::postgres();
    Catalog::open(&postgres.url().parse().unwrap()).await.unwrap().close().await;
    let others = postgres.sql(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' \
         AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C' AND table_name NOT LIKE '\\_%'",
    );
    assert_eq!(others, "", "as SQLite orders it: every text column says COLLATE \"C\"");
}
