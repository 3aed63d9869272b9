using Orleans.Placement;

namespace Notify.Grains.Edges;

/// <summary>A grain of this placement lives on the silo that its key names. Where there is only one silo it changes nothing.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class SiloKeyedPlacementAttribute() : PlacementAttribute(new SiloKeyedPlacement());

/// <summary>See <see cref="SiloKeyedPlacementAttribute"/>.</summary>
internal sealed class SiloKeyedPlacement : PlacementStrategy;
