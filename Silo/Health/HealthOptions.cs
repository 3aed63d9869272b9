using System.ComponentModel.DataAnnotations;

namespace Notify.Silo.Health;

/// <summary>How a silo finds out whether its log takes writes; settings under <c>Notify:Health</c>.</summary>
public sealed class HealthOptions
{
    /// <summary>The settings' section.</summary>
    public const string Section = "Notify:Health";

    /// <summary>How often the log is written to for a test when nothing else was committed meanwhile; default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan ProbeEvery { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one such write may take; default 3 s, then the log counts as not writable until the next succeeds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(3);
}
