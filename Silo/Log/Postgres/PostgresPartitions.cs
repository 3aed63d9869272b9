using System.Globalization;
using Notify.Grains.Log;
using Npgsql;

namespace Notify.Silo.Log.Postgres;

/// <summary>Makes partitions before they are needed and drops those whose time is over.</summary>
internal sealed partial class PostgresPartitions(NpgsqlDataSource source, ChannelLogOptions options, TimeSpan dedupeWindow, ILogger logger)
{
    // A retention is cut into so many partitions: what is kept too long is at most one of them.
    private const int PartitionsPerAge = 12;
    private static readonly TimeSpan SpanAtLeast = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan SpanAtMost = TimeSpan.FromDays(30);

    private readonly (string Parent, TimeSpan Age)[] _parents =
    [
        ("entries_user", options.Users.AgeLimit),
        ("entries_company", options.Companies.AgeLimit),
        ("entries_topic", options.Topics.AgeLimit),
        ("entries_everyone", options.Everyone.AgeLimit),
        ("ids", dedupeWindow),
    ];

    /// <summary>Makes the partitions for a time and for at least 10 minutes after it, where they are missing.</summary>
    public async Task EnsureAsync(DateTimeOffset time, CancellationToken cancellationToken)
    {
        foreach (var (parent, age) in _parents)
        {
            var end = time + SpanOf(age);
            for (var next = time; next < end;) next = await EnsureAsync(parent, SpanOf(age), next, cancellationToken);
        }
    }

    /// <summary>Drops the partitions that hold nothing that is retained. One that is in use just now is left for the next time.</summary>
    public async Task DropAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var (parent, age) in _parents)
        {
            foreach (string name in await FindOldAsync(parent, now - age, cancellationToken))
            {
                try
                {
                    await DropAsync(name, cancellationToken);
                }
                catch (PostgresException failure) when (failure.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
                {
                    LogDropDelayed(logger, name, failure.SqlState);
                }
            }
        }
    }

    // Returns where the partition that holds the time ends. Partitions of other lengths, made under other settings, are kept clear of.
    private async Task<DateTimeOffset> EnsureAsync(string parent, TimeSpan span, DateTimeOffset time, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        if (await FindUpperAsync(connection, parent, time, cancellationToken) is { } known) return known;

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var locking = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({PostgresSchema.LockKey})", connection))
            await locking.ExecuteNonQueryAsync(cancellationToken);
        if (await FindUpperAsync(connection, parent, time, cancellationToken) is { } madeMeanwhile) return madeMeanwhile;

        var lower = new DateTimeOffset(time.UtcTicks - (time.UtcTicks % span.Ticks), TimeSpan.Zero);
        var upper = lower + span;
        await using (var neighbours = new NpgsqlCommand(
            "SELECT max(upper) FILTER (WHERE upper <= $2), min(lower) FILTER (WHERE lower > $2) FROM partitions WHERE parent = $1", connection)
            { Parameters = { new() { Value = parent }, new() { Value = time.UtcDateTime } } })
        {
            await using var reader = await neighbours.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            if (!reader.IsDBNull(0) && reader.GetDateTime(0) > lower.UtcDateTime) lower = reader.GetDateTime(0);
            if (!reader.IsDBNull(1) && reader.GetDateTime(1) < upper.UtcDateTime) upper = reader.GetDateTime(1);
        }

        string name = string.Create(CultureInfo.InvariantCulture, $"{parent}_{lower.UtcDateTime:yyyyMMddHHmmss}_{lower.UtcTicks % TimeSpan.TicksPerSecond:D7}");
        await using var creation = new NpgsqlCommand(
            $"""
            CREATE TABLE {name} (LIKE {parent});
            ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES FROM ('{lower.UtcDateTime:O}') TO ('{upper.UtcDateTime:O}');
            INSERT INTO partitions (name, parent, lower, upper) VALUES ('{name}', '{parent}', '{lower.UtcDateTime:O}', '{upper.UtcDateTime:O}')
            """,
            connection);
        await creation.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return upper;
    }

    private static async Task<DateTimeOffset?> FindUpperAsync(
        NpgsqlConnection connection, string parent, DateTimeOffset time, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT upper FROM partitions WHERE parent = $1 AND lower <= $2 AND upper > $2", connection)
        {
            Parameters = { new() { Value = parent }, new() { Value = time.UtcDateTime } },
        };
        return await command.ExecuteScalarAsync(cancellationToken) is DateTime upper ? upper : null;
    }

    private async Task<List<string>> FindOldAsync(string parent, DateTimeOffset limit, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("SELECT name FROM partitions WHERE parent = $1 AND upper <= $2 ORDER BY upper");
        command.Parameters.Add(new() { Value = parent });
        command.Parameters.Add(new() { Value = limit.UtcDateTime });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var names = new List<string>();
        while (await reader.ReadAsync(cancellationToken)) names.Add(reader.GetString(0));
        return names;
    }

    // Waits only for a moment: whoever comes while it waits has to wait too.
    private async Task DropAsync(string name, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            $"SET LOCAL lock_timeout = '1s'; DROP TABLE IF EXISTS {name}; DELETE FROM partitions WHERE name = '{name}'", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static TimeSpan SpanOf(TimeSpan age)
    {
        var span = new TimeSpan(age.Ticks / PartitionsPerAge / TimeSpan.TicksPerMinute * TimeSpan.TicksPerMinute);
        return span < SpanAtLeast ? SpanAtLeast : span > SpanAtMost ? SpanAtMost : span;
    }

    [LoggerMessage(1651, LogLevel.Information, "The partition {Name} is in use ({SqlState}); it is dropped later")]
    private static partial void LogDropDelayed(ILogger logger, string name, string sqlState);
}
