using System.ComponentModel.DataAnnotations;

namespace Notify.EdgeHost.Lifecycle;

/// <summary>How an edge lives; settings under <c>Notify:Edge</c>.</summary>
public sealed class EdgeOptions
{
    /// <summary>The settings' section.</summary>
    public const string Section = "Notify:Edge";

    /// <summary>How often the lease is renewed; default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:05")]
    public TimeSpan RenewEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>A silo that is not heard of for so long is asked again; default 3 s, three missing beacons.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan SilenceLimit { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Every channel is attached anew once in this time, evenly spread; default 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan AuditEvery { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a channel without members stays attached; default 5 s. Zero: detached at once.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan Linger { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one call to a channel may take; default 5 s, then it is made again.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:30")]
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Calls to channels that are under way at once; default 256.</summary>
    [Range(1, 100_000)]
    public int CallsLimitCount { get; set; } = 256;

    /// <summary>Batches of deliveries that may wait for the worker before a silo has to wait; default 64 (of at most 128 KiB each).</summary>
    [Range(1, 10_000)]
    public int BatchesLimitCount { get; set; } = 64;

    /// <summary>How long stopping may take, from the first goodbye to the release of the lease; default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan DrainLimit { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Over how long a stopping edge spreads the return of its clients; default 10 s. Zero: at once.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan ReconnectSpread { get; set; } = TimeSpan.FromSeconds(10);
}
