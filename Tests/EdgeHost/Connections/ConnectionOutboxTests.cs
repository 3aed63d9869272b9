using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Transports;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Connections;

public sealed class ConnectionOutboxTests
{
    private const int LimitBytes = 100;
    private readonly SteppedTransport _transport = new();
    private readonly ConnectionOutbox _outbox;

    public ConnectionOutboxTests() => _outbox = new(_transport, LimitBytes);

    [Fact]
    public void Flush_FramesThatWait_GoOutInOneWrite()
    {
        _transport.Open();
        Offer(1, 2, 3);
        Assert.Empty(_transport.Writes);
        _outbox.Flush();
        Assert.Equal([[1, 2, 3]], _transport.Writes);
        Assert.Equal(0, _outbox.Bytes);
    }

    [Fact]
    public void Flush_WhileWriting_LeavesTheRestToTheWriteUnderWay()
    {
        Offer(1);
        _outbox.Flush();
        Offer(2);
        _outbox.Flush();
        Offer(3);
        Assert.Equal([[1]], _transport.Writes);
        _transport.Open();
        Assert.Equal([[1], [2, 3]], _transport.Writes);
    }

    [Fact]
    public void Offer_OverTheLimit_DropsOrSaysFull()
    {
        Assert.Equal(OfferOutcome.Queued, _outbox.Offer(FrameOf(1, 60)));
        Assert.Equal(OfferOutcome.Dropped, _outbox.Offer(FrameOf(2, 60, FrameLoss.Drops)));
        Assert.Equal(OfferOutcome.Full, _outbox.Offer(FrameOf(3, 60)));
        Assert.Equal(OfferOutcome.Queued, _outbox.Offer(FrameOf(4, 40)));
    }

    [Fact]
    public void Offer_WhatIsBeingWritten_Counts()
    {
        _ = _outbox.Offer(FrameOf(1, 90));
        _outbox.Flush();
        Assert.Equal(OfferOutcome.Full, _outbox.Offer(FrameOf(2, 20)));
        _transport.Open();
        Assert.Equal(OfferOutcome.Queued, _outbox.Offer(FrameOf(3, 20)));
    }

    [Fact]
    public void IsStalled_OnlyWhenOneWriteMadeNoProgressSinceTheLastTime()
    {
        Assert.False(_outbox.IsStalledSinceLastAsked());
        Assert.False(_outbox.IsStalledSinceLastAsked()); // idle, however long
        Offer(1);
        _outbox.Flush();
        Assert.False(_outbox.IsStalledSinceLastAsked());
        Assert.True(_outbox.IsStalledSinceLastAsked());
        _transport.Open();
        Assert.False(_outbox.IsStalledSinceLastAsked());
    }

    [Fact]
    public void Flush_OfMuch_GoesOutInSlicesEachOfWhichIsProgress()
    {
        var outbox = new ConnectionOutbox(_transport, 1 << 20);
        for (byte i = 1; i <= 4; i++) _ = outbox.Offer(FrameOf(i, 20 * 1024));
        outbox.Flush();
        Assert.False(outbox.IsStalledSinceLastAsked());
        _transport.Step();
        Assert.False(outbox.IsStalledSinceLastAsked());
        Assert.True(outbox.IsStalledSinceLastAsked());
        _transport.Open();
        Assert.Equal([[1], [2], [3], [4]], _transport.Writes);
    }

    [Fact]
    public void Close_AfterWhatWaits_SaysGoodbyeOnce()
    {
        Offer(1);
        _outbox.Flush();
        Offer(2);
        Assert.True(_outbox.Close(new(4101, "draining"), discardWaiting: false));
        Assert.False(_outbox.Close(new(4201, "slow"), discardWaiting: false));
        Assert.Equal(OfferOutcome.Closed, _outbox.Offer(FrameOf(3, 1)));
        _transport.Open();
        Assert.Equal([[1], [2], [-4101]], _transport.Writes);
    }

