-- Names may be any bytes: the path itself where archive_path is not what it is byte for byte.
ALTER TABLE category_states ADD COLUMN archive_path_bytes BLOB;

-- One request of a user, which may make hundreds of jobs.
CREATE TABLE job_batches (
    id INTEGER PRIMARY KEY,
    action TEXT NOT NULL,
    comment TEXT NOT NULL,
    username TEXT NOT NULL,
    created_us INTEGER NOT NULL
);

-- One action on one category of one report. fence grows each time a worker takes the job: who holds an older one has
-- been displaced. begun_us is when it first moved its category to the running state. No reference to results: what
-- was done outlives the report.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    batch_id INTEGER NOT NULL REFERENCES job_batches (id),
    action TEXT NOT NULL,
    result_id INTEGER NOT NULL,
    experiment_id INTEGER NOT NULL,
    category INTEGER NOT NULL,
    lock_key TEXT NOT NULL,
    volume_id INTEGER,
    target TEXT,
    target_bytes BLOB,
    options TEXT NOT NULL,
    plan TEXT,
    kept_confirmed BOOLEAN NOT NULL,
    comment TEXT NOT NULL,
    username TEXT NOT NULL,
    priority INTEGER NOT NULL,
    previous_state TEXT NOT NULL,
    status TEXT NOT NULL,
    reason_kind TEXT,
    reason TEXT,
    not_before_us INTEGER,
    attempts INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    lease_until_us INTEGER,
    worker TEXT,
    cancel_by TEXT,
    phase TEXT NOT NULL,
    bytes_done INTEGER NOT NULL,
    bytes_total INTEGER,
    files_done INTEGER NOT NULL,
    files_total INTEGER,
    progress_us INTEGER,
    created_us INTEGER NOT NULL,
    started_us INTEGER,
    begun_us INTEGER,
    ended_us INTEGER,
    result TEXT,
    choices TEXT,
    decision TEXT
);
CREATE UNIQUE INDEX jobs_running_lock ON jobs (lock_key) WHERE status = 'running';
CREATE INDEX jobs_status ON jobs (status, id);
CREATE INDEX jobs_batch ON jobs (batch_id);
CREATE INDEX jobs_result ON jobs (result_id);
CREATE INDEX jobs_experiment ON jobs (experiment_id);

-- The categories that jobs hold until they end, and what each was before: one job at a time for each.
CREATE TABLE job_marks (
    result_id INTEGER NOT NULL,
    category INTEGER NOT NULL,
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    previous_state TEXT NOT NULL,
    PRIMARY KEY (result_id, category)
);
CREATE INDEX job_marks_job ON job_marks (job_id);

-- One row. Maintenance: no job is handed out. Claims take turns by locking it. It is no part of dumps and loads.
CREATE TABLE job_control (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    maintenance BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    username TEXT NOT NULL,
    since_us INTEGER
);
INSERT INTO job_control (id, maintenance, reason, username, since_us) VALUES (1, FALSE, '', '', NULL);
INSERT INTO id_sequences (name, next_id) VALUES ('job_batches', 1), ('jobs', 1);
