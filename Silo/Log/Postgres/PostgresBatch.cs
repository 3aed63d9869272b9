using Notify.Grains.Log;
using Npgsql;
using NpgsqlTypes;

namespace Notify.Silo.Log.Postgres;

/// <summary>
/// Appends of different channels as one transaction in one round trip: missing channels get a row, then all heads are locked in the order
/// of their names (so that silos never wait for each other in a circle), and what expected the right head is stored. The others' heads
/// come back.
/// </summary>
internal static class PostgresBatch
{
    private const string CreateChannels =
        """
        INSERT INTO channels (kind, tenant, name, epoch, head)
        SELECT kind, tenant, name, $4, 0 FROM unnest($1, $2, $3) AS wanted (kind, tenant, name) ORDER BY kind, tenant, name
        ON CONFLICT DO NOTHING
        """;

    // An expected offset of 0 fits any epoch: the channel was unknown, and others' loss may have moved the epoch since.
    private const string Append =
        """
        WITH request AS (
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6) WITH ORDINALITY AS r (kind, tenant, name, epoch, head, count, number)
        ), locked AS (
            SELECT r.number, r.count, c.id, c.kind, c.epoch, c.head, c.head = r.head AND (c.epoch = r.epoch OR r.head = 0) AS fits
            FROM request r JOIN channels c ON c.kind = r.kind AND c.tenant = r.tenant AND c.name = r.name
            ORDER BY c.kind, c.tenant, c.name FOR NO KEY UPDATE OF c
        ), moved AS (
            UPDATE channels c SET head = c.head + l.count FROM locked l WHERE c.id = l.id AND l.fits AND l.count > 0
        ), fresh AS (
            SELECT l.kind, l.id AS channel_id, l.head + e.place AS entry_offset, e.time, e.payload_bytes, e.id, e.notification
            FROM unnest($7, $8, $9, $10, $11, $12) AS e (number, place, time, payload_bytes, id, notification) JOIN locked l ON l.number = e.number
            WHERE l.fits
        ), stored AS (
            INSERT INTO entries (kind, channel_id, entry_offset, time, payload_bytes, notification)
            SELECT kind, channel_id, entry_offset, time, payload_bytes, notification FROM fresh
        ), remembered AS (
            INSERT INTO ids (channel_id, entry_offset, time, id) SELECT channel_id, entry_offset, time, id FROM fresh
        )
        SELECT number, fits, epoch, head, count FROM locked
        """;

    /// <summary>Commits the appends, each of another channel, and plans their outcomes.</summary>
    public static async Task RunAsync(NpgsqlDataSource source, List<AppendRequest> appends, long baseEpoch, CancellationToken cancellationToken)
    {
        await using var batch = source.CreateBatch();
        var unknown = appends.Where(append => append.Expected.Offset == 0 && append.Notifications.Count > 0).ToList();
        if (unknown.Count > 0)
        {
            var creation = new NpgsqlBatchCommand(CreateChannels);
            AddChannels(creation, unknown);
            creation.Parameters.Add(new() { Value = baseEpoch });
            batch.BatchCommands.Add(creation);
        }

        batch.BatchCommands.Add(NewAppend(appends));
        foreach (var append in appends) append.Plan(WithoutRow(append, new(baseEpoch, 0)));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var head = new Position(reader.GetInt64(2), reader.GetInt64(3));
            bool fits = reader.GetBoolean(1);
            appends[(int)reader.GetInt64(0) - 1].Plan(fits ? AppendResult.Appended(head.Plus(reader.GetInt32(4))) : AppendResult.Conflict(head));
        }

        // Errors of the commit itself come with the end of the batch.
        await reader.NextResultAsync(cancellationToken);
    }

    // What holds unless there is a row: an append of something has made one if it expected none.
    private static AppendResult WithoutRow(AppendRequest append, Position head) =>
        append.Expected.Offset == 0 ? AppendResult.Appended(head) : AppendResult.Conflict(head);

    private static NpgsqlBatchCommand NewAppend(List<AppendRequest> appends)
    {
        var command = new NpgsqlBatchCommand(Append);
        AddChannels(command, appends);
        Add(command, NpgsqlDbType.Bigint, appends.Select(append => append.Expected.Epoch).ToArray());
        Add(command, NpgsqlDbType.Bigint, appends.Select(append => append.Expected.Offset).ToArray());
        Add(command, NpgsqlDbType.Integer, appends.Select(append => append.Notifications.Count).ToArray());

        int count = appends.Sum(append => append.Notifications.Count);
        var (numbers, places, times, sizes) = (new long[count], new int[count], new DateTime[count], new int[count]);
        var (ids, notifications) = (new byte[count][], new byte[count][]);
        int at = 0;
        for (int number = 0; number < appends.Count; number++)
        {
            for (int place = 0; place < appends[number].Notifications.Count; place++, at++)
            {
                var notification = appends[number].Notifications[place];
                (numbers[at], places[at], times[at], sizes[at]) = (number + 1, place + 1, notification.Time.UtcDateTime, notification.Payload.Length);
                ids[at] = PostgresText.Encode(notification.Id);
                notifications[at] = PostgresText.Encode(notification);
            }
        }

        Add(command, NpgsqlDbType.Bigint, numbers);
        Add(command, NpgsqlDbType.Integer, places);
        Add(command, NpgsqlDbType.TimestampTz, times);
        Add(command, NpgsqlDbType.Integer, sizes);
        Add(command, NpgsqlDbType.Bytea, ids);
        Add(command, NpgsqlDbType.Bytea, notifications);
        return command;
    }

    private static void AddChannels(NpgsqlBatchCommand command, List<AppendRequest> appends)
    {
        Add(command, NpgsqlDbType.Smallint, appends.Select(append => (short)append.Channel.Kind).ToArray());
        Add(command, NpgsqlDbType.Bytea, appends.Select(append => PostgresText.Encode(append.Channel.Tenant)).ToArray());
        Add(command, NpgsqlDbType.Bytea, appends.Select(append => PostgresText.Encode(append.Channel.Name)).ToArray());
    }

    private static void Add(NpgsqlBatchCommand command, NpgsqlDbType type, Array values) =>
        command.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Array | type, Value = values });
}
