using System.Text.Json;

namespace Notify.Client;

/// <summary>A notification as it arrived.</summary>
public sealed record ReceivedNotification
{
    /// <summary>The notification's id.</summary>
    public required string Id { get; init; }

    /// <summary>The channel it came by; default when it was sent to this connection itself.</summary>
    public ChannelId Channel { get; init; }

    /// <summary>Its position in the channel; for an ephemeral one the position it follows; default when it came by no channel.</summary>
    public Position Position { get; init; }

    /// <summary>The event name; null: none.</summary>
    public string? Event { get; init; }

    /// <summary>When the channel accepted it.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>At most once, never replayed.</summary>
    public bool IsEphemeral { get; init; }

    /// <summary>The payload as it was pushed.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>What the payload's bytes are.</summary>
    public PayloadKind PayloadKind { get; init; }

    /// <summary>The payload as an object (web defaults).</summary>
    /// <exception cref="InvalidOperationException">The payload is binary.</exception>
    public T? GetData<T>(JsonSerializerOptions? options = null) => PayloadKind == PayloadKind.Json
        ? JsonSerializer.Deserialize<T>(Payload.Span, options ?? JsonSerializerOptions.Web)
        : throw new InvalidOperationException("The payload is binary.");
}
