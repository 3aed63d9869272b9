using Microsoft.Extensions.Logging;
using Notify.Embedded.Calls;
using Notify.Embedded.Observers;
using Orleans;
using Orleans.Runtime;

namespace Notify.Embedded.Activations;

/// <summary>The connection of one host to the silo: a silo's own, or that of a client in the same process.</summary>
internal sealed class HostClient(IServiceProvider services, PromisedCalls promises, ILogger<HostClient> logger, Func<SiloRuntime?>? findSilo = null)
    : IClusterClient
{
    private SiloRuntime? _silo;
    private bool _stopped;

    public IServiceProvider ServiceProvider { get; } = services;

    /// <summary>The calls this host waits for.</summary>
    public PromisedCalls Promises { get; } = promises;

    public ILogger Logger { get; } = logger;

    public bool IsStopped => Volatile.Read(ref _stopped);

    /// <summary>The silo, also a new one after a restart; null while there is none.</summary>
    public SiloRuntime? Silo
    {
        get
        {
            if (Volatile.Read(ref _silo) is { HasStopped: false } silo)
                return silo;
            return IsStopped || findSilo?.Invoke() is not { } found ? null : Connect(found);
        }
    }

    public bool IsConnectedTo(SiloRuntime silo) => ReferenceEquals(_silo, silo);

    public SiloRuntime Connect(SiloRuntime silo)
    {
        if (Interlocked.Exchange(ref _silo, silo) != silo && silo.Client != this)
            silo.Disconnected += Disconnect;
        return silo;
    }

    public void Disconnect()
    {
        Volatile.Write(ref _silo, null);
        Promises.FailAll(static call => new SiloUnavailableException($"The target silo became unavailable for {call.Info}."));
    }

    /// <summary>The end: neither calls nor observers work from here on.</summary>
    public void Stop()
    {
        Volatile.Write(ref _stopped, true);
        if (Interlocked.Exchange(ref _silo, null) is { } silo)
            silo.Disconnected -= Disconnect;
        Promises.FailAll(static call => new SiloUnavailableException($"The local host is shutting down and can no longer process {call.Info}."));
        Promises.Dispose();
    }

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(primaryKey);
        var grainClass = GrainClasses.Resolve(typeof(TGrainInterface), grainClassNamePrefix);
        return (TGrainInterface)(object)ReferenceFactory<TGrainInterface>.Create(new GrainTarget(this, grainClass, primaryKey));
    }

    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver
    {
        ArgumentNullException.ThrowIfNull(obj);
        if (obj is GrainReference or IGrainBase)
            throw new ArgumentException("A reference or a grain cannot be made an observer.", nameof(obj));
        return (TGrainObserverInterface)(object)ReferenceFactory<TGrainObserverInterface>.Create(new ObserverTarget(this, obj));
    }

    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver
    {
        if (obj is not GrainReference { Target: ObserverTarget target } || target.Client != this)
            throw new ArgumentException("Not a reference that CreateObjectReference of this host gave.", nameof(obj));
        target.Delete();
    }
}
