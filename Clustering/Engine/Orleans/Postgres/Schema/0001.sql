-- The members of clusters. Orleans' ADO.NET provider knows none of these tables but OrleansQuery: it asks that for texts by their keys and
-- runs them. So the tables are ours; the keys, the names of parameters and the names of columns in answers are Orleans'.

-- One row per cluster. Every change of its members adds one to the version and names the version it saw: of two changes at once one fails.
CREATE TABLE clusters (
    cluster_id text PRIMARY KEY,
    version integer NOT NULL DEFAULT 0
);

CREATE TABLE members (
    cluster_id text NOT NULL REFERENCES clusters,
    address text NOT NULL,
    port integer NOT NULL,
    generation integer NOT NULL, -- of the silos at one address and port the newest lives
    silo_name text NOT NULL,
    host_name text NOT NULL,
    status integer NOT NULL, -- Orleans' SiloStatus: 3 is active
    gateway_port integer NOT NULL,
    suspicions text,
    started timestamptz NOT NULL,
    alive timestamptz NOT NULL,
    PRIMARY KEY (cluster_id, address, port, generation)
) WITH (fillfactor = 50); -- "alive" moves every few seconds: in place

CREATE TABLE OrleansQuery (
    QueryKey text PRIMARY KEY,
    QueryText text NOT NULL
);

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES

-- Whether this was the first silo of the cluster ever.
('InsertMembershipVersionKey', $query$
WITH made AS (
    INSERT INTO clusters (cluster_id) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING 1
)
SELECT count(*)::integer FROM made
$query$),

-- The version moves only together with the member: neither statement does anything unless the other can.
('InsertMembershipKey', $query$
WITH moved AS (
    UPDATE clusters SET version = version + 1
    WHERE cluster_id = @DeploymentId AND version = @Version AND NOT EXISTS (
        SELECT 1 FROM members
        WHERE cluster_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
    RETURNING cluster_id
), added AS (
    INSERT INTO members (cluster_id, address, port, generation, silo_name, host_name, status, gateway_port, started, alive)
    SELECT cluster_id, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM moved
    RETURNING 1
)
SELECT count(*)::integer FROM added
$query$),

('UpdateMembershipKey', $query$
WITH moved AS (
    UPDATE clusters SET version = version + 1
    WHERE cluster_id = @DeploymentId AND version = @Version AND EXISTS (
        SELECT 1 FROM members
        WHERE cluster_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
    RETURNING cluster_id
), changed AS (
    UPDATE members SET status = @Status, suspicions = @SuspectTimes, alive = @IAmAliveTime
    FROM moved
    WHERE members.cluster_id = moved.cluster_id AND address = @Address AND port = @Port AND generation = @Generation
    RETURNING 1
)
SELECT count(*)::integer FROM changed
$query$),

('UpdateIAmAlivetimeKey', $query$
UPDATE members SET alive = @IAmAliveTime
WHERE cluster_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
$query$),

-- Reads answer the cluster's version even where there is no member.
('MembershipReadAllKey', $query$
SELECT address AS Address, port AS Port, generation AS Generation, silo_name AS SiloName, host_name AS HostName, status AS Status,
       gateway_port AS ProxyPort, suspicions AS SuspectTimes, started AS StartTime, alive AS IAmAliveTime, version AS Version
FROM clusters LEFT JOIN members USING (cluster_id)
WHERE cluster_id = @DeploymentId
$query$),

('MembershipReadRowKey', $query$
SELECT m.address AS Address, m.port AS Port, m.generation AS Generation, m.silo_name AS SiloName, m.host_name AS HostName, m.status AS Status,
       m.gateway_port AS ProxyPort, m.suspicions AS SuspectTimes, m.started AS StartTime, m.alive AS IAmAliveTime, c.version AS Version
FROM clusters c LEFT JOIN members m
    ON m.cluster_id = c.cluster_id AND m.address = @Address AND m.port = @Port AND m.generation = @Generation
WHERE c.cluster_id = @DeploymentId
$query$),

('GatewaysQueryKey', $query$
SELECT address AS Address, gateway_port AS ProxyPort, generation AS Generation
FROM members
WHERE cluster_id = @DeploymentId AND status = @Status AND gateway_port > 0
$query$),

-- An active member is never tidied away, however long it said nothing.
('CleanupDefunctSiloEntriesKey', $query$
DELETE FROM members WHERE cluster_id = @DeploymentId AND status <> 3 AND alive < @IAmAliveTime
$query$),

('DeleteMembershipTableEntriesKey', $query$
DELETE FROM members WHERE cluster_id = @DeploymentId;
DELETE FROM clusters WHERE cluster_id = @DeploymentId
$query$);
