-- What a channel is. Names are bytes (UTF-8), because text cannot hold every name; the view channel_heads shows them as text.
CREATE TABLE channels (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind smallint NOT NULL,
    tenant bytea NOT NULL,
    name bytea NOT NULL,
    epoch bigint NOT NULL,
    head bigint NOT NULL,
    UNIQUE (kind, tenant, name)
) WITH (fillfactor = 50); -- heads move with every push: in place

CREATE VIEW channel_heads AS
    SELECT id, kind, encode(tenant, 'escape') AS tenant, encode(name, 'escape') AS name, epoch, head FROM channels;

-- The epoch of channels that have no row yet.
CREATE TABLE epochs (base bigint NOT NULL);

-- What channels retain, apart by kind (each has its own retention) and by time, so that retention drops whole tables.
CREATE TABLE entries (
    kind smallint NOT NULL,
    channel_id bigint NOT NULL,
    entry_offset bigint NOT NULL,
    time timestamptz NOT NULL,
    payload_bytes integer NOT NULL,
    notification bytea NOT NULL,
    PRIMARY KEY (kind, channel_id, entry_offset, time)
) PARTITION BY LIST (kind);
CREATE TABLE entries_user PARTITION OF entries FOR VALUES IN (1) PARTITION BY RANGE (time);
CREATE TABLE entries_company PARTITION OF entries FOR VALUES IN (2) PARTITION BY RANGE (time);
CREATE TABLE entries_topic PARTITION OF entries FOR VALUES IN (3) PARTITION BY RANGE (time);
CREATE TABLE entries_everyone PARTITION OF entries FOR VALUES IN (4) PARTITION BY RANGE (time);

-- The ids of the dedupe window: narrow, and independent of how little is retained.
CREATE TABLE ids (
    channel_id bigint NOT NULL,
    entry_offset bigint NOT NULL,
    time timestamptz NOT NULL,
    id bytea NOT NULL,
    PRIMARY KEY (channel_id, entry_offset, time)
) PARTITION BY RANGE (time);

-- The partitions by time that exist; bounds may be of any length, so that retention can be changed.
CREATE TABLE partitions (
    name text PRIMARY KEY,
    parent text NOT NULL,
    lower timestamptz NOT NULL,
    upper timestamptz NOT NULL
);
CREATE INDEX ON partitions (parent, lower);
