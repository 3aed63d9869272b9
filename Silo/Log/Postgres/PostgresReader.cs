using System.Collections.Immutable;
using Notify.Grains.Log;
using Npgsql;

namespace Notify.Silo.Log.Postgres;

/// <summary>Reads of a channel. Retention is by the silo's clock and settings, not by what was dropped yet.</summary>
internal sealed class PostgresReader(NpgsqlDataSource source, ChannelLogOptions options, DedupeLimits dedupe)
{
    // Of one portion: what a page still has room for, but not one by one when many have expired.
    private const int PortionEntries = 16;

    private const string Page =
        """
        WITH c AS (SELECT id, epoch, head FROM channels WHERE kind = $1 AND tenant = $2 AND name = $3)
        SELECT c.epoch, c.head, e.entry_offset, e.notification
        FROM c LEFT JOIN LATERAL (
            SELECT entry_offset, notification FROM (
                SELECT entry_offset, notification, sum(payload_bytes) OVER (ORDER BY entry_offset) - payload_bytes AS bytes_before FROM (
                    SELECT entry_offset, notification, payload_bytes FROM entries
                    WHERE kind = $1 AND channel_id = c.id AND time >= $4
                        AND entry_offset > greatest(CASE WHEN c.epoch = $5 AND $6 <= c.head THEN $6 ELSE 0 END, c.head - $7)
                    ORDER BY entry_offset LIMIT $8) AS portion
                ) AS measured
            WHERE bytes_before < $9) AS e ON true
        ORDER BY e.entry_offset
        """;

    private const string Recent =
        "SELECT id, entry_offset, time FROM ids WHERE channel_id = $1 AND time > $2 AND entry_offset <= $3 ORDER BY entry_offset DESC LIMIT $4";

    public async ValueTask<ChannelPage> ReadAsync(
        ChannelId channel, ChannelRead request, long baseEpoch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (head, rows) = await ReadPortionAsync(channel, request.After, request.LimitEntries, request.LimitBytes, now, cancellationToken);
        if (!head.IsKnown) head = new(baseEpoch, 0);
        var page = new PageBuilder(request, head, rows.Count > 0 ? rows[0].Offset : head.Offset + 1, now);
        while (!page.IsFull)
        {
            foreach (var (offset, notification) in rows)
            {
                if (!page.Add(offset, notification)) break;
            }

            if (page.IsFull) break;
            (var newest, rows) = await ReadPortionAsync(
                channel, head with { Offset = page.Next - 1 }, Math.Max(page.Room, PortionEntries), Math.Max(page.RoomBytes, 1), now, cancellationToken);
            if (rows.Count == 0 || newest.Epoch != head.Epoch) page.End();
        }

        return page.Build();
    }

    /// <summary>The ids of the dedupe window, oldest first.</summary>
    public async Task<ImmutableArray<RecentId>> ReadRecentAsync(
        NpgsqlConnection connection, long channel, Position head, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Recent, connection)
        {
            Parameters =
            {
                new() { Value = channel }, new() { Value = (now - dedupe.Window).UtcDateTime }, new() { Value = head.Offset }, new() { Value = dedupe.LimitEntries },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var recent = ImmutableArray.CreateBuilder<RecentId>();
        while (await reader.ReadAsync(cancellationToken))
            recent.Add(new(PostgresText.Decode(reader.GetFieldValue<byte[]>(0)), head with { Offset = reader.GetInt64(1) }, reader.GetFieldValue<DateTimeOffset>(2)));
        recent.Reverse();
        return recent.DrainToImmutable();
    }

    private async Task<(Position Head, List<(long Offset, Notification Notification)> Rows)> ReadPortionAsync(
        ChannelId channel, Position after, int limitEntries, int limitBytes, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var retention = options.Of(channel);
        await using var command = source.CreateCommand(Page);
        command.Parameters.Add(new() { Value = (short)channel.Kind });
        command.Parameters.Add(new() { Value = PostgresText.Encode(channel.Tenant) });
        command.Parameters.Add(new() { Value = PostgresText.Encode(channel.Name) });
        command.Parameters.Add(new() { Value = RoundUp(now - retention.AgeLimit) });
        command.Parameters.Add(new() { Value = after.Epoch });
        command.Parameters.Add(new() { Value = after.Offset });
        command.Parameters.Add(new() { Value = (long)retention.CountLimit });
        command.Parameters.Add(new() { Value = limitEntries });
        command.Parameters.Add(new() { Value = (long)limitBytes });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var head = default(Position);
        var rows = new List<(long, Notification)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            head = new(reader.GetInt64(0), reader.GetInt64(1));
            if (reader.IsDBNull(2)) break;
            rows.Add((reader.GetInt64(2), NotificationCodec.Read(reader.GetFieldValue<byte[]>(3))));
        }

        return (head, rows);
    }

    // Times are stored in microseconds, cut off: what is too old by less must not come back.
    private static DateTime RoundUp(DateTimeOffset time)
    {
        long over = time.UtcTicks % TimeSpan.TicksPerMicrosecond;
        return over == 0 ? time.UtcDateTime : time.UtcDateTime.AddTicks(TimeSpan.TicksPerMicrosecond - over);
    }
}
