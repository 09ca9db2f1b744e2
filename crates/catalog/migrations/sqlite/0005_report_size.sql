-- Serves the order by size, in which an unknown size counts as less than any: the expression is that of the query, to
-- the letter. SQLite ends every index with the id by itself.
CREATE INDEX results_size ON results (COALESCE(diskusage, -9223372036854775807));
