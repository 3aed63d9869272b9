using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Notify.Embedded.Calls;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Notify.Embedded.Activations;

/// <summary>The one silo of a host: its activations, from start to stop.</summary>
internal sealed class SiloRuntime(
    IServiceProvider services, TimeProvider time, IOptions<GrainCollectionOptions> collection, HostClient client, ILogger<SiloRuntime> logger)
{
    // As on Orleans.
    private const int MostHandOvers = 2;

    private readonly ConcurrentDictionary<(GrainClass Class, string Key), Activation> _activations = new();
    private volatile bool _stopping;
    private bool _stopped;
    private ITimer? _collector;

    public IServiceProvider Services { get; } = services;

    public TimeProvider Time { get; } = time;

    public GrainCollectionOptions Collection { get; } = collection.Value;

    public HostClient Client { get; } = client;

    /// <summary>Of the calls that the grains of this silo make.</summary>
    public PromisedCalls Promises => Client.Promises;

    public SiloLog Log { get; } = new(logger);

    public bool HasStopped
    {
        get => Volatile.Read(ref _stopped);
        private set => Volatile.Write(ref _stopped, value);
    }

    /// <summary>Tells the clients that the silo is gone.</summary>
    public event Action? Disconnected;

    public void Start()
    {
        if (Collection.CollectionQuantum <= TimeSpan.Zero || Collection.CollectionAge <= Collection.CollectionQuantum)
            throw new OrleansConfigurationException("CollectionQuantum must be more than zero and less than CollectionAge.");
        Client.Connect(this);
        using (ExecutionContext.SuppressFlow())
            _collector = Time.CreateTimer(static state => ((SiloRuntime)state!).Collect(), this, Collection.CollectionQuantum, Collection.CollectionQuantum);
    }

    /// <summary>Deactivates all grains; gives up waiting for them when cancelled.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        _collector?.Dispose();
        try
        {
            // Again and again: a grain may have been about to appear while the others were asked.
            while (!_activations.IsEmpty)
            {
                var all = _activations.Values.ToArray();
                foreach (var activation in all)
                    activation.Deactivate(new(DeactivationReasonCode.ShuttingDown, "This process is shutting down."), CancellationToken.None);
                await Task.WhenAll(all.Select(activation => activation.Deactivated)).WaitAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            Log.StopCutShort(_activations.Count);
        }

        HasStopped = true;
        Disconnected?.Invoke();
        Client.Stop();
    }

    /// <summary>Null when the silo is stopping and the grain is not active.</summary>
    public Activation? FindOrCreate(GrainClass grainClass, string key)
    {
        if (_activations.TryGetValue((grainClass, key), out var found))
            return found;
        return _stopping ? null : _activations.GetOrAdd((grainClass, key), static (id, silo) => new(silo, id.Class, id.Key), this);
    }

    public void Forget(Activation activation) => _activations.TryRemove(new((activation.GrainClass, activation.Key), activation));

    /// <summary>Hands a call that waited for one activation over to the next.</summary>
    public void HandOver(Call call, GrainClass grainClass, string key)
    {
        if (call.HandOvers == MostHandOvers)
        {
            call.Fail(new OrleansMessageRejectionException($"{call.Info} on {grainClass.IdOf(key)} was handed over {MostHandOvers} times, each time to an activation that ended."));
            return;
        }

        call.HandOvers++;
        new GrainTarget(Client, grainClass, key).Send(call);
    }

    private void Collect()
    {
        var now = Time.GetUtcNow().UtcTicks;
        foreach (var (_, activation) in _activations)
        {
            var age = activation.GrainClass.CollectionAge ?? Collection.CollectionAge;
            if (age != Timeout.InfiniteTimeSpan)
                activation.CollectIfIdle(now, age);
        }
    }
}
