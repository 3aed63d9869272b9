using System.Globalization;

namespace Notify.Client;

/// <summary>The addresses of the push API.</summary>
internal static class PushAddress
{
    /// <summary>Where the target is in the body.</summary>
    public const string Canonical = "api/push";

    /// <summary>Where the body is the payload and all else is in the address.</summary>
    public static string OfBinary(PushTarget target, Notification notification)
    {
        List<string> query = [$"id={Uri.EscapeDataString(notification.Id)}"];
        if (notification.Event is { } name) query.Add($"event={Uri.EscapeDataString(name)}");
        if (notification.ExpiresAt is { } end) query.Add($"expiresAt={Uri.EscapeDataString(end.UtcDateTime.ToString("O", CultureInfo.InvariantCulture))}");
        if (!notification.Retain) query.Add("retain=false");
        if (notification.Component is { } component) query.Add($"component={Uri.EscapeDataString(component)}");
        if (notification.CollapseKey is { } key) query.Add($"collapseKey={Uri.EscapeDataString(key)}");
        if (notification.Where is { } where) query.Add($"where={Uri.EscapeDataString(where)}");
        foreach (string user in notification.Except?.Users ?? []) query.Add($"exceptUser={Uri.EscapeDataString(user)}");
        foreach (var connection in notification.Except?.Connections ?? []) query.Add($"exceptConnection={connection}");
        string client = notification.ClientId is { } id ? $"/clients/{Uri.EscapeDataString(id)}" : "";
        return $"{Canonical}/{PathOf(target)}{client}?{string.Join('&', query)}";
    }

    /// <summary>The channel of a target, which HTTP names without a tenant.</summary>
    public static ChannelId ChannelOf(PushTarget target) => target.Channel.Tenant.Length == 0
        ? target.Channel
        : throw new NotSupportedException("Over HTTP the tenant follows from the credentials; it cannot be named.");

    private static string PathOf(PushTarget target)
    {
        if (target.Connection is { } connection) return $"connections/{connection}";
        var channel = ChannelOf(target);
        return channel.Kind switch
        {
            ChannelKind.User => $"users/{Uri.EscapeDataString(channel.Name)}",
            ChannelKind.Company => $"companies/{Uri.EscapeDataString(channel.Name)}",
            ChannelKind.Topic => $"topics/{string.Join('/', channel.Name.Split('/').Select(Uri.EscapeDataString))}",
            _ => "everyone",
        };
    }
}
