using System.Diagnostics;
using Notify.Grains.Channels;

namespace Notify.Grains.Telemetry;

/// <summary>The spans of pushes that are traced, at their channel.</summary>
internal static class ChannelSpans
{
    /// <summary>A push has come; null: it is not traced.</summary>
    public static Activity? BeginPush(ChannelId channel, Notification notification)
    {
        if (notification.TraceParent is null) return null;
        var span = NotifyTracing.Begin("notify.channel.push", ActivityKind.Consumer, notification.TraceParent);
        span?.SetTag("notify.kind", channel.KindName);
        return span;
    }

    /// <summary>The push is acknowledged, or (null) it is not.</summary>
    public static void EndPush(Activity? span, PushReceipt? receipt)
    {
        if (span is null) return;
        if (receipt is null) span.SetStatus(ActivityStatusCode.Error, "not acknowledged");
        else span.SetTag("notify.repeat", receipt.IsRepeat).SetTag("notify.edges", receipt.Edges).SetTag("notify.connections", receipt.Connections);
        span.End();
    }

    /// <summary>Pushes are appended together: one span, under the first that is traced and linked to the others.</summary>
    public static Activity? BeginAppend(ChannelId channel, PendingPush[] pushes)
    {
        Activity? first = null;
        List<ActivityLink>? links = null;
        foreach (var push in pushes)
        {
            if (push.Span is null) continue;
            if (first is null) first = push.Span;
            else (links ??= []).Add(new(push.Span.Context));
        }

        if (first is null) return null;
        var span = NotifyTracing.Begin("notify.append", ActivityKind.Internal, first.Id, links);
        span?.SetTag("notify.kind", channel.KindName).SetTag("notify.count", pushes.Length);
        return span;
    }

    /// <summary>The log has answered, or has not.</summary>
    public static void EndAppend(Activity? span, bool isAppended)
    {
        if (span is null) return;
        if (!isAppended) span.SetStatus(ActivityStatusCode.Error, "not appended, or unknown");
        span.End();
    }
}
