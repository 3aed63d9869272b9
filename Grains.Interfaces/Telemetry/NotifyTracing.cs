using System.Diagnostics;

namespace Notify;

/// <summary>
/// The trace source "Notify". A sampled push carries its trace in <see cref="Notification.TraceParent"/>:
/// <c>notify.push</c> (HTTP) ▸ <c>notify.channel.push</c> (grain) ▸ <c>notify.append</c> (log) and <c>notify.deliver</c> (each edge).
/// Where nobody listens or nothing is sampled, no span and no copy is made.
/// </summary>
public static class NotifyTracing
{
    /// <summary>The name to give to <c>AddSource</c>.</summary>
    public const string SourceName = "Notify";

    private const int TraceParentChars = 55; // 00-, 32 digits, -, 16 digits, -01

    internal static ActivitySource Source { get; } = new(SourceName);

    /// <summary>The notification with the trace of the caller, if that is sampled and it has none yet.</summary>
    internal static Notification WithCallersTrace(this Notification notification) =>
        notification.TraceParent is null && Activity.Current is { Recorded: true, IdFormat: ActivityIdFormat.W3C, Id: { } id }
            ? notification with { TraceParent = id }
            : notification;

    /// <summary>
    /// Begins a span under the one that a notification carries; null: it carries none, or nobody listens. It does not become
    /// <see cref="Activity.Current"/>: spans of many pushes are open at once in one turn.
    /// </summary>
    internal static Activity? Begin(string name, ActivityKind kind, string? traceParent, IEnumerable<ActivityLink>? links = null)
    {
        if (traceParent is not { Length: TraceParentChars } || !Source.HasListeners()) return null;
        if (!ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent)) return null;
        var before = Activity.Current;
        var span = Source.StartActivity(name, kind, parent, links: links);
        Activity.Current = before;
        return span;
    }

    /// <summary>Ends a span that <see cref="Begin"/> began.</summary>
    internal static void End(this Activity span)
    {
        var before = Activity.Current;
        span.Stop();
        Activity.Current = before;
    }
}
