using System.ComponentModel.DataAnnotations;

namespace Notify.Grains.Log.Files;

/// <summary>The file store: segments in one folder, for one process.</summary>
public sealed class FileLogOptions
{
    /// <summary>The settings section.</summary>
    public const string Section = "Notify:Log:File";

    /// <summary>
    /// The size at which a segment is closed and the next begun; an append is never split. Default 64 MiB.
    /// </summary>
    [Range(4 << 10, 1 << 30)]
    public int SegmentBytes { get; set; } = 64 << 20;

    /// <summary>
    /// What all segments together may take; beyond it the oldest segment goes with all that it holds. Up to one segment more while that is
    /// under way. Default 4 GiB.
    /// </summary>
    [Range(16L << 10, 1L << 50)]
    public long LimitBytes { get; set; } = 4L << 30;

    /// <summary>
    /// What the index may take in memory (estimated): about 20 to 40 bytes per retained notification and 300 per channel. Beyond it the
    /// oldest notifications go, then the heads of channels that retain none. Default 256 MiB.
    /// </summary>
    [Range(64L << 10, 1L << 40)]
    public long IndexLimitBytes { get; set; } = 256 << 20;

    /// <summary>The share of a closed segment that may be dead before what lives is moved out of it, in percent. Default 50.</summary>
    [Range(10, 90)]
    public int DeadLimitPercent { get; set; } = 50;

    /// <summary>
    /// Room is made ready in the newest segment by so many bytes at a time and then written over: what is committed then needs no change of
    /// the file's size or places, which a flush would have to write, too. 0: the file grows with each commit, as suits file systems that never
    /// write in place (btrfs, ZFS). Where the disk has no room for so much, the file grows by what is needed. Default 1 MiB.
    /// </summary>
    [Range(0, 64 << 20)]
    public int ReadyBytes { get; set; } = 1 << 20;

    /// <summary>One write and one flush take at most so many bytes, or one append if that is larger. Default 4 MiB.</summary>
    [Range(4 << 10, 256 << 20)]
    public int BatchLimitBytes { get; set; } = 4 << 20;

    /// <summary>How many notifications may wait for the disk; more are not acknowledged. Default 100,000.</summary>
    [Range(1, 10_000_000)]
    public int QueueLimitEntries { get; set; } = 100_000;

    /// <summary>How many bytes may wait for the disk; more are not acknowledged. Default 64 MiB.</summary>
    [Range(64L << 10, 1L << 40)]
    public long QueueLimitBytes { get; set; } = 64 << 20;

    /// <summary>How often it is looked for what has become too old; reads never show it, however long that takes. Default 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan SweepPeriod { get; set; } = TimeSpan.FromMinutes(1);
}
