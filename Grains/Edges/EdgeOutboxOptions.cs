using System.ComponentModel.DataAnnotations;

namespace Notify.Grains.Edges;

/// <summary>A silo's outboxes towards edges.</summary>
public sealed class EdgeOutboxOptions
{
    /// <summary>The settings section.</summary>
    public const string Section = "Notify:Outboxes";

    /// <summary>What may wait for one edge; beyond it only heads are kept, and the edge reads the rest from the log. Default 4 MiB.</summary>
    [Range(16 << 10, 1 << 30)]
    public int LimitBytes { get; set; } = 4 << 20;

    /// <summary>The size of one batch; a single larger notification still goes. Default 128 KiB.</summary>
    [Range(1 << 10, 16 << 20)]
    public int BatchLimitBytes { get; set; } = 128 << 10;

    /// <summary>After how long without confirmation a batch is sent again; default 1 second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:30")]
    public TimeSpan ConfirmTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause after failures in a row; it starts at a hundredth of this and doubles. Default 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan BackoffLimit { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>An edge hears from this silo at least this often; edges count missing beacons by it. Default 1 second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:00:30")]
    public TimeSpan BeaconPeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a stopping silo tries to get rid of what waits; default 2 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan FlushLimit { get; set; } = TimeSpan.FromSeconds(2);
}
