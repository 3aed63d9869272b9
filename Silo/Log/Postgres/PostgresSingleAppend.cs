using Notify.Grains.Log;
using Npgsql;
using NpgsqlTypes;

namespace Notify.Silo.Log.Postgres;

/// <summary>
/// The append of one notification to a channel that has some, as nearly all are while little is pushed: the same transaction as
/// <see cref="PostgresBatch"/> makes of it, in one round trip, at half of the server's time. Whatever does not fit is left to that.
/// </summary>
internal static class PostgresSingleAppend
{
    private const string Append =
        """
        WITH moved AS (
            UPDATE channels SET head = head + 1 WHERE kind = $1 AND tenant = $2 AND name = $3 AND epoch = $4 AND head = $5
            RETURNING kind, id AS channel_id, head AS entry_offset
        ), stored AS (
            INSERT INTO entries (kind, channel_id, entry_offset, time, payload_bytes, notification)
            SELECT kind, channel_id, entry_offset, $6, $7, $8 FROM moved
        ), remembered AS (
            INSERT INTO ids (channel_id, entry_offset, time, id) SELECT channel_id, entry_offset, $6, $9 FROM moved
        )
        SELECT entry_offset FROM moved
        """;

    /// <summary>Whether it is one that this can do.</summary>
    public static bool Fits(List<AppendRequest> appends) => appends is [{ Notifications.Count: 1, Expected.Offset: > 0 }];

    /// <summary>Commits it and plans its outcome; false: the channel's head is not the expected one, and nothing has happened.</summary>
    public static async Task<bool> TryRunAsync(NpgsqlDataSource source, AppendRequest append, CancellationToken cancellationToken)
    {
        var notification = append.Notifications[0];
        byte[] bytes = PostgresText.Encode(notification);
        await using var command = source.CreateCommand(Append);
        Add(command, NpgsqlDbType.Smallint, (short)append.Channel.Kind);
        Add(command, NpgsqlDbType.Bytea, PostgresText.Encode(append.Channel.Tenant));
        Add(command, NpgsqlDbType.Bytea, PostgresText.Encode(append.Channel.Name));
        Add(command, NpgsqlDbType.Bigint, append.Expected.Epoch);
        Add(command, NpgsqlDbType.Bigint, append.Expected.Offset);
        Add(command, NpgsqlDbType.TimestampTz, notification.Time.UtcDateTime);
        Add(command, NpgsqlDbType.Integer, notification.Payload.Length);
        Add(command, NpgsqlDbType.Bytea, bytes);
        Add(command, NpgsqlDbType.Bytea, PostgresText.Encode(notification.Id));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        bool isMoved = await reader.ReadAsync(cancellationToken);
        if (isMoved) append.Plan(AppendResult.Appended(append.Expected with { Offset = reader.GetInt64(0) }));

        // Errors of the commit itself come with the end of the command.
        await reader.NextResultAsync(cancellationToken);
        return isMoved;
    }

    private static void Add<T>(NpgsqlCommand command, NpgsqlDbType type, T value) => command.Parameters.Add(new NpgsqlParameter<T> { NpgsqlDbType = type, TypedValue = value });
}
