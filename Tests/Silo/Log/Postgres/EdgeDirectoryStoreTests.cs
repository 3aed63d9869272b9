using Microsoft.Extensions.DependencyInjection;
using Notify.Grains.Edges;
using Notify.Grains.Log;
using Notify.Silo.Log.Postgres;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Silo.Log.Postgres;

/// <summary>What the edge directory knows outlives its silo.</summary>
public sealed class EdgeDirectoryStoreTests(PostgresServer server)
{
    private readonly string _schema = server.NewSchema();

    [Fact]
    public async Task GetEdges_AfterTheOnlySiloWasReplaced_KnowsWhoWasThereAndWhoIsGone()
    {
        EdgeId there = EdgeId.New(), gone = EdgeId.New();
        await using (var silo = await StartAsync())
        {
            var directory = DirectoryOf(silo);
            _ = await directory.Renew(there);
            _ = await directory.Renew(gone);
            await directory.Release(gone);
            await using var store = await StoreAsync();
            await Polling.Until(async () => (await store.ReadAsync(TestContext.Current.CancellationToken)).Count == 2, "both to be stored");
        }

        await using var next = await StartAsync();
        var edges = await DirectoryOf(next).GetEdges();
        Assert.Equal([there], edges.Alive);
        Assert.Equal([gone], edges.Gone);
        Assert.False((await DirectoryOf(next).Renew(gone)).IsGranted);
    }

    [Fact]
    public async Task Write_OfWhatIsOlder_DoesNotBringBackWhoIsGone()
    {
        await using var silo = await StartAsync(); // makes the tables
        await using var store = await StoreAsync();
        var edge = EdgeId.New();
        var until = new DateTimeOffset(2100, 1, 2, 3, 4, 5, TimeSpan.Zero);

        await store.WriteAsync([new(edge, until)], TestContext.Current.CancellationToken);
        await store.WriteAsync([new(edge, null), new(EdgeId.New(), null)], TestContext.Current.CancellationToken);
        await store.WriteAsync([new(edge, until.AddDays(-1))], TestContext.Current.CancellationToken);

        Assert.Contains(new(edge, until), await store.ReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Renew_WhileTheStoreFails_IsGranted_AndWhatChangedIsStoredLater()
    {
        var store = new FailingStore();
        await using var silo = await TestSilo.StartAsync(builder => builder.Services.AddSingleton<IEdgeStore>(store));
        var edge = EdgeId.New();

        Assert.True((await DirectoryOf(silo).Renew(edge)).IsGranted);
        await store.Refused.Task.Within("a write that fails");
        Assert.True((await DirectoryOf(silo).Renew(edge)).IsGranted);
        store.Works = true;
        Assert.Contains(new(edge, null), await store.Written.Task.Within("the write after it"));
    }

    private static IEdgeDirectoryGrain DirectoryOf(TestSilo silo) => silo.Grains.GetGrain<IEdgeDirectoryGrain>(IEdgeDirectoryGrain.Key);

    private async Task<TestSilo> StartAsync() => await TestSilo.StartAsync(
        ("Notify:Log:Store", "Postgres"), ("Notify:Log:ConnectionString", await server.GetConnectionStringAsync()), ("Notify:Log:Postgres:Schema", _schema));

    private async Task<PostgresEdgeStore> StoreAsync() =>
        new(new ChannelLogOptions { ConnectionString = await server.GetConnectionStringAsync() }, new() { Schema = _schema });

    private sealed class FailingStore : IEdgeStore
    {
        public TaskCompletionSource Refused { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<IReadOnlyList<StoredEdge>> Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public volatile bool Works;

        public Task<IReadOnlyList<StoredEdge>> ReadAsync(CancellationToken cancellationToken) => throw new IOException("no");

        public Task WriteAsync(IReadOnlyList<StoredEdge> edges, CancellationToken cancellationToken)
        {
            if (Works) Written.TrySetResult(edges);
            else Refused.TrySetResult();
            return Works ? Task.CompletedTask : Task.FromException(new IOException("no"));
        }
    }
}
