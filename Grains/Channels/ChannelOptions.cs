using System.ComponentModel.DataAnnotations;

namespace Notify.Grains.Channels;

/// <summary>The limits of channels.</summary>
public sealed class ChannelOptions
{
    /// <summary>The settings section.</summary>
    public const string Section = "Notify:Channels";

    /// <summary>Most notifications in one PushMany, and in one append.</summary>
    public const int PushManyLimitEntries = 1_000;

    /// <summary>Largest payload of a notification; default 64 KiB.</summary>
    [Range(1, 16 << 20)]
    public int PayloadLimitBytes { get; set; } = 64 << 10;

    /// <summary>How long an id counts as pushed before; default 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan DedupeWindow { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How many ids one channel remembers at most; a channel with more pushes in the window forgets the oldest. Default 10,000.</summary>
    [Range(PushManyLimitEntries, 10_000_000)]
    public int DedupeLimitEntries { get; set; } = 10_000;

    /// <summary>How many pushes of one channel may wait for the log; more are not acknowledged. Default 10,000.</summary>
    [Range(PushManyLimitEntries, 1_000_000)]
    public int WaitingLimitEntries { get; set; } = 10_000;

    /// <summary>
    /// How long the log may take for one answer before the outcome counts as unknown; default 5 seconds. For an append a thirty-second less at worst.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan LogTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many connections one user may have over all edges; the newest are refused. Default 100.</summary>
    [Range(1, 100_000)]
    public int ConnectionsLimitPerUser { get; set; } = 100;

    /// <summary>
    /// How long a detached edge's version is remembered: at least twice the time-out of the edges' roster calls, so that none can
    /// still be under way. Default 60 seconds, for the engine's time-out of 30.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan TombstoneLife { get; set; } = TimeSpan.FromSeconds(60);
}