    [Fact]
    public void Close_InsteadOfWhatWaits_DropsIt()
    {
        Offer(1);
        _outbox.Flush();
        Offer(2, 3);
        Assert.True(_outbox.Close(new(4201, "slow"), discardWaiting: true));
        _transport.Open();
        Assert.Equal([[1], [-4201]], _transport.Writes);
        Assert.Equal(0, _outbox.Bytes);
    }

    [Fact]
    public async Task EndAsync_WhileWriting_WaitsForThatWriteOnly()
    {
        Offer(1);
        _outbox.Flush();
        Offer(2);
        var end = _outbox.EndAsync();
        Assert.False(end.IsCompleted);
        _transport.Open();
        await end.Within("the end of the outbox");
        Assert.Equal([[1]], _transport.Writes);
        Assert.Equal(OfferOutcome.Closed, _outbox.Offer(FrameOf(3, 1)));
    }

    [Fact]
    public async Task Write_ThatFails_CutsOffAndEnds()
    {
        Offer(1);
        _outbox.Flush();
        Offer(2);
        _transport.Break();
        await _outbox.EndAsync().Within("the end of the outbox");
        Assert.True(_transport.IsAborted);
        Assert.Equal(0, _outbox.Bytes);
        Assert.Equal(OfferOutcome.Closed, _outbox.Offer(FrameOf(3, 1)));
    }

    [Fact]
    public void Offer_ManyFrames_KeepsTheirOrder()
    {
        var outbox = new ConnectionOutbox(_transport, 1 << 20);
        for (int i = 0; i < 1000; i++) _ = outbox.Offer(FrameOf(i, 1));
        _transport.Open();
        outbox.Flush();
        Assert.Equal([Enumerable.Range(0, 1000).ToArray()], _transport.Writes);
    }

    [Fact]
    public async Task OfferAndFlush_FromManyThreads_LosesNothing()
    {
        var transport = new SteppedTransport(yields: true);
        transport.Open();
        var outbox = new ConnectionOutbox(transport, 1 << 20);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (int i = 0; i < 5000; i++)
            {
                Assert.Equal(OfferOutcome.Queued, outbox.Offer(FrameOf((thread * 10_000) + i, 1)));
                outbox.Flush();
            }
        }))).Within("all offers");
        await outbox.WhenWrittenAsync().Within("all writes");
        int[] written = [.. transport.Writes.SelectMany(w => w)];
        Assert.Equal(20_000, written.Length);
        for (int thread = 0; thread < 4; thread++)
            Assert.Equal(Enumerable.Range(thread * 10_000, 5000), written.Where(w => w / 10_000 == thread));
    }

    private static Frame FrameOf(int number, int bytes, FrameLoss loss = FrameLoss.Closes)
    {
        byte[] content = new byte[Math.Max(bytes, sizeof(int))];
        BitConverter.TryWriteBytes(content, number);
        return new(content, loss);
    }

    private void Offer(params int[] numbers)
    {
        foreach (int number in numbers) Assert.Equal(OfferOutcome.Queued, _outbox.Offer(FrameOf(number, sizeof(int))));
    }

    /// <summary>Writes when it is told to, and notes what it wrote: numbers, and codes as negative ones.</summary>
    private sealed class SteppedTransport(bool yields = false) : ITransport
    {
        private TaskCompletionSource _gate = new();

        public List<int[]> Writes { get; } = [];

        public bool IsAborted { get; private set; }

        public ConnectionTransport Kind => ConnectionTransport.WebSocket;

        public void Open() => _gate.SetResult();

        /// <summary>Lets the write under way end; the next waits again.</summary>
        public void Step()
        {
            var gate = _gate;
            _gate = new();
            gate.SetResult();
        }

        public void Break() => _gate.SetException(new IOException("broken"));

        public async ValueTask WriteAsync(ReadOnlyMemory<Frame> frames)
        {
            Writes.Add(frames.ToArray().Select(f => BitConverter.ToInt32(f.Bytes)).ToArray());
            if (yields) await Task.Yield();
            await _gate.Task;
        }

        public async ValueTask WriteCloseAsync(CloseReason reason)
        {
            Writes.Add([-reason.Code]);
            await _gate.Task;
        }

        public void Abort() => IsAborted = true;
    }
}
