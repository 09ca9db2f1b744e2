-- Who keeps signal files of a run, why and until when. The flag itself stays where the compatible API has it
-- (experiments.storage_options); former_options is what the run had before, for when Keep ends.
CREATE TABLE run_keeps (
    experiment_id BIGINT PRIMARY KEY REFERENCES experiments (id) ON DELETE CASCADE,
    owner TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    since_us BIGINT NOT NULL,
    expires_us BIGINT,
    former_options TEXT COLLATE "C" NOT NULL
);
CREATE INDEX run_keeps_expires ON run_keeps (expires_us);

-- The same for the other categories of a report; the flag is category_states.keep.
CREATE TABLE category_keeps (
    result_id BIGINT NOT NULL REFERENCES results (id) ON DELETE CASCADE,
    category BIGINT NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    since_us BIGINT NOT NULL,
    expires_us BIGINT,
    PRIMARY KEY (result_id, category)
);
CREATE INDEX category_keeps_expires ON category_keeps (expires_us);

-- Somebody uses a report or a whole run: no action may touch it. One of the two ids is set.
CREATE TABLE holds (
    id BIGINT PRIMARY KEY,
    result_id BIGINT REFERENCES results (id) ON DELETE CASCADE,
    experiment_id BIGINT REFERENCES experiments (id) ON DELETE CASCADE,
    who TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    since_us BIGINT NOT NULL,
    expires_us BIGINT
);
CREATE INDEX holds_result ON holds (result_id);
CREATE INDEX holds_experiment ON holds (experiment_id);
CREATE INDEX holds_expires ON holds (expires_us);
INSERT INTO id_sequences (name, next_id) VALUES ('holds', 1);

-- Answers to requests with an Idempotency-Key, to be given again. Without status the request still runs.
CREATE TABLE remembered_answers (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key_hash TEXT COLLATE "C" NOT NULL,
    request_hash TEXT COLLATE "C" NOT NULL,
    created_us BIGINT NOT NULL,
    status BIGINT,
    answer BYTEA,
    PRIMARY KEY (user_id, key_hash)
);
CREATE INDEX remembered_answers_created ON remembered_answers (created_us);
