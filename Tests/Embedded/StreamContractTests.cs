using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Streams;
using Xunit;

namespace Notify.Tests.Embedded;

public sealed class StreamContractTests
{
    [Fact]
    public async Task GetStreamProvider_WhenAServiceHasThatKey_GivesIt()
    {
        await using var hosts = await EngineHosts.StartAsync(silo => silo.Services.AddKeyedSingleton<IStreamProvider, NoStreams>("own"));
        var client = hosts.Silo.Services.GetRequiredService<IClusterClient>();
        Assert.IsType<NoStreams>(client.GetStreamProvider("own"));
        Assert.Throws<KeyNotFoundException>(() => client.GetStreamProvider("other"));
    }

    [Fact]
    public void StreamId_WhenMade_KeepsItsParts()
    {
        var id = StreamId.Create("edge", "a/b");
        Assert.Equal(("edge", "a/b", "edge/a/b"), (id.GetNamespace(), id.GetKeyAsString(), id.ToString()));
        Assert.Equal(id, StreamId.Create("edge", "a/b"));
        Assert.Equal(id.GetHashCode(), StreamId.Create("edge", "a/b").GetHashCode());
        Assert.NotEqual(id, StreamId.Create("edge", "c"));
        Assert.Null(StreamId.Create(null, "a").GetNamespace());
    }

    private sealed class NoStreams : IStreamProvider
    {
        public string Name => "own";

        public bool IsRewindable => false;

        public IAsyncStream<T> GetStream<T>(StreamId streamId) => throw new NotSupportedException();
    }
}
