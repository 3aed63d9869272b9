using System.Diagnostics;
using Notify.Streams;

namespace Notify.EdgeHost.Telemetry;

/// <summary>
/// The spans of traced notifications at this edge: from being taken up to being handed to the sockets, with the burst it is part of.
/// Under the delivery worker only.
/// </summary>
internal sealed class DeliverySpans
{
    private const int OpenLimitCount = 1_000; // while a large fan-out is sent in slices; what is over it is not traced here

    private readonly List<Activity> _open = [];

    /// <summary>A notification is about to be offered to its connections; null: it is not traced.</summary>
    public Activity? Begin(EdgeDelivery delivery)
    {
        if (delivery.Notification!.TraceParent is not { } trace || _open.Count == OpenLimitCount) return null;
        if (NotifyTracing.Begin("notify.deliver", ActivityKind.Consumer, trace) is not { } span) return null;
        if (delivery.Kind != DeliveryKind.Direct) span.SetTag("notify.kind", delivery.Channel.KindName);
        _open.Add(span);
        return span;
    }

    /// <summary>It was offered to so many.</summary>
    public static void Offered(Activity? span, int connections) =>
        span?.SetTag("notify.connections", connections).AddEvent(new("offered"));

    /// <summary>What was offered has been handed to the sockets.</summary>
    public void Written()
    {
        if (_open.Count == 0) return;
        foreach (var span in _open) span.End();
        _open.Clear();
    }
}
