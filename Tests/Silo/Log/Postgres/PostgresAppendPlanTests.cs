using System.Globalization;
using Notify.Tests.Platform;
using Npgsql;
using Xunit;

namespace Notify.Tests.Silo.Log.Postgres;

/// <summary>Appends are planned once for their connection, and that may have been while the tables were empty.</summary>
public sealed class PostgresAppendPlanTests(PostgresServer server) : IAsyncDisposable
{
    private const int Channels = 20_000;

    private static readonly ChannelId Alice = new UserId("", "alice").Channel;

    private readonly PostgresLogFixture _fixture = new(server, TimeProvider.System);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>One notification has a statement of its own.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Append_PlannedWhenThereWereNoChannels_FindsItsChannelByTheIndexAmongMany(int notifications)
    {
        var log = await _fixture.OpenAsync();
        var head = (await log.LoadAsync(Alice, default, Cancellation)).Head;
        for (int i = 0; i < 10; i++) await AppendAsync(); // sent by its text, prepared, planned for good

        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(await server.GetConnectionStringAsync()) { SearchPath = _fixture.Limits.Schema });
        await using (var many = source.CreateCommand(string.Create(CultureInfo.InvariantCulture,
            $"INSERT INTO channels (kind, tenant, name, epoch, head) SELECT 1, '', convert_to('u' || n, 'UTF8'), 1, 0 FROM generate_series(1, {Channels}) n")))
        {
            _ = await many.ExecuteNonQueryAsync(Cancellation);
        }

        // The server tells of an append up to a second after it.
        long before = await ReadAsync("n_tup_upd");
        await Polling.Until(async () =>
        {
            await AppendAsync();
            return await ReadAsync("n_tup_upd") > before + 10;
        }, "the server's count of appends");
        Assert.InRange(await ReadAsync("seq_tup_read"), 0, Channels - 1);

        async Task AppendAsync()
        {
            var some = Enumerable.Range(0, notifications).Select(_ => new Notification { Payload = "1"u8.ToArray(), Time = TimeProvider.System.GetUtcNow() });
            head = (await log.AppendAsync(Alice, head, [.. some], Cancellation)).Head;
        }

        async Task<long> ReadAsync(string count)
        {
            await using var command = source.CreateCommand($"SELECT {count} FROM pg_stat_user_tables WHERE schemaname = '{_fixture.Limits.Schema}' AND relname = 'channels'");
            return (long)(await command.ExecuteScalarAsync(Cancellation))!;
        }
    }

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();
}
