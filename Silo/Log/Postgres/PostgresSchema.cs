using System.Reflection;
using Notify.Grains.Log;
using Npgsql;

namespace Notify.Silo.Log.Postgres;

/// <summary>
/// Creates the tables and brings them up to this program's version, once, however many silos start together. The scripts are
/// Schema/0001.sql and following; a script that was released is never changed.
/// </summary>
internal sealed class PostgresSchema(NpgsqlDataSource source, string schema, TimeProvider time)
{
    /// <summary>Any number that no other program takes for an advisory lock: "notifylo" as ASCII.</summary>
    public const long LockKey = 0x6E6F746966796C6F;

    private static readonly string[] Scripts = ReadScripts();

    /// <summary>Makes the schema ready; the epoch of channels that have no row.</summary>
    /// <exception cref="LogNotOpenedException">A newer version of this program has been here.</exception>
    public async Task<long> PrepareAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync("SET LOCAL statement_timeout = 0"); // waits for the silos that were first
        await ExecuteAsync($"SELECT pg_advisory_xact_lock({LockKey})");
        await ExecuteAsync(
            $"CREATE SCHEMA IF NOT EXISTS {schema}; CREATE TABLE IF NOT EXISTS schema_versions (version integer PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())");
        int version = (int)(await ScalarAsync("SELECT coalesce(max(version), 0) FROM schema_versions"))!;
        if (version > Scripts.Length)
            throw new LogNotOpenedException($"The schema '{schema}' has version {version}, made by a newer Notify; this one knows version {Scripts.Length}.");
        for (int i = version; i < Scripts.Length; i++)
        {
            await ExecuteAsync(Scripts[i]);
            await ExecuteAsync($"INSERT INTO schema_versions (version) VALUES ({i + 1})");
        }

        long? epoch = (long?)await ScalarAsync("SELECT max(base) FROM epochs");
        if (epoch is null)
        {
            epoch = Epochs.First(time.GetUtcNow());
            await ExecuteAsync($"INSERT INTO epochs (base) VALUES ({epoch})");
        }

        await transaction.CommitAsync(cancellationToken);
        return epoch.Value;

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        async Task<object?> ScalarAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            return await command.ExecuteScalarAsync(cancellationToken) is { } value and not DBNull ? value : null;
        }
    }

    private static string[] ReadScripts()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(Read)];

        string Read(string name)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        }
    }
}
