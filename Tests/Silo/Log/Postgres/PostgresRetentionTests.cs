using Notify.Silo.Log.Postgres;
using Notify.Tests.Platform;
using Notify.Tests.Time;
using Npgsql;
using Xunit;

namespace Notify.Tests.Silo.Log.Postgres;

/// <summary>Partitions come before they are needed and go when nothing in them is retained.</summary>
public sealed class PostgresRetentionTests : IAsyncDisposable
{
    private static readonly ChannelId Alice = new UserId("", "alice").Channel;
    private static readonly ChannelId Topic = new TopicId("", "prices").Channel;

    private readonly ManualTimeProvider _time = new();
    private readonly PostgresServer _server;
    private readonly PostgresLogFixture _fixture;

    public PostgresRetentionTests(PostgresServer server)
    {
        _server = server;
        _fixture = new(server, _time);
        _fixture.Options.Users = new() { CountLimit = 50, AgeLimit = TimeSpan.FromHours(24) };
        _fixture.Options.Topics = new() { CountLimit = 1_000, AgeLimit = TimeSpan.FromHours(1) };
        _fixture.Limits.UpkeepPeriod = TimeSpan.FromMinutes(10);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Partitions_WhenTheirTimeIsOver_AreDropped()
    {
        var log = await _fixture.OpenAsync();
        for (int i = 0; i < 40; i++)
        {
            _ = await PushAsync(log, Alice, $"{i}");
            _ = await PushAsync(log, Topic, $"{i}");
            _time.Advance(TimeSpan.FromHours(1));
        }

        await using var source = NpgsqlDataSource.Create(await ConnectionStringAsync());
        var partitions = new PostgresPartitions(source, _fixture.Options, TimeSpan.FromMinutes(10), new TestOutputLogger<PostgresChannelLog>());
        await partitions.DropAsync(_time.GetUtcNow(), Cancellation);
        await partitions.DropAsync(_time.GetUtcNow(), Cancellation);

        Assert.InRange(await CountAsync(source, "SELECT count(*) FROM partitions WHERE parent = 'entries_user'"), 12, 14);
        Assert.InRange(await CountAsync(source, "SELECT count(*) FROM partitions WHERE parent = 'entries_topic'"), 1, 8);
        Assert.InRange(await CountAsync(source, "SELECT count(*) FROM entries WHERE kind = 1"), 24, 26);
        Assert.InRange(await CountAsync(source, "SELECT count(*) FROM ids"), 0, 2);
        var page = await log.ReadAsync(Alice, new(default, 100, int.MaxValue), Cancellation);
        Assert.Equal(Enumerable.Range(16, 24).Select(i => $"{i}"), page.Entries.Select(entry => entry.Notification.Id));
        Assert.Equal((40, false), (page.Head.Offset, page.IsComplete));
        Assert.Equal(40, (await log.LoadAsync(Topic, default, Cancellation)).Head.Offset);
    }

    [Fact]
    public async Task Append_WhenNobodyMadeThePartition_MakesIt()
    {
        var log = await _fixture.OpenAsync();
        var head = (await log.LoadAsync(Alice, default, Cancellation)).Head;
        var far = new Notification { Id = "far", Time = _time.GetUtcNow().AddDays(40) };

        Assert.True((await log.AppendAsync(Alice, head, [far], Cancellation)).IsAppended);
        Assert.Equal(0, log.FailureCount);
    }

    [Fact]
    public async Task Partitions_WhenRetentionIsChanged_FitBetweenThoseThatExist()
    {
        TimeSpan[] ages = [TimeSpan.FromHours(48), TimeSpan.FromHours(20), TimeSpan.FromDays(30), TimeSpan.FromHours(24)];
        int pushed = 0;
        foreach (var age in ages)
        {
            _fixture.Options.Users.AgeLimit = age;
            var log = await _fixture.OpenAsync();
            for (int i = 0; i < 5; i++, pushed++)
            {
                _ = await PushAsync(log, Alice, $"{pushed}");
                _time.Advance(TimeSpan.FromMinutes(47));
            }

            await log.DisposeAsync();
        }

        await using var source = NpgsqlDataSource.Create(await ConnectionStringAsync());
        Assert.Equal(pushed, await CountAsync(source, "SELECT count(*) FROM entries"));
    }

    [Fact]
    public async Task Read_WhenMoreIsThereThanRetained_ShowsOnlyWhatIs()
    {
        var log = await _fixture.OpenAsync();
        Position head = default;
        for (int i = 0; i < 80; i++) head = await PushAsync(log, Alice, $"{i}");

        var page = await log.ReadAsync(Alice, new(head with { Offset = 10 }, 1_000, int.MaxValue), Cancellation);

        Assert.Equal(Enumerable.Range(30, 50).Select(i => $"{i}"), page.Entries.Select(entry => entry.Notification.Id));
        Assert.False(page.IsComplete);
        Assert.True((await log.ReadAsync(Alice, new(head with { Offset = 30 }, 1_000, int.MaxValue), Cancellation)).IsComplete);
    }

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    private async Task<Position> PushAsync(PostgresChannelLog log, ChannelId channel, string id)
    {
        var head = (await log.LoadAsync(channel, default, Cancellation)).Head;
        var result = await log.AppendAsync(channel, head, [new() { Id = id, Time = _time.GetUtcNow() }], Cancellation);
        Assert.True(result.IsAppended);
        return result.Head;
    }

    private async Task<string> ConnectionStringAsync() => $"{await _server.GetConnectionStringAsync()};Search Path={_fixture.Limits.Schema};Pooling=false";

    private static async Task<long> CountAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(Cancellation))!;
    }
}
