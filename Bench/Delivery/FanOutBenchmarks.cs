using BenchmarkDotNet.Attributes;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Transports;

namespace Notify.Bench.Delivery;

/// <summary>
/// A ready frame offered to and flushed from 1,000 outboxes whose transports take all at once: what a delivery costs and allocates
/// beyond the kernel's send.
/// </summary>
[Config(typeof(InProcess))]
[MemoryDiagnoser]
public class FanOutBenchmarks
{
    private const int Connections = 1000;
    private const int Burst = 4;

    private readonly ConnectionOutbox[] _outboxes = [.. Enumerable.Range(0, Connections).Select(_ => new ConnectionOutbox(new Sink(), 1 << 20))];
    private readonly Frame _frame = new(new byte[256], FrameLoss.Closes);

    [Benchmark(OperationsPerInvoke = Connections)]
    public int OneToEach() => Deliver(1);

    [Benchmark(OperationsPerInvoke = Connections * Burst)]
    public int FourToEachInOneFlush() => Deliver(Burst);

    /// <summary>Gives how many were taken.</summary>
    private int Deliver(int frames)
    {
        int taken = 0;
        foreach (var outbox in _outboxes)
        {
            for (int i = 0; i < frames; i++)
                if (outbox.Offer(_frame) == OfferOutcome.Queued) taken++;
            outbox.Flush();
        }

        return taken == frames * Connections ? taken : throw new InvalidOperationException($"Only {taken} of {frames * Connections} were taken.");
    }

    private sealed class Sink : ITransport
    {
        public ConnectionTransport Kind => ConnectionTransport.WebSocket;

        public ValueTask WriteAsync(ReadOnlyMemory<Frame> frames) => ValueTask.CompletedTask;

        public ValueTask WriteCloseAsync(CloseReason reason) => ValueTask.CompletedTask;

        public void Abort()
        {
        }
    }
}
