-- The one row that silos write to find out whether the database takes writes.
CREATE TABLE probe (
    id integer PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 10); -- an update stays on its page
