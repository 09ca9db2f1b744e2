-- One row: a number that grows with every committed change, so that readers may keep what they computed.
CREATE TABLE catalog_version (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
);
INSERT INTO catalog_version (id, version) VALUES (1, 1);

-- The next id of each kind of record. Own sequences, so that ids given by a load or a move from
-- Torrent Suite stay, and the next one is the largest ever present plus one on both databases.
CREATE TABLE id_sequences (
    name TEXT NOT NULL PRIMARY KEY,
    next_id INTEGER NOT NULL
);
INSERT INTO id_sequences (name, next_id) VALUES
    ('users', 1), ('api_keys', 1), ('experiments', 1), ('results', 1), ('events', 1),
    ('fileservers', 1), ('messages', 1), ('globalconfig', 1), ('volumes', 1), ('scans', 1);

-- Small facts about this catalog, such as the key that signs what clients carry.
CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    password_hash TEXT,
    role TEXT NOT NULL,
    api_write BOOLEAN NOT NULL,
    active BOOLEAN NOT NULL,
    created_us INTEGER NOT NULL
);

-- Keys are random, so a plain SHA-256 of them is as good as a slow hash; the key itself is never stored.
CREATE TABLE api_keys (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    key_hash TEXT NOT NULL UNIQUE,
    created_us INTEGER NOT NULL,
    last_used_us INTEGER,
    revoked_us INTEGER
);
CREATE INDEX api_keys_user ON api_keys (user_id);

CREATE TABLE sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    csrf_token TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    expires_us INTEGER NOT NULL
);
CREATE INDEX sessions_expires ON sessions (expires_us);
CREATE INDEX sessions_user ON sessions (user_id);

-- Times: *_us is microseconds since 1970 UTC; *_text is the same instant as the original's database
-- printed it, because the compatible API lets clients search in that text (spec api.md rule 25).
CREATE TABLE experiments (
    id INTEGER PRIMARY KEY,
    exp_name TEXT NOT NULL,
    exp_dir TEXT NOT NULL,
    exp_dir_bytes BLOB,
    date_us INTEGER NOT NULL,
    chip_type TEXT NOT NULL,
    platform TEXT NOT NULL,
    instrument TEXT NOT NULL,
    storage_options TEXT NOT NULL,
    diskusage INTEGER,
    finished BOOLEAN NOT NULL,
    finished_reason TEXT NOT NULL,
    absent_scans INTEGER NOT NULL,
    absent_since_us INTEGER,
    seen_us INTEGER,
    fingerprint TEXT,
    keep_marker BOOLEAN NOT NULL
);
CREATE INDEX experiments_name ON experiments (exp_name);
CREATE INDEX experiments_dir ON experiments (exp_dir);

CREATE TABLE results (
    id INTEGER PRIMARY KEY,
    experiment_id INTEGER NOT NULL REFERENCES experiments (id),
    results_name TEXT NOT NULL,
    time_stamp_us INTEGER NOT NULL,
    time_stamp_text TEXT NOT NULL,
    diskusage INTEGER,
    thumbnail BOOLEAN NOT NULL,
    report_dir TEXT NOT NULL,
    report_dir_bytes BLOB,
    parent_id INTEGER,
    ts_version TEXT,
    absent_scans INTEGER NOT NULL,
    absent_since_us INTEGER,
    seen_us INTEGER,
    fingerprint TEXT
);
CREATE INDEX results_experiment ON results (experiment_id);
CREATE INDEX results_name ON results (results_name);
CREATE INDEX results_time ON results (time_stamp_us);
CREATE INDEX results_dir ON results (report_dir);
CREATE INDEX results_diskusage ON results (diskusage);

-- diskspace is what the compatible API shows: MB of 2^20 bytes over report dir, run dir and linked
-- folder. The three parts let totals count what reports share only once.
CREATE TABLE category_states (
    result_id INTEGER NOT NULL REFERENCES results (id) ON DELETE CASCADE,
    category INTEGER NOT NULL,
    state TEXT NOT NULL,
    keep BOOLEAN NOT NULL,
    diskspace REAL,
    report_mb REAL,
    run_mb REAL,
    linked_mb REAL,
    files INTEGER,
    archive_path TEXT,
    in_use TEXT,
    created_us INTEGER NOT NULL,
    measured_us INTEGER,
    PRIMARY KEY (result_id, category)
);
CREATE INDEX category_states_state ON category_states (category, state);

CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    about TEXT NOT NULL,
    object_pk INTEGER NOT NULL,
    text TEXT NOT NULL,
    username TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    created_text TEXT NOT NULL
);
CREATE INDEX events_object ON events (about, object_pk);
CREATE INDEX events_created ON events (created_us);

CREATE TABLE fileservers (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    comments TEXT NOT NULL,
    files_prefix TEXT NOT NULL,
    percentfull REAL
);

CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    level INTEGER NOT NULL,
    route TEXT NOT NULL,
    expires TEXT NOT NULL,
    tags TEXT NOT NULL,
    status TEXT NOT NULL,
    time_us INTEGER NOT NULL,
    time_text TEXT NOT NULL
);

-- The original's configuration record: its columns are part of the compatible API.
CREATE TABLE globalconfig (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    selected BOOLEAN NOT NULL,
    records_to_display INTEGER NOT NULL,
    default_test_fragment_key TEXT NOT NULL,
    default_library_key TEXT NOT NULL,
    default_flow_order TEXT NOT NULL,
    plugin_output_folder TEXT NOT NULL,
    web_root TEXT NOT NULL,
    site_name TEXT NOT NULL,
    default_storage_options TEXT NOT NULL,
    auto_archive_ack BOOLEAN NOT NULL,
    auto_archive_enable BOOLEAN NOT NULL,
    enable_auto_pkg_dl BOOLEAN NOT NULL,
    enable_version_lock BOOLEAN NOT NULL,
    ts_update_status TEXT NOT NULL,
    base_recalibration_mode TEXT NOT NULL,
    mark_duplicates BOOLEAN NOT NULL,
    realign BOOLEAN NOT NULL,
    check_news_posts BOOLEAN NOT NULL,
    enable_auto_security BOOLEAN NOT NULL,
    sec_update_status TEXT NOT NULL,
    "enable_compendia_OCP" BOOLEAN NOT NULL,
    enable_support_upload BOOLEAN NOT NULL,
    enable_nightly_email BOOLEAN NOT NULL,
    cluster_auto_disable BOOLEAN NOT NULL,
    telemetry_enabled BOOLEAN NOT NULL,
    "majorPlatform" TEXT NOT NULL,
    password_max_age INTEGER NOT NULL
);

-- A storage root as last examined: what it is, how full, whether it proved its identity.
CREATE TABLE volumes (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    path TEXT NOT NULL UNIQUE,
    marker TEXT,
    filesystem TEXT,
    total_bytes INTEGER,
    available_bytes INTEGER,
    status TEXT NOT NULL,
    status_reason TEXT NOT NULL,
    checked_us INTEGER
);

CREATE TABLE scans (
    id INTEGER PRIMARY KEY,
    started_us INTEGER NOT NULL,
    finished_us INTEGER,
    outcome TEXT NOT NULL,
    summary TEXT NOT NULL
);

CREATE TABLE scan_warnings (
    scan_id INTEGER NOT NULL REFERENCES scans (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    path TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (scan_id, position)
);
