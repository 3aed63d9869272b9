using BenchmarkDotNet.Attributes;
using Notify.Grains.Log;

namespace Notify.Bench.Log;

/// <summary>Appends to and reads from the memory log, at its retention's limit. The durable ones wait for a disk: see <see cref="LogThroughput"/>.</summary>
[Config(typeof(InProcess))]
[MemoryDiagnoser]
public class LogBenchmarks
{
    private readonly MemoryChannelLog _log = new(new(), TimeSpan.FromMinutes(10), 10_000, TimeProvider.System);
    private readonly ChannelId _channel = new UserId("", "alice").Channel;
    private readonly byte[] _payload = new byte[128];
    private Position _head;

    [GlobalSetup]
    public void SetUp()
    {
        // They complete at once.
        _head = _log.LoadAsync(_channel, default, CancellationToken.None).AsTask().GetAwaiter().GetResult().Head;
        for (int i = 0; i < 1000; i++) Append();
    }

    [Benchmark]
    public void Append() => _head = _log.AppendAsync(
        _channel, _head, [new() { Payload = _payload, Time = TimeProvider.System.GetUtcNow() }], CancellationToken.None).AsTask().GetAwaiter().GetResult().Head;

    [Benchmark]
    public int ReadLatestTen() => _log.ReadAsync(
        _channel, new(new(_head.Epoch, _head.Offset - 10), 10, 1 << 20), CancellationToken.None).AsTask().GetAwaiter().GetResult().Entries.Length;
}
