using Orleans.Runtime;

namespace Orleans.Runtime
{
    /// <summary>Where a grain is activated. Inert here: there is one silo.</summary>
    public abstract class PlacementStrategy;
}

namespace Orleans.Placement
{
    /// <summary>Names the placement of a grain class.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public abstract class PlacementAttribute(PlacementStrategy placement) : Attribute
    {
        /// <summary>The strategy.</summary>
        public PlacementStrategy PlacementStrategy { get; } = placement;
    }
}
