-- The edge directory's memory: edges that had a lease, and those that are gone.
CREATE TABLE edges (
    id bytea PRIMARY KEY,
    gone_until timestamptz -- null: not gone
);
