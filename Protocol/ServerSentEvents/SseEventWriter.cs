using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Notify.Protocol;

/// <summary>Writes events of a text/event-stream (WHATWG HTML, section 9.2).</summary>
public static class SseEventWriter
{
    /// <summary>A comment: clients ignore it, a dead connection shows.</summary>
    public static ReadOnlySpan<byte> Ping => ":\n\n"u8;

    // EventSource gives "open" and "error" a meaning of its own, the others are our frames.
    private static readonly SearchValues<string> Reserved = SearchValues.Create(
        ["open", "error", "message", FrameTypes.Welcome, FrameTypes.Reply, FrameTypes.Reconnect, FrameTypes.Close], StringComparison.Ordinal);

    /// <summary>
    /// The <c>event:</c> line of a notification: its event name, or "notification" where there is none or where the name means
    /// something else to an EventSource.
    /// </summary>
    public static string EventNameOf(string? eventName) =>
        string.IsNullOrEmpty(eventName) || Reserved.Contains(eventName) || eventName.AsSpan().ContainsAny('\r', '\n')
            ? FrameTypes.Notification
            : eventName;

    /// <summary>Writes an <c>id:</c> line; it belongs to the event whose lines follow, or stands for itself before an empty line.</summary>
    public static void WriteId(IBufferWriter<byte> output, Cursor cursor)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        output.Write("id: "u8);
        output.Advance(cursor.Format(output.GetSpan(Cursor.LimitChars)));
        output.Write("\n"u8);
    }

    /// <summary>Writes one event. Line breaks in <paramref name="data"/> become further data lines, which the client joins again.</summary>
    public static void Write(IBufferWriter<byte> output, string eventName, TimeSpan? retry, ReadOnlySpan<byte> data)
    {
        if (retry is { } wait)
        {
            Span<byte> number = stackalloc byte[20];
            _ = Utf8Formatter.TryFormat((long)wait.TotalMilliseconds, number, out int digits);
            output.Write("retry: "u8);
            output.Write(number[..digits]);
            output.Write("\n"u8);
        }

        output.Write("event: "u8);
        _ = Encoding.UTF8.GetBytes(eventName, output);
        output.Write("\n"u8);
        while (true)
        {
            int end = data.IndexOfAny((byte)'\r', (byte)'\n');
            output.Write("data: "u8);
            output.Write(end < 0 ? data : data[..end]);
            output.Write("\n"u8);
            if (end < 0) break;
            data = data[(end + (data[end] == '\r' && end + 1 < data.Length && data[end + 1] == '\n' ? 2 : 1))..];
        }

        output.Write("\n"u8);
    }
}
