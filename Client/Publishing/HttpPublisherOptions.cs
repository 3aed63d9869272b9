using System.ComponentModel.DataAnnotations;

namespace Notify.Client;

/// <summary>How <see cref="HttpNotifyPublisher"/> reaches an edge.</summary>
public sealed class HttpPublisherOptions
{
    /// <summary>The edge, or what balances several, such as http://localhost:8080.</summary>
    [Required]
    public Uri? BaseAddress { get; set; }

    /// <summary>The publisher's key, sent with each request; null: none, or a handler of the application's adds what is needed.</summary>
    public string? ApiKey { get; set; }

    /// <summary>How often a push that was not acknowledged is tried again, always with the same id; default 2. Zero: never.</summary>
    [Range(0, 10)]
    public int RetryCount { get; set; } = 2;

    /// <summary>The wait before the first retry where the edge does not say; doubles; default 200 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan RetryFirst { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long one attempt may take; default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:10:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);
}
