-- Names may be any bytes: the path itself where archive_path is not what it is byte for byte.
ALTER TABLE category_states ADD COLUMN archive_path_bytes BYTEA;

-- One request of a user, which may make hundreds of jobs.
CREATE TABLE job_batches (
    id BIGINT PRIMARY KEY,
    action TEXT COLLATE "C" NOT NULL,
    comment TEXT COLLATE "C" NOT NULL,
    username TEXT COLLATE "C" NOT NULL,
    created_us BIGINT NOT NULL
);

-- One action on one category of one report. fence grows each time a worker takes the job: who holds an older one has
-- been displaced. begun_us is when it first moved its category to the running state. No reference to results: what
-- was done outlives the report.
CREATE TABLE jobs (
    id BIGINT PRIMARY KEY,
    batch_id BIGINT NOT NULL REFERENCES job_batches (id),
    action TEXT COLLATE "C" NOT NULL,
    result_id BIGINT NOT NULL,
    experiment_id BIGINT NOT NULL,
    category BIGINT NOT NULL,
    lock_key TEXT COLLATE "C" NOT NULL,
    volume_id BIGINT,
    target TEXT COLLATE "C",
    target_bytes BYTEA,
    options TEXT COLLATE "C" NOT NULL,
    plan TEXT COLLATE "C",
    kept_confirmed BOOLEAN NOT NULL,
    comment TEXT COLLATE "C" NOT NULL,
    username TEXT COLLATE "C" NOT NULL,
    priority BIGINT NOT NULL,
    previous_state TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    reason_kind TEXT COLLATE "C",
    reason TEXT COLLATE "C",
    not_before_us BIGINT,
    attempts BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    lease_until_us BIGINT,
    worker TEXT COLLATE "C",
    cancel_by TEXT COLLATE "C",
    phase TEXT COLLATE "C" NOT NULL,
    bytes_done BIGINT NOT NULL,
    bytes_total BIGINT,
    files_done BIGINT NOT NULL,
    files_total BIGINT,
    progress_us BIGINT,
    created_us BIGINT NOT NULL,
    started_us BIGINT,
    begun_us BIGINT,
    ended_us BIGINT,
    result TEXT COLLATE "C",
    choices TEXT COLLATE "C",
    decision TEXT COLLATE "C"
);
CREATE UNIQUE INDEX jobs_running_lock ON jobs (lock_key) WHERE status = 'running';
CREATE INDEX jobs_status ON jobs (status, id);
CREATE INDEX jobs_batch ON jobs (batch_id);
CREATE INDEX jobs_result ON jobs (result_id);
CREATE INDEX jobs_experiment ON jobs (experiment_id);

-- The categories that jobs hold until they end, and what each was before: one job at a time for each.
CREATE TABLE job_marks (
    result_id BIGINT NOT NULL,
    category BIGINT NOT NULL,
    job_id BIGINT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    previous_state TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (result_id, category)
);
CREATE INDEX job_marks_job ON job_marks (job_id);

-- One row. Maintenance: no job is handed out. Claims take turns by locking it. It is no part of dumps and loads.
CREATE TABLE job_control (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    maintenance BOOLEAN NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    username TEXT COLLATE "C" NOT NULL,
    since_us BIGINT
);
INSERT INTO job_control (id, maintenance, reason, username, since_us) VALUES (1, FALSE, '', '', NULL);
INSERT INTO id_sequences (name, next_id) VALUES ('job_batches', 1), ('jobs', 1);
