using Notify.Grains.Log;
using Npgsql;

namespace Notify.Silo.Log.Postgres;

/// <summary>Tells an activation where its channel is, and starts a new epoch where somebody has seen more than the database has.</summary>
internal sealed class PostgresLoader(NpgsqlDataSource source, PostgresReader reader, long baseEpoch, TimeProvider time)
{
    // FOR SHARE waits for an append that is being committed, by whichever silo.
    private const string Find = "SELECT id, epoch, head FROM channels WHERE kind = $1 AND tenant = $2 AND name = $3 FOR SHARE";

    private const string StartEpoch =
        """
        INSERT INTO channels (kind, tenant, name, epoch, head) VALUES ($1, $2, $3, $4, 0)
        ON CONFLICT (kind, tenant, name) DO UPDATE SET epoch = excluded.epoch
        WHERE channels.epoch < $5 OR (channels.epoch = $5 AND channels.head < $6)
        """;

    public async Task<ChannelLogState> LoadAsync(ChannelId channel, Position known, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var (id, head) = await FindAsync(connection, channel, cancellationToken);
        if (Epochs.IsBehind(head, known))
        {
            await StartEpochAsync(connection, channel, Epochs.After(Math.Max(head.Epoch, known.Epoch), time.GetUtcNow()), known, cancellationToken);
            (id, head) = await FindAsync(connection, channel, cancellationToken);
        }

        if (id == 0) return new(head, []);
        return new(head, await reader.ReadRecentAsync(connection, id, head, time.GetUtcNow(), cancellationToken));
    }

    private async Task<(long Id, Position Head)> FindAsync(NpgsqlConnection connection, ChannelId channel, CancellationToken cancellationToken)
    {
        await using var command = NewCommand(Find, connection, channel);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? (row.GetInt64(0), new(row.GetInt64(1), row.GetInt64(2))) : (0, new(baseEpoch, 0));
    }

    private static async Task StartEpochAsync(
        NpgsqlConnection connection, ChannelId channel, long epoch, Position known, CancellationToken cancellationToken)
    {
        await using var command = NewCommand(StartEpoch, connection, channel);
        command.Parameters.Add(new() { Value = epoch });
        command.Parameters.Add(new() { Value = known.Epoch });
        command.Parameters.Add(new() { Value = known.Offset });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlCommand NewCommand(string sql, NpgsqlConnection connection, ChannelId channel) => new(sql, connection)
    {
        Parameters =
        {
            new() { Value = (short)channel.Kind },
            new() { Value = PostgresText.Encode(channel.Tenant) },
            new() { Value = PostgresText.Encode(channel.Name) },
        },
    };
}
