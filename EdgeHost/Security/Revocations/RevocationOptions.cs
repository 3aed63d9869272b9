using System.ComponentModel.DataAnnotations;

namespace Notify.EdgeHost.Security;

/// <summary>How an edge learns what was revoked; settings under <c>Notify:Revocations</c>.</summary>
public sealed class RevocationOptions
{
    /// <summary>The settings' section.</summary>
    public const string Section = "Notify:Revocations";

    /// <summary>How often it asks; default 1 s: within this time every connection of what was revoked is closed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:01:00")]
    public TimeSpan SyncEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a client that comes before the first answer waits for it; default 5 s, then it is refused with 503.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan FirstSyncTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
