using Notify.Grains.Log;
using Notify.Tests.Platform;
using Npgsql;
using Xunit;

namespace Notify.Tests.Silo.Log.Postgres;

/// <summary>Several silos over one database.</summary>
public sealed class PostgresClusterTests(PostgresServer server) : IAsyncDisposable
{
    private readonly PostgresLogFixture _fixture = new(server, TimeProvider.System);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_WhenManySilosStartAtOnce_MakesTheSchemaOnce()
    {
        var logs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _fixture.NewAsync()));
        await Task.WhenAll(logs.Select(log => log.OpenAsync(Cancellation))).Within("all silos' starts");

        var heads = await Task.WhenAll(logs.Select(async log => (await log.LoadAsync(User("a"), default, Cancellation)).Head));
        Assert.Single(heads.Distinct());
        Assert.Equal("3", await ScalarAsync("SELECT count(*) FROM schema_versions"));
    }

    [Fact]
    public async Task Open_WhenTheSchemaIsNewer_SaysSo()
    {
        _ = await _fixture.OpenAsync();
        _ = await ScalarAsync("INSERT INTO schema_versions (version) VALUES (999)");

        var refusal = await Assert.ThrowsAsync<LogNotOpenedException>(() => _fixture.OpenAsync());
        Assert.Contains("version 999", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "needs Notify:Log:ConnectionString")]
    [InlineData("Hots=x", "Notify:Log:ConnectionString is not")]
    [InlineData("Username=notify", "Notify:Log:ConnectionString is not")]
    [InlineData("Host=/nowhere;Username=notify", "Notify:Log:ConnectionString cannot be used")]
    public async Task Open_WhenTheConnectionStringIsWrong_SaysSo(string? connectionString, string expected)
    {
        _fixture.Limits.StartLimit = TimeSpan.Zero;
        var log = await _fixture.NewAsync();
        _fixture.Options.ConnectionString = connectionString;

        var refusal = await Assert.ThrowsAsync<LogNotOpenedException>(() => log.OpenAsync(Cancellation));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_WhenTheDatabaseDoesNotExist_DoesNotWaitForIt()
    {
        var log = await _fixture.NewAsync();
        _fixture.Options.ConnectionString += "x";

        var refusal = await Assert.ThrowsAsync<LogNotOpenedException>(() => log.OpenAsync(Cancellation).Within("the refusal"));
        Assert.Contains("does not exist", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Append_FromTwoSilos_IsSeenByBothAtOnceAndOneWins()
    {
        var (one, two) = (await _fixture.OpenAsync(), await _fixture.OpenAsync());
        var head = (await one.LoadAsync(User("a"), default, Cancellation)).Head;
        var first = await one.AppendAsync(User("a"), head, [New("a")], Cancellation);

        Assert.Equal((false, first.Head), Outcome(await two.AppendAsync(User("a"), head, [New("b")], Cancellation)));
        Assert.Equal(first.Head, (await two.LoadAsync(User("a"), head, Cancellation)).Head);
        Assert.Equal(["a"], (await two.ReadAsync(User("a"), new(default, 10, 1_000), Cancellation)).Entries.Select(entry => entry.Notification.Id));
    }

    /// <summary>Both silos batch the same 40 channels, in different orders: no deadlock, and each append succeeds on one side only.</summary>
    [Fact]
    public async Task Append_FromSilosThatCompeteForManyChannels_KeepsEachChannelInOne()
    {
        const int Channels = 40, Appends = 15;
        var logs = new[] { await _fixture.OpenAsync(), await _fixture.OpenAsync(), await _fixture.OpenAsync() };
        long[] appended = new long[Channels];
        await Task.WhenAll(logs.SelectMany((log, silo) => Enumerable.Range(0, Channels).Select(async i =>
        {
            int channel = silo == 1 ? Channels - 1 - i : i;
            var head = (await log.LoadAsync(User($"u{channel}"), default, Cancellation)).Head;
            for (int n = 0; n < Appends; n++)
            {
                var result = await log.AppendAsync(User($"u{channel}"), head, [New($"{silo}-{n}")], Cancellation);
                if (result.IsAppended) Interlocked.Increment(ref appended[channel]);
                head = result.Head;
            }
        })));

        for (int i = 0; i < Channels; i++)
        {
            var page = await logs[0].ReadAsync(User($"u{i}"), new(default, 1_000, int.MaxValue), Cancellation);
            Assert.Equal(appended[i], page.Head.Offset);
            Assert.Equal(Enumerable.Range(1, (int)appended[i]).Select(offset => (long)offset), page.Entries.Select(entry => entry.Position.Offset));
        }

        Assert.All(logs, log => Assert.Equal(0, log.FailureCount));
    }

    [Fact]
    public async Task Append_WhenTheServerTakesTooLong_IsUnknownAndTheNextLoadTells()
    {
        _fixture.Limits.CommandTimeout = TimeSpan.FromSeconds(1);
        var log = await _fixture.OpenAsync();
        var head = (await log.LoadAsync(User("a"), default, Cancellation)).Head;
        head = (await log.AppendAsync(User("a"), head, [New("a")], Cancellation)).Head;
        await using (var source = NpgsqlDataSource.Create(await ConnectionStringAsync()))
        await using (var connection = await source.OpenConnectionAsync(Cancellation))
        await using (var transaction = await connection.BeginTransactionAsync(Cancellation))
        {
            await using var locking = new NpgsqlCommand("SELECT * FROM channels FOR UPDATE", connection);
            await locking.ExecuteNonQueryAsync(Cancellation);
            await Assert.ThrowsAsync<IOException>(() => log.AppendAsync(User("a"), head, [New("b")], Cancellation).AsTask().Within("the time-out"));
        }

        Assert.Equal(head, (await log.LoadAsync(User("a"), head, Cancellation)).Head);
        Assert.Equal((true, head.Plus(1)), Outcome(await log.AppendAsync(User("a"), head, [New("b")], Cancellation)));
        Assert.Equal(1, log.FailureCount);
    }

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    private static ChannelId User(string name) => new UserId("", name).Channel;

    private static Notification New(string id) => new() { Id = id, Time = TimeProvider.System.GetUtcNow() };

    private static (bool, Position) Outcome(AppendResult result) => (result.IsAppended, result.Head);

    private async Task<string> ConnectionStringAsync() => $"{await server.GetConnectionStringAsync()};Search Path={_fixture.Limits.Schema};Pooling=false";

    private async Task<string?> ScalarAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(await ConnectionStringAsync());
        await using var command = source.CreateCommand(sql);
        return (await command.ExecuteScalarAsync(Cancellation))?.ToString();
    }
}
