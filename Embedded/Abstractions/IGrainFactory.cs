namespace Orleans;

/// <summary>Gives references to grains and observers. Thread-safe.</summary>
public interface IGrainFactory
{
    /// <summary>A reference to a grain; nothing is activated before the first call.</summary>
    /// <param name="primaryKey">The key: not null, not white space.</param>
    /// <param name="grainClassNamePrefix">Selects among several classes that implement the interface.</param>
    /// <exception cref="ArgumentException">No class, or more than one, implements the interface.</exception>
    TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey;

    /// <summary>Makes an object callable by grains. The object is held weakly: keep it alive yourself.</summary>
    TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver;

    /// <summary>Ends it. <paramref name="obj"/> is the reference; calls through it time out from then on.</summary>
    void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver;
}

/// <summary>The connection of this host to the grains.</summary>
public interface IClusterClient : IGrainFactory
{
    /// <summary>The services of this host.</summary>
    IServiceProvider ServiceProvider { get; }
}
