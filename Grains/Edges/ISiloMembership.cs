using System.Collections.Immutable;

namespace Notify.Grains.Edges;

/// <summary>What a silo knows of itself and the others. Thread safe; cheap to ask.</summary>
internal interface ISiloMembership
{
    /// <summary>The id of this silo; a restarted silo has another one.</summary>
    string LocalSilo { get; }

    /// <summary>The silos believed alive, this one among them.</summary>
    ImmutableArray<string> AliveSilos { get; }

    /// <summary>Whether the membership was confirmed within the last 5 seconds: a silo that is cut off must not look alive to edges.</summary>
    bool IsConfirmed { get; }
}
