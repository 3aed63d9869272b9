namespace Notify.Protocol;

/// <summary>What a reader found.</summary>
public enum WebSocketReadStatus
{
    /// <summary>All input was taken; more is needed.</summary>
    NeedMore,

    /// <summary>A message or a control frame is there.</summary>
    Message,

    /// <summary>The peer broke the protocol or a limit; close with the code.</summary>
    Violation,
}

/// <summary>A complete message or control frame from a client, or what was wrong.</summary>
public readonly ref struct WebSocketMessage
{
    /// <summary>Text, Binary, Close, Ping or Pong.</summary>
    public WebSocketOpcode Opcode { get; init; }

    /// <summary>Unmasked; good until the next read. For Close without the code.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>For Close the peer's code, 1005 when it gave none; for a violation the code to close with; else 0.</summary>
    public int CloseCode { get; init; }

    /// <summary>For a violation what was wrong; else null.</summary>
    public string? Violation { get; init; }
}
