using System.Globalization;
using Notify.EdgeHost.Publishing;
using Notify.Protocol;

namespace Notify.EdgeHost.Resume;

/// <summary>From where a client wants its channels: after a cursor, the last so many, or since a time.</summary>
internal sealed record ResumeRequest
{
    private const int LimitCount = 1_000;
    private const string Rule = "'resume' is neither 'latest', 'last:N' with N from 1 to 1000, 'since:' with a time such as 2030-01-31T12:00:00Z, nor a cursor.";

    /// <summary>Everything that a live connection has not got yet.</summary>
    public static ResumeRequest Rest { get; } = new();

    /// <summary>The cursor; null where one of the others counts.</summary>
    public Cursor? Cursor { get; private init; }

    /// <summary>So many of each channel.</summary>
    public int? Last { get; private init; }

    /// <summary>What was pushed from then on.</summary>
    public DateTimeOffset? Since { get; private init; }

    /// <summary>Reads the text; the problem if it is none. Null without a problem: live only.</summary>
    public static ResumeRequest? Read(string? text, out string? problem)
    {
        problem = null;
        if (text is null or "" or "latest") return null;
        if (text.StartsWith("last:", StringComparison.Ordinal))
        {
            if (int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is >= 1 and <= LimitCount)
                return new() { Last = count };
        }
        else if (text.StartsWith("since:", StringComparison.Ordinal))
        {
            if (PushFields.TryReadTime(text[6..], out var time)) return new() { Since = time };
        }
        else if (Protocol.Cursor.TryParse(text, out var cursor))
        {
            return new() { Cursor = cursor };
        }

        problem = Rule;
        return null;
    }

    /// <summary>After which position a channel that has come to <paramref name="applied"/> is wanted; null: nothing was asked for it.</summary>
    public Position? StartOf(long tag, Position applied)
    {
        if (Last is { } count) return applied with { Offset = Math.Max(0, applied.Offset - count) };
        if (Since is not null) return applied with { Offset = 0 };
        return Cursor!.TryGet(tag, out long epoch, out long offset) ? new Position(epoch, offset) : null;
    }
}
