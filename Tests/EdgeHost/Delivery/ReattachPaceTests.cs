using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Delivery;

/// <summary>What is attached anew at once goes through the same narrow door as every call to a channel.</summary>
public sealed class ReattachPaceTests(ITestOutputHelper output)
{
    private const int Users = 300;
    private const int CallsLimit = 8;

    [Fact]
    public async Task Reattach_OfManyChannels_HasNoMoreCallsUnderWayThanAllowed()
    {
        await using var platform = await TestPlatform.StartAsync(new()
        {
            Settings = { ["Notify:Edge:CallsLimitCount"] = $"{CallsLimit}", ["Notify:Connections:JoinTimeout"] = "00:01:00" },
        });
        using var underWay = new RunningSum(platform.Edge.App.Services, "notify.edge.channel_calls");
        var clients = new List<RawWebSocket>();
        for (int i = 0; i < Users; i++) clients.Add(await RawWebSocket.ConnectAsync(platform.Edge, $"userid=u{i}"));
        string silo = (await platform.Grains.GetGrain<IUserGrain>("u0").GetStatus()).Silo;

        using var calls = new CountedMeasurements(platform.Edge.App.Services, "notify.edge.channel_call.duration");
        underWay.ResetMost();
        var edge = platform.Edge.Service.Serving!;
        edge.Post(() => edge.OnSiloUncertain(silo));
        const int channels = Users + 1; // and everyone's
        for (int i = 0; i < channels; i++)
            _ = await calls.Measured.NextAsync(call => call == "call=attach,outcome=done", $"attach {i} of {channels}");

        output.WriteLine($"{channels} channels attached anew, at most {underWay.Most} calls under way");
        Assert.InRange(underWay.Most, 2, CallsLimit);
        foreach (var client in clients) await client.DisposeAsync();
    }

    /// <summary>An up-down counter: the most that it has come to.</summary>
    private sealed class RunningSum : IDisposable
    {
        private readonly MeterListener _listener = new();
        private int _sum;
        private int _most;

        public RunningSum(IServiceProvider host, string instrumentName)
        {
            var meters = host.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == instrumentName && instrument.Meter.Scope == meters) listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<int>((_, change, _, _) =>
            {
                int sum = Interlocked.Add(ref _sum, change);
                if (sum > Volatile.Read(ref _most)) Volatile.Write(ref _most, sum); // the worker alone counts
            });
            _listener.Start();
        }

        public int Most => Volatile.Read(ref _most);

        public void ResetMost() => Volatile.Write(ref _most, 0);

        public void Dispose() => _listener.Dispose();
    }
}
