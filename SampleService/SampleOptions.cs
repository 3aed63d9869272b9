using System.ComponentModel.DataAnnotations;

namespace Notify.SampleService;

/// <summary>What the sample does.</summary>
public sealed class SampleOptions
{
    /// <summary>The settings section.</summary>
    public const string Section = "Sample";

    /// <summary>Who is told; default alice.</summary>
    [Required]
    public string User { get; set; } = "alice";

    /// <summary>How often an order is shipped; default 2 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan Every { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>An edge, or what stands before the edges; default: none, and nothing is pushed over HTTP.</summary>
    public Uri? Edge { get; set; }

    /// <summary>The publisher's key for <see cref="Edge"/>, where it wants one.</summary>
    public string? ApiKey { get; set; }
}
