using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Notify.EdgeHost.Hooks;

/// <summary>How hooks are told; settings under <c>Notify:Hooks</c>.</summary>
public sealed class HookOptions
{
    /// <summary>The settings' section.</summary>
    public const string Section = "Notify:Hooks";

    /// <summary>Events that may wait for one hook or webhook; default 10,000. Then the oldest is dropped and counted.</summary>
    [Range(1, 10_000_000)]
    public int WaitingLimitCount { get; set; } = 10_000;

    /// <summary>How long one call of a hook in code may take before its token is cancelled and it is waited for no longer; default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a stopping process goes on telling what waits; default 5 s. The rest is dropped and counted.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan DrainLimit { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Where events go over HTTP: <c>Notify:Hooks:Webhooks:0:Address</c> and so on; default nowhere.</summary>
    [ValidateEnumeratedItems]
    public IList<WebhookOptions> Webhooks { get; } = [];
}
