-- When each archived category was last read again, and what was found. complete_us is when all contents were last read.
-- It is no part of dumps and loads: it tells of disks at a time, and the next verification finds it out anew.
CREATE TABLE verifications (
    result_id BIGINT NOT NULL REFERENCES results (id) ON DELETE CASCADE,
    category BIGINT NOT NULL,
    folder TEXT COLLATE "C" NOT NULL,
    folder_bytes BYTEA,
    job_id BIGINT NOT NULL,
    verified_us BIGINT NOT NULL,
    complete_us BIGINT,
    outcome TEXT COLLATE "C" NOT NULL,
    findings BIGINT NOT NULL,
    files BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (result_id, category, folder)
);
