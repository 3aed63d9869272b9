using Notify.Grains.Edges;
using Notify.Grains.Log;
using Npgsql;
using NpgsqlTypes;

namespace Notify.Silo.Log.Postgres;

/// <summary>The edge directory's memory in the log's database.</summary>
internal sealed class PostgresEdgeStore(ChannelLogOptions options, PostgresLogOptions limits) : IEdgeStore, IAsyncDisposable
{
    private const string Read = "SELECT id, gone_until FROM edges WHERE gone_until IS NULL OR gone_until > now()";

    // greatest() leaves nulls out: gone wins, and the longer memory. Sorted, so that two writers take their locks in one order.
    private const string Write =
        """
        WITH forgotten AS (DELETE FROM edges WHERE gone_until < now() - interval '1 minute')
        INSERT INTO edges (id, gone_until) SELECT id, gone_until FROM unnest($1, $2) AS given (id, gone_until) ORDER BY id
        ON CONFLICT (id) DO UPDATE SET gone_until = greatest(edges.gone_until, excluded.gone_until)
        """;

    private readonly Lazy<NpgsqlDataSource> _source = new(() => PostgresConnections.Create(options.ConnectionString, limits));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoredEdge>> ReadAsync(CancellationToken cancellationToken)
    {
        await using var command = _source.Value.CreateCommand(Read);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var edges = new List<StoredEdge>();
        while (await reader.ReadAsync(cancellationToken))
            edges.Add(new(new(PostgresText.Decode(reader.GetFieldValue<byte[]>(0))), reader.IsDBNull(1) ? null : reader.GetFieldValue<DateTimeOffset>(1)));
        return edges;
    }

    /// <inheritdoc/>
    public async Task WriteAsync(IReadOnlyList<StoredEdge> edges, CancellationToken cancellationToken)
    {
        await using var command = _source.Value.CreateCommand(Write);
        command.Parameters.Add(new() { Value = edges.Select(edge => PostgresText.Encode(edge.Edge.Value)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        command.Parameters.Add(new() { Value = edges.Select(edge => edge.GoneUntil?.ToUniversalTime()).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        _ = await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_source.IsValueCreated) await _source.Value.DisposeAsync();
    }
}
