using System.ComponentModel.DataAnnotations;

namespace Notify.Grains.Users;

/// <summary>Who counts as online, and who hears of it; settings under <c>Notify:Presence</c>.</summary>
public sealed class PresenceOptions
{
    /// <summary>The settings' section.</summary>
    public const string Section = "Notify:Presence";

    /// <summary>How long a user without connections still counts as online: most are only reconnecting. Default 10 s; zero: not at all.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether <c>presence.online</c> and <c>presence.offline</c> are pushed, ephemeral, to the topic <c>presence/{company}</c>; default false.
    /// </summary>
    public bool Events { get; set; }
}
