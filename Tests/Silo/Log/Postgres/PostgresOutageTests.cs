using Notify.Silo.Log.Postgres;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Silo.Log.Postgres;

/// <summary>The server stops and starts while pushes are under way: errors meanwhile, then work again; nothing acknowledged is lost.</summary>
public sealed class PostgresOutageTests(ITestOutputHelper output)
{
    private const int Pushers = 32;
    private const int AcknowledgedPerRound = 600;

    private readonly List<(ChannelId Channel, Position Position, string Id)> _acknowledged = [];
    private readonly Lock _lock = new();
    private volatile TaskCompletionSource _serverIsUp = NewSignal();
    private volatile TaskCompletionSource _enough = NewSignal();
    private int _wanted;
    private volatile bool _isOver;

    [Fact]
    public async Task Server_WhenItStopsAndStarts_NothingAcknowledgedIsLost()
    {
        int rounds = Environment.GetEnvironmentVariable("NOTIFY_LONG") == "1" ? 12 : 3;
        await using var server = new PostgresServer();
        await using var fixture = new PostgresLogFixture(server, TimeProvider.System);
        fixture.Options.Users.CountLimit = 1_000_000;
        var log = await fixture.OpenAsync();
        _serverIsUp.SetResult();
        _wanted = AcknowledgedPerRound;
        var pushers = Enumerable.Range(0, Pushers).Select(pusher => PushAsync(log, new UserId("", $"u{pusher}").Channel)).ToList();
        for (int round = 0; round < rounds; round++)
        {
            await _enough.Task.Within("pushes acknowledged after the start");
            _serverIsUp = NewSignal();
            await server.StopAsync(asCrash: round % 2 == 0);
            await server.StartAsync();
            lock (_lock)
            {
                _wanted = _acknowledged.Count + AcknowledgedPerRound;
                _enough = NewSignal();
            }

            _serverIsUp.SetResult();
        }

        await _enough.Task.Within("pushes acknowledged after the last start");
        _isOver = true;
        await Task.WhenAll(pushers).Within("the pushers' end");
        output.WriteLine($"{rounds} outages, {_acknowledged.Count} acknowledged, {log.FailureCount} batches failed");
        await CheckAsync(await fixture.OpenAsync());
    }

    private async Task PushAsync(PostgresChannelLog log, ChannelId channel)
    {
        var head = default(Position);
        for (int i = 0; !_isOver; i++)
        {
            try
            {
                if (!head.IsKnown) head = (await log.LoadAsync(channel, default, CancellationToken.None)).Head;
                var result = await log.AppendAsync(channel, head, [new() { Id = $"{i}", Time = TimeProvider.System.GetUtcNow() }], CancellationToken.None);
                if (result.IsAppended) Acknowledge(channel, result.Head, $"{i}");
                head = result.Head;
            }
            catch (Exception failure) when (failure is IOException or Npgsql.NpgsqlException)
            {
                head = default;
                await _serverIsUp.Task;
            }
        }
    }

    private void Acknowledge(ChannelId channel, Position position, string id)
    {
        lock (_lock)
        {
            _acknowledged.Add((channel, position, id));
            if (_acknowledged.Count >= _wanted) _enough.TrySetResult();
        }
    }

    private async Task CheckAsync(PostgresChannelLog log)
    {
        foreach (var channel in _acknowledged.GroupBy(entry => entry.Channel))
        {
            var kept = new Dictionary<Position, string>();
            var page = await log.ReadAsync(channel.Key, new(default, 1_000, int.MaxValue), CancellationToken.None);
            while (true)
            {
                foreach (var entry in page.Entries) kept.Add(entry.Position, entry.Notification.Id);
                if (page.CoveredTo == page.Head) break;
                page = await log.ReadAsync(channel.Key, new(page.CoveredTo, 1_000, int.MaxValue), CancellationToken.None);
            }

            foreach (var (_, position, id) in channel) Assert.Equal(id, kept.GetValueOrDefault(position));
            Assert.Equal(kept.Count, page.Head.Offset);
            Assert.Equal(kept.Count, kept.Values.Distinct().Count());
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
