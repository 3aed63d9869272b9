using System.Net.Http.Headers;
using Microsoft.Extensions.Options;
using Notify.EdgeHost.Lifecycle;
using Notify.EdgeHost.Security;
using Notify.EdgeHost.Telemetry;

namespace Notify.EdgeHost.Publishing;

/// <summary>The push addresses: read once, pushed through <see cref="INotifyPublisher"/>, answered with a receipt or a problem.</summary>
internal sealed class PushEndpoints(
    INotifyPublisher publisher, EdgeService edges, IOptions<PublishingOptions> options, TimeProvider clock, EdgeMetrics metrics, ILogger<PushEndpoints> logger)
{
    private const string RetryAdvice = "It may still be delivered; push again with the same id.";

    private readonly PublishingOptions _options = options.Value;

    /// <summary>POST /api/push/users/{user}</summary>
    public Task PushToUserAsync(HttpContext context) => PushAsync(context, ChannelKind.User, RouteName.Segment(context, "user", 1), null);

    /// <summary>POST /api/push/users/{user}/clients/{clientId}</summary>
    public Task PushToClientAsync(HttpContext context) =>
        PushAsync(context, ChannelKind.User, RouteName.Segment(context, "user", 3), RouteName.Segment(context, "clientId", 1));

    /// <summary>POST /api/push/companies/{company}</summary>
    public Task PushToCompanyAsync(HttpContext context) => PushAsync(context, ChannelKind.Company, RouteName.Segment(context, "company", 1), null);

    /// <summary>POST /api/push/topics/{**topic}</summary>
    public Task PushToTopicAsync(HttpContext context) => PushAsync(context, ChannelKind.Topic, RouteName.Rest(context, "topic", "/push/topics/"), null);

    /// <summary>POST /api/push/everyone</summary>
    public Task PushToEveryoneAsync(HttpContext context) => PushAsync(context, ChannelKind.Everyone, null, null);

    /// <summary>POST /api/push/connections/{id}</summary>
    public Task PushToConnectionAsync(HttpContext context)
    {
        string? wrong = PushTargetFields.OfConnection(RouteName.Segment(context, "id", 1), out var target);
        if (wrong is null && Query(context, "component") is not null) wrong = "A push to a connection cannot be narrowed.";
        return wrong is null ? PushAsync(context, target!, null, null) : RefuseAsync(context, PushProblem.Bad(wrong));
    }

    /// <summary>POST /api/push</summary>
    public async Task PushCanonicalAsync(HttpContext context)
    {
        long started = metrics.IsPushTimed ? clock.GetTimestamp() : 0;
        PushBodyParse parsed;
        if (!IsJson(context.Request))
        {
            await RefuseAsync(context, UnsupportedType("application/json"));
            return;
        }

        using (var body = await RequestBytes.ReadAsync(context.Request, _options.BodyLimitBytes, context.RequestAborted))
        {
            parsed = ProblemOf(body) is { } refused ? new(default, null, refused) : PushBodyReader.ReadCanonical(body.Span, _options);
        }

        if (parsed.Problem is { } problem) await RefuseAsync(context, problem);
        else if (parsed.Items is { } items) await PushManyAsync(context, items);
        else if (parsed.Single.Problem is { } single) await RefuseAsync(context, single);
        else await PushAsync(context, parsed.Single.Target!, parsed.Single.Notification!);
        if (started != 0) metrics.PushTook(clock.GetElapsedTime(started));
    }

    private static string? Query(HttpContext context, string name) =>
        context.Request.QueryString.HasValue && context.Request.Query[name] is [{ } value, ..] ? value : null;

    private static bool IsJson(HttpRequest request) =>
        request.ContentType is "application/json"
        || (MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType is { } name
        && name.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        && (type.CharSet is null || type.CharSet.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase)));

    private static bool IsBytes(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && "application/octet-stream".Equals(type.MediaType, StringComparison.OrdinalIgnoreCase);

    private static PushProblem UnsupportedType(string types) =>
        new(StatusCodes.Status415UnsupportedMediaType, $"The Content-Type must be {types}, JSON in UTF-8.");

    private Task PushAsync(HttpContext context, ChannelKind kind, string? name, string? clientId)
    {
        string? component = Query(context, "component");
        return PushTargetFields.OfChannel(kind, name, out var target) is { } wrong ? RefuseAsync(context, PushProblem.Bad(wrong))
            : PushTargetFields.Narrowing(component, clientId) is { } narrowing ? RefuseAsync(context, PushProblem.Bad(narrowing))
            : PushAsync(context, target!, component, clientId);
    }

    private async Task PushAsync(HttpContext context, PushTarget target, string? component, string? clientId)
    {
        long started = metrics.IsPushTimed ? clock.GetTimestamp() : 0;
        PushParse parsed;
        bool isJson = IsJson(context.Request);
        if (!isJson && !IsBytes(context.Request))
        {
            await RefuseAsync(context, UnsupportedType("application/json or application/octet-stream"));
            return;
        }

        using (var body = await RequestBytes.ReadAsync(context.Request, _options.BodyLimitBytes, context.RequestAborted))
        {
            parsed = ProblemOf(body) is { } refused ? refused
                : isJson ? PushBodyReader.ReadShort(body.Span, _options)
                : BinaryPush.Read(context.Request.Query, body.Span, _options);
        }

        if (parsed.Problem is { } problem)
        {
            await RefuseAsync(context, problem);
        }
        else
        {
            var notification = parsed.Notification!;
            if (component is not null || clientId is not null) notification = notification with { Component = component, ClientId = clientId };
            await PushAsync(context, target, notification);
        }

        if (started != 0) metrics.PushTook(clock.GetElapsedTime(started));
    }

    /// <summary>Pushes what has been read and checked.</summary>
    public async Task PushAsync(HttpContext context, PushTarget wanted, Notification notification)
    {
        if (PublisherScope.Of(context).Admit(wanted, out var refusal) is not { } target)
        {
            await RefuseAsync(context, new(refusal.Status, refusal.Reason));
            return;
        }

        if (target.Connection is { } connection && edges.Serving is { } edge && edge.Id == connection.Edge
            && !await edge.HasConnectionAsync(connection, target.ConnectionTenant))
        {
            await RefuseAsync(context, Gone);
            return;
        }

        PushReceipt receipt;
        try
        {
            receipt = await publisher.PushAsync(target, notification, context.RequestAborted);
        }
        catch (ArgumentException failure)
        {
            await RefuseAsync(context, PushProblem.Bad(failure.Message));
            return;
        }
        catch (Exception failure) when (failure is NotAcknowledgedException or TimeoutException or OrleansException)
        {
            EdgeLog.NotAcknowledged(logger, failure);
            await RefuseAsync(context, new(StatusCodes.Status503ServiceUnavailable, $"The push was not acknowledged. {RetryAdvice}"), notification.Id);
            return;
        }

        if (target.Connection is not null && receipt.Edges == 0)
        {
            await RefuseAsync(context, Gone);
            return;
        }

        metrics.Pushed(StatusCodes.Status202Accepted, 1);
        await PushAnswer.WriteReceiptAsync(context.Response, receipt);
    }

    private async Task PushManyAsync(HttpContext context, List<PushParse> items)
    {
        var scope = PublisherScope.Of(context);
        for (int i = 0; i < items.Count; i++)
        {
            if (items[i].Problem is not null) continue;
            items[i] = scope.Admit(items[i].Target!, out var refusal) is { } target ? items[i] with { Target = target } : new PushProblem(refusal.Status, refusal.Reason);
        }

        PushItem[] good = [.. items.Where(i => i.Problem is null).Select(i => new PushItem(i.Target!, i.Notification!))];
        var outcomes = good.Length == 0 ? [] : await publisher.PushManyAsync(good, context.RequestAborted);
        var answers = new PushAnswer[items.Count];
        for (int i = 0, next = 0; i < answers.Length; i++)
        {
            answers[i] = items[i].Problem is { } problem ? new(null, null, problem) : AnswerOf(good[next], outcomes[next++]);
            metrics.Pushed(answers[i].Status, 1);
        }

        await PushAnswer.WriteListAsync(context.Response, answers);
    }

    private static PushAnswer AnswerOf(PushItem item, PushOutcome outcome)
    {
        string id = item.Notification.Id;
        if (outcome.Receipt is not { } receipt)
        {
            return new(null, id, outcome.IsRetryable
                ? new(StatusCodes.Status503ServiceUnavailable, $"The push was not acknowledged. {RetryAdvice}")
                : PushProblem.Bad(outcome.Error ?? "The push was refused."));
        }

        return item.Target.Connection is not null && receipt.Edges == 0 ? new(null, id, Gone) : new(receipt, id, null);
    }

    private static PushProblem Gone => new(StatusCodes.Status404NotFound, "There is no such connection.");

    private PushProblem? ProblemOf(in RequestBytes body) =>
        body.IsTooLarge ? new(StatusCodes.Status413PayloadTooLarge, $"The body has more than {_options.BodyLimitBytes} bytes.")
        : body.BrokenStatus != 0 ? new(body.BrokenStatus, "The body is not what the request's head says, or came too slowly.")
        : null;

    /// <summary>Answers with a problem.</summary>
    public Task RefuseAsync(HttpContext context, PushProblem problem, string? id = null)
    {
        metrics.Pushed(problem.Status, 1);
        if (problem.Status == StatusCodes.Status503ServiceUnavailable) context.Response.Headers.RetryAfter = "1";
        Dictionary<string, object?>? extensions = id is null ? null : new() { ["id"] = id };
        return TypedResults.Problem(problem.Detail, statusCode: problem.Status, extensions: extensions).ExecuteAsync(context);
    }
}
