using System.ComponentModel.DataAnnotations;

namespace Notify.Grains.Sessions;

/// <summary>Listings of connections; settings under <c>Notify:Sessions</c>.</summary>
public sealed class SessionListOptions
{
    /// <summary>The settings' section.</summary>
    public const string Section = "Notify:Sessions";

    /// <summary>How long an edge may take to answer before it is named as missing; default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:00:30")]
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How old a snapshot may be when it is asked for; default 5 s. The edges are asked at most once in that time.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan SnapshotAge { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The most connections of one snapshot, about 300 bytes each; default 100,000.</summary>
    [Range(1, 10_000_000)]
    public int SnapshotLimitCount { get; set; } = 100_000;
}
