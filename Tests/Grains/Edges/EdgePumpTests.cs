using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Notify.Grains.Edges;
using Notify.Grains.Telemetry;
using Notify.Streams;
using Notify.Tests.Grains.Channels;
using Notify.Tests.Platform;
using Notify.Tests.Time;
using Orleans.Runtime;
using Orleans.Streams;
using Xunit;

namespace Notify.Tests.Grains.Edges;

public sealed class EdgePumpTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly ChannelBench.OneSilo _membership = new();
    private readonly ServiceProvider _provider = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly CancellationTokenSource _stop = new();
    private readonly FakeStream _stream = new();
    private readonly KnownEdge _edge;
    private readonly EdgePump _pump;
    private readonly SiloMetrics _metrics;
    private readonly Task _running;
    private long _offset;

    public EdgePumpTests()
    {
        _metrics = new(_provider.GetRequiredService<IMeterFactory>());
        _edge = new(new("e1"), new("silo-1", 4 << 20, 128 << 10), _time);
        _pump = new(_edge, _stream, true, _membership, new(), _time, _metrics, NullLogger<EdgePump>.Instance);
        _running = _pump.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _stream.Answer = () => Task.CompletedTask;
        await _running.Within("the pump's end");
        _metrics.Dispose();
        await _provider.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task Offer_WhenRegistered_IsSentAndConfirmedOnce()
    {
        await RegisterAsync();
        Offer();

        var batch = await _stream.Sent.NextAsync("the batch");
        Assert.Equal((1, 1, 1), (batch.FirstSequence, batch.LastSequence, batch.Deliveries.Length));
        Offer();
        Assert.Equal(2, (await _stream.Sent.NextAsync("the next batch")).FirstSequence);
    }

    [Fact]
    public async Task Offer_WhileABatchIsUnconfirmed_GathersInTheNext()
    {
        await RegisterAsync();
        var answer = _stream.HoldAnswers();
        Offer();
        _ = await _stream.Sent.NextAsync("the first batch");
        for (int i = 0; i < 5; i++) Offer();
        Assert.False(_stream.Sent.TryRead(out _));
        answer.SetResult();

        var second = await _stream.Sent.NextAsync("the second batch");
        Assert.Equal((2, 6), (second.FirstSequence, second.LastSequence));
    }

    [Fact]
    public async Task Offer_WhenNotRegistered_WaitsForTheRegistration()
    {
        Offer();
        Assert.False(_stream.Sent.TryRead(out _));
        Assert.Equal(0, _time.PendingTimers);
        _ = _edge.Register(NoObserver.Instance, 1);

        Assert.Equal(1, (await _stream.Sent.NextAsync("the batch")).FirstSequence);
    }

    [Fact]
    public async Task Send_WhenUnconfirmedForASecond_IsSentAgainUnchanged()
    {
        await RegisterAsync();
        _ = _stream.HoldAnswers();
        Offer();
        var first = await _stream.Sent.NextAsync("the batch");
        Offer();
        _stream.Answer = () => Task.CompletedTask;
        await AdvanceWhenWaitingAsync(TimeSpan.FromSeconds(1));

        Assert.Same(first, await _stream.Sent.NextAsync("the batch again"));
        Assert.Equal(2, (await _stream.Sent.NextAsync("the next batch")).FirstSequence);
    }

    [Fact]
    public async Task Send_WhenItFails_PausesLongerAndLongerAndNeverGivesUp()
    {
        await RegisterAsync();
        _stream.Answer = () => Task.FromException(new IOException("cut"));
        Offer();
        var first = await _stream.Sent.NextAsync("the batch");
        var pauses = new List<TimeSpan>();
        for (int i = 0; i < 9; i++)
        {
            var before = _time.GetUtcNow();
            while (await IsPausingAsync()) _time.Advance(TimeSpan.FromMilliseconds(50));
            Assert.Same(first, await _stream.Sent.NextAsync("the batch again"));
            pauses.Add(_time.GetUtcNow() - before);
        }

        Assert.Equal([50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000], pauses.Select(pause => pause.TotalMilliseconds));
    }

    [Fact]
    public async Task Register_WhilePausing_SendsAtOnce()
    {
        await RegisterAsync();
        _stream.Answer = () => Task.FromException(new IOException("cut"));
        Offer();
        var first = await _stream.Sent.NextAsync("the batch");
        _stream.Answer = () => Task.CompletedTask;
        _ = _edge.Register(NoObserver.Instance, 2);

        Assert.Same(first, await _stream.Sent.NextAsync("the batch again"));
    }

    [Fact]
    public async Task Register_WhileABatchIsUnconfirmed_SendsItAgainAtOnce()
    {
        await RegisterAsync();
        _ = _stream.HoldAnswers();
        Offer();
        var first = await _stream.Sent.NextAsync("the batch");
        _stream.Answer = () => Task.CompletedTask;
        _ = _edge.Register(NoObserver.Instance, 2);

        Assert.Same(first, await _stream.Sent.NextAsync("the batch again"));
    }

    [Fact]
    public async Task Register_WhenOlder_ChangesNothing()
    {
        var newer = new NoObserver();
        _ = _edge.Register(newer, 5);
        _ = await _stream.Sent.NextAsync("the beacon");
        _ = _edge.Register(new NoObserver(), 4);
        _edge.Unregister(5);

        Assert.Same(newer, _edge.Registration!.Observer);
    }

    [Fact]
    public async Task RequestBeacon_WhenNothingWasSentForLong_SendsOne()
    {
        await RegisterAsync();
        _time.Advance(TimeSpan.FromSeconds(0.5));
        _edge.RequestBeacon(TimeSpan.FromSeconds(0.75));
        Assert.False(_stream.Sent.TryRead(out _));
        _time.Advance(TimeSpan.FromSeconds(0.25));
        _membership.AliveSilos = ["silo-1", "silo-2"];
        _edge.RequestBeacon(TimeSpan.FromSeconds(0.75));

        var beacon = await _stream.Sent.NextAsync("the beacon");
        Assert.Equal((1, 0), (beacon.FirstSequence, beacon.LastSequence));
        Assert.Empty(beacon.Deliveries);
        Assert.Equal(["silo-1", "silo-2"], beacon.AliveSilos);
    }

    [Fact]
    public async Task RequestBeacon_WhenTheMembershipIsNotConfirmed_SendsNone()
    {
        await RegisterAsync();
        _membership.IsConfirmed = false;
        _time.Advance(TimeSpan.FromSeconds(5));
        _edge.RequestBeacon(TimeSpan.FromSeconds(1));
        Offer();

        Assert.Single((await _stream.Sent.NextAsync("the batch")).Deliveries);
        Assert.False(_stream.Sent.TryRead(out _));
    }

    [Fact]
    public async Task End_EndsThePumpAndRefusesFurtherDeliveries()
    {
        await RegisterAsync();
        _ = _edge.End();

        await _running.Within("the pump's end");
        Assert.False(_edge.Offer(Delivery()));
        Assert.False(_edge.Register(NoObserver.Instance, 9));
    }

    [Fact]
    public async Task Flush_SendsWhatWaitsAndEnds()
    {
        await RegisterAsync();
        var answer = _stream.HoldAnswers();
        Offer();
        _ = await _stream.Sent.NextAsync("the first batch");
        Offer();
        _pump.Flush();
        Assert.False(_running.IsCompleted);
        answer.SetResult();

        Assert.Equal(2, (await _stream.Sent.NextAsync("the second batch")).FirstSequence);
        await _running.Within("the pump's end");
    }

    [Fact]
    public async Task Leave_SendsWhatWaitsWithoutConfirmations_TheUnconfirmedAgainFirst()
    {
        await RegisterAsync();
        var answer = _stream.HoldAnswers();
        Offer();
        var first = await _stream.Sent.NextAsync("the first batch");
        Offer();
        _pump.Leave();
        Assert.Same(first, await _stream.Sent.NextAsync("the batch again"));
        Assert.Equal((2, 2), Range(await _stream.Sent.NextAsync("the second batch")));
        Offer();
        Assert.Equal((3, 3), Range(await _stream.Sent.NextAsync("the third batch")));
        _pump.Flush();
        Assert.False(_running.IsCompleted); // what was sent has until the flush is over to get out
        answer.SetResult();

        await _running.Within("the pump's end");
        Assert.False(_edge.Outbox.HasWaiting);
    }

    [Fact]
    public async Task Leave_TowardsAnEdgeThatDoesNotAnswer_SendsALimitedNumberOfBatches()
    {
        await RegisterAsync();
        var answer = _stream.HoldAnswers();
        _pump.Leave();
        for (int i = 1; i <= 32; i++)
        {
            Offer();
            Assert.Equal((i, i), Range(await _stream.Sent.NextAsync("a batch")));
        }

        Offer();
        await UntilAsync(() => _time.PendingTimers > 0, "the pump to wait");
        Assert.False(_stream.Sent.TryRead(out _));
        answer.SetResult();
        Assert.Equal((33, 33), Range(await _stream.Sent.NextAsync("the last batch")));
    }

    private static (long First, long Last) Range(EdgeBatch batch) => (batch.FirstSequence, batch.LastSequence);

    private async Task RegisterAsync()
    {
        Assert.True(_edge.Register(NoObserver.Instance, 1));
        Assert.Empty((await _stream.Sent.NextAsync("the first beacon")).Deliveries);
    }

    private void Offer() => Assert.True(_edge.Offer(Delivery()));

    private EdgeDelivery Delivery() => new()
    {
        Kind = DeliveryKind.Retained,
        Channel = new UserId("", "alice").Channel,
        Position = new(1, ++_offset),
        Notification = new(),
    };

    // The pump arms its timer on another thread after it has sent.
    private async Task AdvanceWhenWaitingAsync(TimeSpan time)
    {
        await UntilAsync(() => _time.PendingTimers > 0, "the pump to wait");
        _time.Advance(time);
    }

    private async Task<bool> IsPausingAsync()
    {
        await UntilAsync(() => _time.PendingTimers > 0 || _stream.Sent.TryPeek(out _), "the pump to pause or to send");
        return !_stream.Sent.TryPeek(out _);
    }

    private static async Task UntilAsync(Func<bool> isSo, string what)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Awaited.Limit) throw new TimeoutException($"Awaited in vain: {what}.");
            await Task.Yield();
        }
    }

    private sealed class NoObserver : IEdgeObserver
    {
        public static readonly NoObserver Instance = new();

        public Task Receive(EdgeBatch batch) => Task.CompletedTask;
    }

    private sealed class FakeStream : IAsyncStream<EdgeBatch>
    {
        private readonly Channel<EdgeBatch> _sent = Channel.CreateUnbounded<EdgeBatch>();

        public ChannelReader<EdgeBatch> Sent => _sent.Reader;

        public Func<Task> Answer { get; set; } = () => Task.CompletedTask;

        public bool IsRewindable => false;

        public string ProviderName => "fake";

        public StreamId StreamId => EdgeStreams.Of(new("e1"));

        public TaskCompletionSource HoldAnswers()
        {
            var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Answer = () => held.Task;
            return held;
        }

        public Task OnNextAsync(EdgeBatch item, StreamSequenceToken? token = null)
        {
            var answer = Answer();
            _sent.Writer.TryWrite(item);
            return answer;
        }

        public Task<StreamSubscriptionHandle<EdgeBatch>> SubscribeAsync(IAsyncObserver<EdgeBatch> observer) => throw new NotSupportedException();

        public Task<StreamSubscriptionHandle<EdgeBatch>> SubscribeAsync(
            IAsyncObserver<EdgeBatch> observer, StreamSequenceToken? token, string? filterData = null) => throw new NotSupportedException();

        public Task<StreamSubscriptionHandle<EdgeBatch>> SubscribeAsync(IAsyncBatchObserver<EdgeBatch> observer) => throw new NotSupportedException();

        public Task<StreamSubscriptionHandle<EdgeBatch>> SubscribeAsync(IAsyncBatchObserver<EdgeBatch> observer, StreamSequenceToken? token) =>
            throw new NotSupportedException();

        public Task<IList<StreamSubscriptionHandle<EdgeBatch>>> GetAllSubscriptionHandles() => throw new NotSupportedException();

        public Task OnNextBatchAsync(IEnumerable<EdgeBatch> batch, StreamSequenceToken? token = null) => throw new NotSupportedException();

        public Task OnErrorAsync(Exception ex) => throw new NotSupportedException();

        public bool Equals(IAsyncStream<EdgeBatch>? other) => ReferenceEquals(this, other);

        public int CompareTo(IAsyncStream<EdgeBatch>? other) => 0;
    }
}
