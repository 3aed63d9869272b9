using System.Reflection;
using Npgsql;

namespace Notify.Clustering.Engine.Postgres;

/// <summary>
/// What Orleans' provider expects in the database, by scripts of our own: Schema/0001.sql and following; one that was released is never
/// changed.
/// </summary>
internal sealed class MembershipSchema(NpgsqlDataSource source, string schema)
{
    // Any number that no other program takes for an advisory lock: "notifycl" as ASCII.
    private const long LockKey = 0x6E6F74696679636C;

    private static readonly string[] Scripts = ReadScripts();

    /// <summary>Creates or upgrades it; does nothing where that is done.</summary>
    /// <exception cref="ClusteringException">A newer version of this program has been here.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (await IsReadyAsync(cancellationToken)) return;
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(
            $"SELECT pg_advisory_xact_lock({LockKey}); CREATE SCHEMA IF NOT EXISTS {schema}; CREATE TABLE IF NOT EXISTS {schema}.schema_versions (version integer PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())");
        for (int i = await VersionAsync(connection, cancellationToken); i < Scripts.Length; i++)
            await ExecuteAsync($"{Scripts[i]}; INSERT INTO schema_versions (version) VALUES ({i + 1})");
        await transaction.CommitAsync(cancellationToken);

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 }; // waits for the silos that were first
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>Whether it is there, in this program's version.</summary>
    /// <exception cref="ClusteringException">A newer version of this program has been here.</exception>
    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"SELECT to_regclass('{schema}.schema_versions') IS NOT NULL", connection);
        return await command.ExecuteScalarAsync(cancellationToken) is true && await VersionAsync(connection, cancellationToken) == Scripts.Length;
    }

    private async Task<int> VersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT coalesce(max(version), 0) FROM {schema}.schema_versions", connection);
        int version = (int)(await command.ExecuteScalarAsync(cancellationToken))!;
        return version <= Scripts.Length
            ? version
            : throw new ClusteringException($"The schema '{schema}' has version {version}, made by a newer Notify; this one knows version {Scripts.Length}.");
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
