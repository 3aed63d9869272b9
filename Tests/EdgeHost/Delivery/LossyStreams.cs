using Microsoft.Extensions.DependencyInjection;
using Notify.Streams;
using Orleans.Runtime;
using Orleans.Streams;

namespace Notify.Tests.EdgeHost.Delivery;

/// <summary>
/// Stands before the stream provider "edges" of an edge and spoils what comes: batches that were confirmed and yet are lost, that come
/// twice, that another overtakes, or that come late, when several more have come.
/// </summary>
public sealed class LossyStreams(int seed)
{
    private readonly Random _random = new(seed);
    private readonly Lock _gate = new();
    private bool _isClean;
    private TaskCompletionSource? _asleep;

    /// <summary>While true nothing is spoiled.</summary>
    public bool IsClean { get => Volatile.Read(ref _isClean); set => Volatile.Write(ref _isClean, value); }

    /// <summary>Takes one for every batch with deliveries that has come.</summary>
    public SemaphoreSlim Batches { get; } = new(0);

    public int LostCount { get; private set; }

    public int RepeatedCount { get; private set; }

    public int OvertakenCount { get; private set; }

    public int DelayedCount { get; private set; }

    /// <summary>From now on nothing comes and nothing is confirmed, as in a process that sleeps.</summary>
    public void Sleep() => Volatile.Write(ref _asleep, new(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>What came meanwhile comes now.</summary>
    public void WakeUp() => Interlocked.Exchange(ref _asleep, null)?.SetResult();

    /// <summary>Puts it in front of the provider that the services have.</summary>
    public void AddTo(IServiceCollection services)
    {
        var real = services.Last(d => d.ServiceType == typeof(IStreamProvider) && Equals(d.ServiceKey, EdgeStreams.DirectProvider));
        services.AddKeyedSingleton(real.KeyedImplementationType!, real.KeyedImplementationType!, real.KeyedImplementationType!);
        services.AddKeyedSingleton<IStreamProvider>(EdgeStreams.DirectProvider, (provider, _) => new Provider(
            this, (IStreamProvider)provider.GetRequiredKeyedService(real.KeyedImplementationType!, real.KeyedImplementationType!)));
    }

    private async Task PassAsync(Observer observer, EdgeBatch batch)
    {
        if (Volatile.Read(ref _asleep) is { } asleep) await asleep.Task;
        if (!batch.Deliveries.IsEmpty) Batches.Release();
        List<EdgeBatch> due;
        int times = 1;
        lock (_gate)
        {
            due = observer.TakeDue(all: IsClean);
            int dice = IsClean || batch.Deliveries.IsEmpty ? 99 : _random.Next(100);
            if (dice < 10)
            {
                LostCount++;
                times = 0;
            }
            else if (dice < 20)
            {
                RepeatedCount++;
                times = 2;
            }
            else if (dice < 30)
            {
                OvertakenCount++;
                observer.Hold(batch, 1);
                times = 0;
            }
            else if (dice < 35)
            {
                DelayedCount++;
                observer.Hold(batch, _random.Next(2, 7));
                times = 0;
            }
        }

        for (int i = 0; i < times; i++) await observer.Target.OnNextAsync(batch);
        foreach (var late in due) await observer.Target.OnNextAsync(late);
    }

    private sealed class Provider(LossyStreams owner, IStreamProvider real) : IStreamProvider
    {
        public string Name => real.Name;

        public bool IsRewindable => real.IsRewindable;

        public IAsyncStream<T> GetStream<T>(StreamId streamId) => (IAsyncStream<T>)(object)new Stream(owner, (IAsyncStream<EdgeBatch>)(object)real.GetStream<T>(streamId));
    }

    private sealed class Observer(LossyStreams owner, IAsyncObserver<EdgeBatch> target) : IAsyncObserver<EdgeBatch>
    {
        private readonly List<(EdgeBatch Batch, int Others)> _held = [];

        public IAsyncObserver<EdgeBatch> Target => target;

        /// <summary>It comes when so many more have come.</summary>
        public void Hold(EdgeBatch batch, int others) => _held.Add((batch, others));

        public List<EdgeBatch> TakeDue(bool all)
        {
            for (int i = 0; i < _held.Count; i++) _held[i] = (_held[i].Batch, all ? 0 : _held[i].Others - 1);
            var due = _held.Where(held => held.Others == 0).Select(held => held.Batch).ToList();
            _held.RemoveAll(held => held.Others == 0);
            return due;
        }

        public Task OnNextAsync(EdgeBatch item, StreamSequenceToken? token = null) => owner.PassAsync(this, item);

        public Task OnErrorAsync(Exception ex) => target.OnErrorAsync(ex);
    }

    private sealed class Handle(LossyStreams owner, StreamSubscriptionHandle<EdgeBatch> real) : StreamSubscriptionHandle<EdgeBatch>
    {
        public override StreamId StreamId => real.StreamId;

        public override string ProviderName => real.ProviderName;

        public override Guid HandleId => real.HandleId;

        public override Task UnsubscribeAsync() => real.UnsubscribeAsync();

        public override async Task<StreamSubscriptionHandle<EdgeBatch>> ResumeAsync(IAsyncObserver<EdgeBatch> observer, StreamSequenceToken? token = null) =>
            new Handle(owner, await real.ResumeAsync(new Observer(owner, observer), token));

        public override Task<StreamSubscriptionHandle<EdgeBatch>> ResumeAsync(IAsyncBatchObserver<EdgeBatch> observer, StreamSequenceToken? token = null) =>
            throw new NotSupportedException();

        public override bool Equals(StreamSubscriptionHandle<EdgeBatch>? other) => ReferenceEquals(this, other);
    }

    private sealed class Stream(LossyStreams owner, IAsyncStream<EdgeBatch> real) : IAsyncStream<EdgeBatch>
    {
        public bool IsRewindable => real.IsRewindable;

        public string ProviderName => real.ProviderName;

        public StreamId StreamId => real.StreamId;

        public async Task<StreamSubscriptionHandle<EdgeBatch>> SubscribeAsync(IAsyncObserver<EdgeBatch> observer) =>
            new Handle(owner, await real.SubscribeAsync(new Observer(owner, observer)));

        public Task<StreamSubscriptionHandle<EdgeBatch>> SubscribeAsync(IAsyncObserver<EdgeBatch> observer, StreamSequenceToken? token, string? filterData = null) =>
            throw new NotSupportedException();

        public Task<StreamSubscriptionHandle<EdgeBatch>> SubscribeAsync(IAsyncBatchObserver<EdgeBatch> observer) => throw new NotSupportedException();

        public Task<StreamSubscriptionHandle<EdgeBatch>> SubscribeAsync(IAsyncBatchObserver<EdgeBatch> observer, StreamSequenceToken? token) =>
            throw new NotSupportedException();

        public Task<IList<StreamSubscriptionHandle<EdgeBatch>>> GetAllSubscriptionHandles() => real.GetAllSubscriptionHandles();

        public Task OnNextAsync(EdgeBatch item, StreamSequenceToken? token = null) => throw new NotSupportedException();

        public Task OnNextBatchAsync(IEnumerable<EdgeBatch> batch, StreamSequenceToken? token = null) => throw new NotSupportedException();

        public Task OnCompletedAsync() => throw new NotSupportedException();

        public Task OnErrorAsync(Exception ex) => throw new NotSupportedException();

        public bool Equals(IAsyncStream<EdgeBatch>? other) => ReferenceEquals(this, other);

        public override bool Equals(object? obj) => ReferenceEquals(this, obj);

        public override int GetHashCode() => StreamId.GetHashCode();

        public int CompareTo(IAsyncStream<EdgeBatch>? other) => other is null ? 1 : string.CompareOrdinal(ProviderName, other.ProviderName);
    }
}
