-- What a scan saw of a report before it walked it: what has not changed since need not be walked again.
-- No reference to results: a report that is replaced by a load keeps its id, and a stale row does no harm.
CREATE TABLE observations (
    result_id INTEGER PRIMARY KEY NOT NULL,
    newest_us INTEGER NOT NULL,
    walked_us INTEGER NOT NULL
);
