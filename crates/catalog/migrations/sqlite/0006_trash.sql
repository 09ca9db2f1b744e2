-- What deletes have put into the trash, until it is brought back or removed for good. One row for each delete; no reference
-- to results: the trash outlives the report. options: what the engine needs to find it. due_us: when it is to go for good
-- whatever the settings say.
CREATE TABLE trash (
    job_id INTEGER PRIMARY KEY,
    result_id INTEGER NOT NULL,
    experiment_id INTEGER NOT NULL,
    category INTEGER NOT NULL,
    report_name TEXT NOT NULL,
    volume_id INTEGER,
    folder TEXT NOT NULL,
    folder_bytes BLOB,
    options TEXT NOT NULL,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    deleted_us INTEGER NOT NULL,
    due_us INTEGER,
    username TEXT NOT NULL
);
CREATE INDEX trash_result ON trash (result_id, category);
CREATE INDEX trash_deleted ON trash (deleted_us);
