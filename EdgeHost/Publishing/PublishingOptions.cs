using System.ComponentModel.DataAnnotations;

namespace Notify.EdgeHost.Publishing;

/// <summary>What may be pushed over HTTP; settings under <c>Notify:Publishing</c>.</summary>
public sealed class PublishingOptions
{
    /// <summary>The settings' section.</summary>
    public const string Section = "Notify:Publishing";

    /// <summary>The largest payload, in bytes of UTF-8 or binary; default 64 KiB.</summary>
    [Range(1, 1 << 20)]
    public int PayloadLimitBytes { get; set; } = 64 * 1024;

    /// <summary>The largest request body, above all of a list; default 4 MiB.</summary>
    [Range(1024, 1 << 28)]
    public int BodyLimitBytes { get; set; } = 4 << 20;

    /// <summary>The most items of a list; default 1,000.</summary>
    [Range(1, 1000)]
    public int ItemsLimitCount { get; set; } = 1000;
}
