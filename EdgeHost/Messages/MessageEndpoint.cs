using Microsoft.Extensions.Options;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Lifecycle;
using Notify.EdgeHost.Limits;
using Notify.EdgeHost.Publishing;
using Notify.EdgeHost.Security;
using Notify.Protocol;

namespace Notify.EdgeHost.Messages;

/// <summary>
/// Messages of clients that have no way back, over SSE: POST /messages?connection=ID at any edge, under the identity that the connection
/// has. The answer is the response.
/// </summary>
internal sealed class MessageEndpoint(
    EdgeService edges,
    IGrainFactory grains,
    INotifyPublisher publisher,
    ClientIdentityReader identities,
    Revocations revocations,
    ClientLimits limits,
    MessageHandling handling,
    IOptions<ConnectionOptions> options)
{
    /// <summary>Serves one message.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        var (identity, status, reason) = await identities.ReadAsync(context);
        if (identity is null || revocations.IsRevoked(identity))
        {
            if (identity is not null) (status, reason) = (StatusCodes.Status401Unauthorized, "The token was revoked.");
            if (status == StatusCodes.Status401Unauthorized) context.Response.Headers.WWWAuthenticate = "Bearer";
            await RefuseAsync(context, status, reason!);
            return;
        }

        // Not for forms: what a page of another origin can send without asking, it cannot send here.
        if (!context.Request.HasJsonContentType())
        {
            await RefuseAsync(context, StatusCodes.Status415UnsupportedMediaType, "The Content-Type must be application/json.");
            return;
        }

        if (await ReadAsync(context) is not { } message) return;
        var user = new UserId(identity.Tenant, identity.User);
        if (!limits.TryTake(user, ClientAddress.Of(context.Connection.RemoteIpAddress), (int)(context.Request.ContentLength ?? message.Body.Length), limits.Now))
        {
            context.Response.Headers.RetryAfter = "1";
            await AnswerAsync(context, message, MessageAnswer.Error(ErrorCodes.RateLimited, "You send more than you may."));
            return;
        }

        if (!ConnectionId.TryParse(context.Request.Query["connection"], out var id) || await FindAsync(id, user) is not { } entry)
        {
            await RefuseAsync(context, StatusCodes.Status404NotFound, "There is no such connection of yours; 'connection' in the query is its id.");
            return;
        }

        var connection = new ClientConnection(entry, publisher);
        await using var aborted = context.RequestAborted.UnsafeRegister(static state => ((ClientConnection)state!).End(), connection);
        var said = new TaskCompletionSource<MessageAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        var handled = handling.HandleAsync(connection, message, said.SetResult);
        await AnswerAsync(context, message, await said.Task);
        await handled;
    }

    private static Task RefuseAsync(HttpContext context, int status, string detail) =>
        TypedResults.Problem(detail, statusCode: status).ExecuteAsync(context);

    private static async Task AnswerAsync(HttpContext context, ClientFrame message, MessageAnswer answer)
    {
        byte[] json = answer.ToJson(message);
        var response = context.Response;
        response.StatusCode = answer.ErrorCode switch
        {
            null => StatusCodes.Status200OK,
            ErrorCodes.NotMapped or "not_found" => StatusCodes.Status404NotFound,
            ErrorCodes.Forbidden => StatusCodes.Status403Forbidden,
            ErrorCodes.RateLimited => StatusCodes.Status429TooManyRequests,
            ErrorCodes.HandlerFailed => StatusCodes.Status500InternalServerError,
            ErrorCodes.TimedOut => StatusCodes.Status504GatewayTimeout,
            _ => StatusCodes.Status400BadRequest,
        };
        response.ContentType = "application/json";
        response.ContentLength = json.Length;
        await response.Body.WriteAsync(json, context.RequestAborted);
    }

    private async Task<ClientFrame?> ReadAsync(HttpContext context)
    {
        int limit = options.Value.MessageLimitBytes;
        ClientFrame? message;
        FrameError error;
        using (var body = await RequestBytes.ReadAsync(context.Request, limit, context.RequestAborted))
        {
            if (body.IsTooLarge)
            {
                await RefuseAsync(context, StatusCodes.Status413PayloadTooLarge, $"The message has more than {limit} bytes.");
                return null;
            }

            if (body.BrokenStatus != 0)
            {
                await RefuseAsync(context, body.BrokenStatus, "The body is not what the request's head says, or came too slowly.");
                return null;
            }

            bool isText = System.Text.Unicode.Utf8.IsValid(body.Span);
            error = new(ErrorCodes.InvalidJson, "The message is not valid UTF-8.");
            message = isText && ClientFrameReader.TryRead(body.Span, out var read, out error) ? read : null;
        }

        if (message is { Kind: ClientFrameKind.Message }) return message;
        if (message is not null) error = new(ErrorCodes.InvalidField, "Only messages go this way.", message.Ref);
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(FrameEncoder.OfThread.ErrorJson(error), context.RequestAborted);
        return null;
    }

    /// <summary>The user's connection of this id, on whatever edge.</summary>
    private async Task<ConnectionEntry?> FindAsync(ConnectionId id, UserId user)
    {
        if (edges.Serving is { } edge && edge.Id == id.Edge)
            return await edge.FindConnectionAsync(id) is { } own && own.Tenant == user.Tenant && own.User == user.Name ? own : null;
        var connections = await ((IUserGrain)grains.GetChannel(user.Channel)).GetConnections();
        return connections.FirstOrDefault(c => c.Id == id);
    }
}
