using System.Globalization;
using Notify.EdgeHost.Delivery;
using Notify.EdgeHost.Security;
using Notify.Protocol;

namespace Notify.EdgeHost.Publishing;

/// <summary>GET /api/history: what a channel retained after a position, in pages.</summary>
internal static class HistoryEndpoint
{
    private const int LimitEntries = 1000;
    private const int DefaultEntries = 100;
    private const int LimitBytes = 1 << 20;

    /// <summary>Answers one page.</summary>
    public static async Task ReadAsync(HttpContext context, IGrainFactory grains)
    {
        var query = context.Request.Query;
        if (Check(query, out var wanted, out var after, out int limit) is { } wrong)
        {
            await TypedResults.Problem(wrong, statusCode: StatusCodes.Status400BadRequest).ExecuteAsync(context);
            return;
        }

        if (PublisherScope.Of(context).Admit(wanted!, out var refusal) is not { } target)
        {
            await TypedResults.Problem(refusal.Reason, statusCode: refusal.Status).ExecuteAsync(context);
            return;
        }

        var channel = target.Channel;

        ChannelPage page;
        try
        {
            page = await grains.GetChannel(channel).Read(new(after, limit, LimitBytes));
        }
        catch (Exception failure) when (failure is TimeoutException or OrleansException or NotAcknowledgedException)
        {
            context.Response.Headers.RetryAfter = "1";
            await TypedResults.Problem("The channel does not answer.", statusCode: StatusCodes.Status503ServiceUnavailable).ExecuteAsync(context);
            return;
        }

        await WriteAsync(context.Response, channel, page);
    }

    private static string? Check(IQueryCollection query, out PushTarget? target, out Position after, out int limit)
    {
        target = null;
        after = default;
        limit = DefaultEntries;
        if (!ChannelId.TryParseKind(query["kind"], out var kind)) return "'kind' is not one of user, company, topic, everyone.";
        if (PushTargetFields.OfChannel(kind, query["id"], out target) is { } wrong) return wrong;
        if (query.ContainsKey("after") && !Position.TryParse(query["after"], out after)) return "'after' is not a position.";
        if (query.ContainsKey("limit")
            && (!int.TryParse(query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > LimitEntries))
            return $"'limit' is not a number from 1 to {LimitEntries}.";
        return null;
    }

    private static Task WriteAsync(HttpResponse response, ChannelId channel, ChannelPage page) => JsonAnswer.WriteAsync(
        response,
        StatusCodes.Status200OK,
        (channel, page),
        static (json, answer) =>
        {
            var (channel, page) = answer;
            json.WriteStartObject();
            json.WriteStartArray("notifications"u8);
            foreach (var entry in page.Entries)
                ServerFrameWriter.WriteNotification(json, Wire.NotificationOf(entry.Notification, Wire.ChannelOf(channel, entry.Position), isEphemeral: false));
            json.WriteEndArray();
            json.WriteString("after"u8, page.CoveredTo.ToString());
            json.WriteString("head"u8, page.Head.ToString());
            json.WriteBoolean("more"u8, page.CoveredTo != page.Head);
            json.WriteBoolean("complete"u8, page.IsComplete);
            json.WriteEndObject();
        });
}
