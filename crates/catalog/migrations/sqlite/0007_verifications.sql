-- When each archived category was last read again, and what was found. complete_us is when all contents were last read.
-- It is no part of dumps and loads: it tells of disks at a time, and the next verification finds it out anew.
CREATE TABLE verifications (
    result_id INTEGER NOT NULL REFERENCES results (id) ON DELETE CASCADE,
    category INTEGER NOT NULL,
    folder TEXT NOT NULL,
    folder_bytes BLOB,
    job_id INTEGER NOT NULL,
    verified_us INTEGER NOT NULL,
    complete_us INTEGER,
    outcome TEXT NOT NULL,
    findings INTEGER NOT NULL,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (result_id, category, folder)
);
