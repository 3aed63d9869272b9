using System.ComponentModel.DataAnnotations;

namespace Notify.EdgeHost.Resume;

/// <summary>What returning clients may cost; settings under <c>Notify:Resume</c>.</summary>
public sealed class ResumeOptions
{
    /// <summary>The settings' section.</summary>
    public const string Section = "Notify:Resume";

    /// <summary>
    /// What an edge remembers of one channel's newest notifications, in bytes with all objects; default 256 KiB. Zero: nothing, each
    /// returning client costs a read of the log.
    /// </summary>
    [Range(0, 1 << 30)]
    public int RunLimitBytes { get; set; } = 256 * 1024;

    /// <summary>The same over all channels of the edge; the channel that was quiet for longest is forgotten first. Default 64 MiB.</summary>
    [Range(0, 1L << 40)]
    public long RunsLimitBytes { get; set; } = 64 << 20;

    /// <summary>Reads of logs for returning clients that are under way at once; others wait. Default 32.</summary>
    [Range(1, 10_000)]
    public int ReadsLimitCount { get; set; } = 32;

    /// <summary>The most notifications of one read; default 1,000.</summary>
    [Range(1, 1_000)]
    public int PageLimitEntries { get; set; } = 1_000;

    /// <summary>The most payload bytes of one read; default 1 MiB.</summary>
    [Range(1, 1 << 28)]
    public int PageLimitBytes { get; set; } = 1 << 20;
}
