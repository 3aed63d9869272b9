using System.ComponentModel.DataAnnotations;

namespace Notify.Grains.Edges;

/// <summary>The leases of edges. A dead edge is out of all rosters after lease + sync period + a call, 15 seconds at most by default.</summary>
public sealed class EdgeLeaseOptions
{
    /// <summary>The settings section.</summary>
    public const string Section = "Notify:Leases";

    /// <summary>How long an edge lives after its last renewal; default 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the directory remembers that an edge is gone; default 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan TombstoneLife { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How often a silo asks the directory who is gone; default 2 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan SyncPeriod { get; set; } = TimeSpan.FromSeconds(2);
}
