-- What a job needs to know when it begins and goes on. target_volume_id: where it writes to. unfinished_confirmed: it was
-- confirmed that nothing proves its run to be finished. published_us: when all its copies were proven and in their
-- place; from then on sources are removed, and there is no way back. bytes_copied, files_copied: of this attempt.
ALTER TABLE jobs ADD COLUMN target_volume_id BIGINT;
ALTER TABLE jobs ADD COLUMN unfinished_confirmed BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE jobs ADD COLUMN published_us BIGINT;
ALTER TABLE jobs ADD COLUMN bytes_copied BIGINT NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN files_copied BIGINT NOT NULL DEFAULT 0;

-- Whose turn it is: the number of the last claim of each user's jobs. It is no part of dumps and loads.
CREATE TABLE job_turns (
    username TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    turn BIGINT NOT NULL
);
