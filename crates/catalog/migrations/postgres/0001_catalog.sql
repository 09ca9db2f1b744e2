-- One row: a number that grows with every committed change, so that readers may keep what they computed.
CREATE TABLE catalog_version (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL
);
INSERT INTO catalog_version (id, version) VALUES (1, 1);

-- The next id of each kind of record. Own sequences, so that ids given by a load or a move from
-- Torrent Suite stay, and the next one is the largest ever present plus one on both databases.
CREATE TABLE id_sequences (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    next_id BIGINT NOT NULL
);
INSERT INTO id_sequences (name, next_id) VALUES
    ('users', 1), ('api_keys', 1), ('experiments', 1), ('results', 1), ('events', 1),
    ('fileservers', 1), ('messages', 1), ('globalconfig', 1), ('volumes', 1), ('scans', 1);

-- Small facts about this catalog, such as the key that signs what clients carry.
CREATE TABLE settings (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE users (
    id BIGINT PRIMARY KEY,
    username TEXT COLLATE "C" NOT NULL UNIQUE,
    password_hash TEXT COLLATE "C",
    role TEXT COLLATE "C" NOT NULL,
    api_write BOOLEAN NOT NULL,
    active BOOLEAN NOT NULL,
    created_us BIGINT NOT NULL
);

-- Keys are random, so a plain SHA-256 of them is as good as a slow hash; the key itself is never stored.
CREATE TABLE api_keys (
    id BIGINT PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    key_hash TEXT COLLATE "C" NOT NULL UNIQUE,
    created_us BIGINT NOT NULL,
    last_used_us BIGINT,
    revoked_us BIGINT
);
CREATE INDEX api_keys_user ON api_keys (user_id);

CREATE TABLE sessions (
    token_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    csrf_token TEXT COLLATE "C" NOT NULL,
    created_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL
);
CREATE INDEX sessions_expires ON sessions (expires_us);
CREATE INDEX sessions_user ON sessions (user_id);

-- Times: *_us is microseconds since 1970 UTC; *_text is the same instant as the original's database
-- printed it, because the compatible API lets clients search in that text (spec api.md rule 25).
CREATE TABLE experiments (
    id BIGINT PRIMARY KEY,
    exp_name TEXT COLLATE "C" NOT NULL,
    exp_dir TEXT COLLATE "C" NOT NULL,
    exp_dir_bytes BYTEA,
    date_us BIGINT NOT NULL,
    chip_type TEXT COLLATE "C" NOT NULL,
    platform TEXT COLLATE "C" NOT NULL,
    instrument TEXT COLLATE "C" NOT NULL,
    storage_options TEXT COLLATE "C" NOT NULL,
    diskusage BIGINT,
    finished BOOLEAN NOT NULL,
    finished_reason TEXT COLLATE "C" NOT NULL,
    absent_scans BIGINT NOT NULL,
    absent_since_us BIGINT,
    seen_us BIGINT,
    fingerprint TEXT COLLATE "C",
    keep_marker BOOLEAN NOT NULL
);
CREATE INDEX experiments_name ON experiments (exp_name);
CREATE INDEX experiments_dir ON experiments (exp_dir);

CREATE TABLE results (
    id BIGINT PRIMARY KEY,
    experiment_id BIGINT NOT NULL REFERENCES experiments (id),
    results_name TEXT COLLATE "C" NOT NULL,
    time_stamp_us BIGINT NOT NULL,
    time_stamp_text TEXT COLLATE "C" NOT NULL,
    diskusage BIGINT,
    thumbnail BOOLEAN NOT NULL,
    report_dir TEXT COLLATE "C" NOT NULL,
    report_dir_bytes BYTEA,
    parent_id BIGINT,
    ts_version TEXT COLLATE "C",
    absent_scans BIGINT NOT NULL,
    absent_since_us BIGINT,
    seen_us BIGINT,
    fingerprint TEXT COLLATE "C"
);
CREATE INDEX results_experiment ON results (experiment_id);
CREATE INDEX results_name ON results (results_name);
CREATE INDEX results_time ON results (time_stamp_us);
CREATE INDEX results_dir ON results (report_dir);
CREATE INDEX results_diskusage ON results (diskusage);

-- diskspace is what the compatible API shows: MB of 2^20 bytes over report dir, run dir and linked
-- folder. The three parts let totals count what reports share only once.
CREATE TABLE category_states (
    result_id BIGINT NOT NULL REFERENCES results (id) ON DELETE CASCADE,
    category BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    keep BOOLEAN NOT NULL,
    diskspace DOUBLE PRECISION,
    report_mb DOUBLE PRECISION,
    run_mb DOUBLE PRECISION,
    linked_mb DOUBLE PRECISION,
    files BIGINT,
    archive_path TEXT COLLATE "C",
    in_use TEXT COLLATE "C",
    created_us BIGINT NOT NULL,
    measured_us BIGINT,
    PRIMARY KEY (result_id, category)
);
CREATE INDEX category_states_state ON category_states (category, state);

CREATE TABLE events (
    id BIGINT PRIMARY KEY,
    about TEXT COLLATE "C" NOT NULL,
    object_pk BIGINT NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    username TEXT COLLATE "C" NOT NULL,
    created_us BIGINT NOT NULL,
    created_text TEXT COLLATE "C" NOT NULL
);
CREATE INDEX events_object ON events (about, object_pk);
CREATE INDEX events_created ON events (created_us);

CREATE TABLE fileservers (
    id BIGINT PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    comments TEXT COLLATE "C" NOT NULL,
    files_prefix TEXT COLLATE "C" NOT NULL,
    percentfull DOUBLE PRECISION
);

CREATE TABLE messages (
    id BIGINT PRIMARY KEY,
    body TEXT COLLATE "C" NOT NULL,
    level BIGINT NOT NULL,
    route TEXT COLLATE "C" NOT NULL,
    expires TEXT COLLATE "C" NOT NULL,
    tags TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    time_us BIGINT NOT NULL,
    time_text TEXT COLLATE "C" NOT NULL
);

-- The original's configuration record: its columns are part of the compatible API.
CREATE TABLE globalconfig (
    id BIGINT PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    selected BOOLEAN NOT NULL,
    records_to_display BIGINT NOT NULL,
    default_test_fragment_key TEXT COLLATE "C" NOT NULL,
    default_library_key TEXT COLLATE "C" NOT NULL,
    default_flow_order TEXT COLLATE "C" NOT NULL,
    plugin_output_folder TEXT COLLATE "C" NOT NULL,
    web_root TEXT COLLATE "C" NOT NULL,
    site_name TEXT COLLATE "C" NOT NULL,
    default_storage_options TEXT COLLATE "C" NOT NULL,
    auto_archive_ack BOOLEAN NOT NULL,
    auto_archive_enable BOOLEAN NOT NULL,
    enable_auto_pkg_dl BOOLEAN NOT NULL,
    enable_version_lock BOOLEAN NOT NULL,
    ts_update_status TEXT COLLATE "C" NOT NULL,
    base_recalibration_mode TEXT COLLATE "C" NOT NULL,
    mark_duplicates BOOLEAN NOT NULL,
    realign BOOLEAN NOT NULL,
    check_news_posts BOOLEAN NOT NULL,
    enable_auto_security BOOLEAN NOT NULL,
    sec_update_status TEXT COLLATE "C" NOT NULL,
    "enable_compendia_OCP" BOOLEAN NOT NULL,
    enable_support_upload BOOLEAN NOT NULL,
    enable_nightly_email BOOLEAN NOT NULL,
    cluster_auto_disable BOOLEAN NOT NULL,
    telemetry_enabled BOOLEAN NOT NULL,
    "majorPlatform" TEXT COLLATE "C" NOT NULL,
    password_max_age BIGINT NOT NULL
);

-- A storage root as last examined: what it is, how full, whether it proved its identity.
CREATE TABLE volumes (
    id BIGINT PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL UNIQUE,
    marker TEXT COLLATE "C",
    filesystem TEXT COLLATE "C",
    total_bytes BIGINT,
    available_bytes BIGINT,
    status TEXT COLLATE "C" NOT NULL,
    status_reason TEXT COLLATE "C" NOT NULL,
    checked_us BIGINT
);

CREATE TABLE scans (
    id BIGINT PRIMARY KEY,
    started_us BIGINT NOT NULL,
    finished_us BIGINT,
    outcome TEXT COLLATE "C" NOT NULL,
    summary TEXT COLLATE "C" NOT NULL
);

CREATE TABLE scan_warnings (
    scan_id BIGINT NOT NULL REFERENCES scans (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (scan_id, position)
);
