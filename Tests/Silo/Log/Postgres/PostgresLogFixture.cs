using Notify.Grains.Log;
using Notify.Silo.Log.Postgres;
using Notify.Tests.Platform;

namespace Notify.Tests.Silo.Log.Postgres;

/// <summary>Logs of several silos over one schema.</summary>
internal sealed class PostgresLogFixture(PostgresServer server, TimeProvider time) : IAsyncDisposable
{
    private readonly List<PostgresChannelLog> _opened = [];

    public ChannelLogOptions Options { get; } = new();

    public PostgresLogOptions Limits { get; } = new() { Schema = server.NewSchema() };

    public async Task<PostgresChannelLog> NewAsync()
    {
        Options.ConnectionString = await server.GetConnectionStringAsync();
        var log = new PostgresChannelLog(Options, Limits, new(TimeSpan.FromMinutes(10), 1_000), time, new TestOutputLogger<PostgresChannelLog>());
        _opened.Add(log);
        return log;
    }

    public async Task<PostgresChannelLog> OpenAsync()
    {
        var log = await NewAsync();
        await log.OpenAsync(CancellationToken.None);
        return log;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var log in _opened) await log.DisposeAsync();
    }
}
