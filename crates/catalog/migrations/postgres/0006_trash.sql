-- What deletes have put into the trash, until it is brought back or removed for good. One row for each delete; no reference
-- to results: the trash outlives the report. options: what the engine needs to find it. due_us: when it is to go for good
-- whatever the settings say.
CREATE TABLE trash (
    job_id BIGINT PRIMARY KEY,
    result_id BIGINT NOT NULL,
    experiment_id BIGINT NOT NULL,
    category BIGINT NOT NULL,
    report_name TEXT COLLATE "C" NOT NULL,
    volume_id BIGINT,
    folder TEXT COLLATE "C" NOT NULL,
    folder_bytes BYTEA,
    options TEXT COLLATE "C" NOT NULL,
    files BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    deleted_us BIGINT NOT NULL,
    due_us BIGINT,
    username TEXT COLLATE "C" NOT NULL
);
CREATE INDEX trash_result ON trash (result_id, category);
CREATE INDEX trash_deleted ON trash (deleted_us);
