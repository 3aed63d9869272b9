namespace Notify.Protocol;

/// <summary>What a client asks for.</summary>
public enum ClientFrameKind
{
    /// <summary>Join topics.</summary>
    Subscribe,

    /// <summary>Leave topics.</summary>
    Unsubscribe,

    /// <summary>Answer me.</summary>
    Ping,

    /// <summary>A message for the handler mapped to its url; the type may be left out.</summary>
    Message,

    /// <summary>A renewed token.</summary>
    Token,
}

/// <summary>A frame from a client, checked.</summary>
public sealed record ClientFrame
{
    /// <summary>What it asks for.</summary>
    public required ClientFrameKind Kind { get; init; }

    /// <summary>The client's own mark, as it came (a JSON string or number of at most 64 bytes); empty: none.</summary>
    public ReadOnlyMemory<byte> Ref { get; init; }

    /// <summary>For subscribe and unsubscribe: one or more, as they came.</summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>For subscribe: where to resume the topics, as it came; null: live only.</summary>
    public string? Resume { get; init; }

    /// <summary>For a message: its url.</summary>
    public string? Url { get; init; }

    /// <summary>For a message: its body as JSON; empty when there was none.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>For a token: the token.</summary>
    public string? Token { get; init; }
}

/// <summary>Why a client's frame could not be served.</summary>
/// <param name="Code">One of <see cref="ErrorCodes"/>.</param>
/// <param name="Message">For people.</param>
/// <param name="Ref">The frame's ref, if it could be read.</param>
public readonly record struct FrameError(string Code, string Message, ReadOnlyMemory<byte> Ref = default)
{
    /// <summary>For a message: its url.</summary>
    public string? Url { get; init; }
}
