using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Notify.EdgeHost.Transports.BelowHttp;

/// <summary>
/// A request that opens a connection, read from its bytes where nothing about it can be understood in two ways: a complete HTTP/1.1 GET of
/// /ws or /sse in visible ASCII, with one Host, no header twice, no body and nothing behind it. Everything else, right or wrong, is for HTTP
/// to judge.
/// </summary>
internal sealed class PlainHandshake
{
    /// <summary>What is longer goes to HTTP, and so do more headers than <see cref="HeadersLimitCount"/>.</summary>
    public const int LimitBytes = 8 * 1024;

    /// <summary>See <see cref="LimitBytes"/>.</summary>
    public const int HeadersLimitCount = 64;

    private static readonly SearchValues<byte> TargetBytes = SearchValues.Create(Enumerable.Range('!', '~' - '!' + 1).Where(c => c != '#').Select(c => (byte)c).ToArray());
    private static readonly SearchValues<byte> ValueBytes = SearchValues.Create([(byte)'\t', .. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (byte)c)]);
    private static readonly SearchValues<byte> HostBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-"u8);
    private static readonly SearchValues<byte> NameBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    private PlainHandshake(bool isSse, string query, HeaderDictionary headers) => (IsSse, Query, Headers) = (isSse, query, headers);

    /// <summary>/sse; else /ws with the headers of an upgrade.</summary>
    public bool IsSse { get; }

    /// <summary>With its question mark; or empty.</summary>
    public string Query { get; }

    /// <summary>As they were sent.</summary>
    public HeaderDictionary Headers { get; }

    /// <summary>Reads it; false: it is for HTTP.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out PlainHandshake? handshake)
    {
        handshake = null;
        if (bytes.Length > LimitBytes || !bytes.StartsWith("GET /"u8) || !bytes.EndsWith("\r\n\r\n"u8)) return false;
        int end = bytes.IndexOf("\r\n"u8);
        if (!TryReadLine(bytes[..end], out bool isSse, out string? query)) return false;
        if (!TryReadHeaders(bytes[(end + 2)..^2], out var headers) || !headers.ContainsKey("Host")) return false;
        if (!IsPlain(headers, isSse)) return false;
        handshake = new(isSse, query, headers);
        return true;
    }

    private static bool TryReadLine(ReadOnlySpan<byte> line, out bool isSse, [NotNullWhen(true)] out string? query)
    {
        isSse = false;
        query = null;
        if (!line.EndsWith(" HTTP/1.1"u8)) return false;
        var target = line["GET ".Length..^" HTTP/1.1".Length];
        if (target.ContainsAnyExcept(TargetBytes)) return false;
        int mark = target.IndexOf((byte)'?');
        var path = mark < 0 ? target : target[..mark];
        isSse = path.SequenceEqual("/sse"u8);
        query = mark < 0 ? "" : Encoding.ASCII.GetString(target[mark..]);
        return isSse || path.SequenceEqual("/ws"u8);
    }

    private static bool TryReadHeaders(ReadOnlySpan<byte> lines, out HeaderDictionary headers)
    {
        headers = new(16);
        while (!lines.IsEmpty)
        {
            int end = lines.IndexOf("\r\n"u8);
            var line = lines[..end];
            lines = lines[(end + 2)..];
            int colon = line.IndexOf((byte)':');
            if (colon <= 0 || headers.Count == HeadersLimitCount) return false;
            var name = line[..colon];
            var value = line[(colon + 1)..].Trim(" \t"u8);
            if (name.ContainsAnyExcept(NameBytes) || value.ContainsAnyExcept(ValueBytes)) return false;
            if (name.Length == 4 && Ascii.EqualsIgnoreCase(name, "Host"u8) && !IsHost(value)) return false;
            if (!headers.TryAdd(NameOf(name), Encoding.ASCII.GetString(value))) return false;
        }

        return true;
    }

    /// <summary>A name or an IPv4 address, with a port or without.</summary>
    private static bool IsHost(ReadOnlySpan<byte> value)
    {
        int colon = value.IndexOf((byte)':');
        var name = colon < 0 ? value : value[..colon];
        var port = colon < 0 ? [] : value[(colon + 1)..];
        return !name.IsEmpty && !name.ContainsAnyExcept(HostBytes) && (colon < 0 || port.Length is > 0 and < 6) && !port.ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    /// <summary>Without a body, and on a WebSocket with an upgrade to nothing else.</summary>
    private static bool IsPlain(IHeaderDictionary headers, bool isSse)
    {
        if (headers.ContainsKey("Content-Length") || headers.ContainsKey("Transfer-Encoding") || headers.ContainsKey("Expect")) return false;
        string? connection = headers.Connection, upgrade = headers.Upgrade;
        if (isSse) return upgrade is null && (connection is null || connection.Equals("keep-alive", StringComparison.OrdinalIgnoreCase));
        return "websocket".Equals(upgrade, StringComparison.OrdinalIgnoreCase) && connection is not null && IsUpgrade(connection);
    }

    private static bool IsUpgrade(string connection)
    {
        bool isUpgrade = false;
        foreach (var range in connection.AsSpan().Split(','))
        {
            var option = connection.AsSpan()[range].Trim();
            if (option.Equals("Upgrade", StringComparison.OrdinalIgnoreCase)) isUpgrade = true;
            else if (!option.Equals("keep-alive", StringComparison.OrdinalIgnoreCase)) return false;
        }

        return isUpgrade;
    }

    /// <summary>The names that nearly all send need no text of their own.</summary>
    private static string NameOf(ReadOnlySpan<byte> name) => name switch
    {
        _ when name.SequenceEqual("Host"u8) => "Host",
        _ when name.SequenceEqual("Connection"u8) => "Connection",
        _ when name.SequenceEqual("Upgrade"u8) => "Upgrade",
        _ when name.SequenceEqual("Sec-WebSocket-Key"u8) => "Sec-WebSocket-Key",
        _ when name.SequenceEqual("Sec-WebSocket-Version"u8) => "Sec-WebSocket-Version",
        _ => Encoding.ASCII.GetString(name),
    };
}
