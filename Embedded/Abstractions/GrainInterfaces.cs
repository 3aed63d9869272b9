using Orleans.Runtime;

namespace Orleans.Runtime
{
    /// <summary>Something that can be called through a reference: a grain or an observer.</summary>
    public interface IAddressable;
}

namespace Orleans
{
    /// <summary>Base of all grain interfaces.</summary>
    public interface IGrain : IAddressable;

    /// <summary>Base of grain interfaces whose key is a string.</summary>
    public interface IGrainWithStringKey : IGrain;

    /// <summary>Base of interfaces through which grains call objects that live outside of grains.</summary>
    public interface IGrainObserver : IAddressable;

    /// <summary>What a grain class offers to the runtime.</summary>
    public interface IGrainBase
    {
        /// <summary>The activation this instance belongs to.</summary>
        IGrainContext GrainContext { get; }

        /// <summary>Runs as the first turn, before any call. If it fails, the waiting calls fail with its exception.</summary>
        Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        /// <summary>Runs once, after the last call, if the activation was ever valid.</summary>
        Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
