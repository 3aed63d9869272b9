using Orleans.Runtime.Placement;

namespace Notify.Silo.Engine;

/// <summary>Places a grain on the silo that its key names.</summary>
internal sealed class SiloKeyedPlacementDirector : IPlacementDirector
{
    /// <inheritdoc/>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        string key = target.GrainIdentity.Key.ToString() ?? "";
        var compatible = context.GetCompatibleSilos(target);
        var silo = Array.Find(compatible, silo => silo.ToParsableString() == key);
        return silo is not null ? Task.FromResult(silo) : throw new SiloUnavailableException($"Silo {key} is not in the cluster.");
    }
}
