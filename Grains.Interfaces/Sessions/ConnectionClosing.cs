using System.Text;

namespace Notify;

/// <summary>How connections are closed by the application.</summary>
/// <param name="Reason">Tells the client why; at most 123 bytes of UTF-8 (RFC 6455 section 5.5).</param>
/// <param name="MayReconnect">True: the client may come back later (close code 4103); false: it does not (4010).</param>
[GenerateSerializer, Immutable, Alias("notify.ConnectionClosing")]
public sealed record ConnectionClosing(
    [property: Id(0)] string Reason = "closed by the service",
    [property: Id(1)] bool MayReconnect = false)
{
    private const int LimitBytes = 123;

    /// <summary>Null when the reason is usable, else why it is not.</summary>
    public string? Check() => Reason is null ? "The reason is missing."
        : Encoding.UTF8.GetByteCount(Reason) > LimitBytes ? $"The reason is longer than {LimitBytes} bytes."
        : Reason.AsSpan().IndexOfAnyInRange('\0', '\x1f') >= 0 ? "The reason has a control character."
        : null;
}
