using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Notify.EdgeHost.Telemetry;
using Notify.Protocol;

namespace Notify.EdgeHost.Messages;

/// <summary>Has a message handled: finds its handler, runs it on the handlers' threads within its time, and makes the answer.</summary>
internal sealed class MessageHandling(
    MessageRoutes routes,
    MessageThreads threads,
    IServiceScopeFactory scopes,
    IOptions<MessageOptions> options,
    IOptions<JsonOptions> json,
    TimeProvider clock,
    MessageMetrics metrics,
    ILogger<MessageHandling> logger) : IHostedService
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    private readonly MessageOptions _options = options.Value;
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private bool _isStopping;

    /// <summary>The most messages that may wait per connection.</summary>
    public int WaitingLimitCount => _options.WaitingLimitCount;

    /// <summary>
    /// Handles one message; <paramref name="answer"/> is called once, as soon as the answer is known. The task ends with the handler,
    /// which may be later: the next message of the connection does not overtake it.
    /// </summary>
    public async Task HandleAsync(ClientConnection connection, ClientFrame message, Action<MessageAnswer> answer)
    {
        if (Find(message.Url!, out var refusal) is not var (route, values))
        {
            metrics.Handled(refusal.ErrorCode!);
            answer(refusal);
            return;
        }

        long started = clock.GetTimestamp();
        using var late = new CancellationTokenSource(_options.HandlerTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, connection.Closed);
        _ = Interlocked.Increment(ref _running);
        var handling = Task.Factory.StartNew(
            () => RunAsync(route, connection, values, message.Body, either.Token), CancellationToken.None, TaskCreationOptions.None, threads).Unwrap();
        MessageAnswer made;
        try
        {
            made = await handling.WaitAsync(late.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            made = handling.IsCompleted ? await handling.ConfigureAwait(false) : TimedOut;
            MessageLog.HandlerLate(logger, route.Pattern, _options.HandlerTimeout);
        }

        metrics.Handled(made.ErrorCode is null ? "ok" : ErrorOf(made.ErrorCode), clock.GetElapsedTime(started));
        answer(made);
        _ = await handling.ConfigureAwait(false); // it never fails
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Gives handlers that still run a little time; their connections are closed by now, and their tokens cancelled.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _isStopping, true);
        if (Volatile.Read(ref _running) == 0) return;
        await _idle.Task.WaitAsync(StopLimit, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static MessageAnswer TimedOut => MessageAnswer.Error(ErrorCodes.TimedOut, "The handler took too long; it may still have an effect.");

    // The application's codes may be any number: no tags.
    private static string ErrorOf(string code) =>
        code is ErrorCodes.InvalidBody or ErrorCodes.InvalidUrl or ErrorCodes.HandlerFailed or ErrorCodes.TimedOut ? code : "refused";

    private (MessageRoute Route, RouteValueDictionary Values)? Find(string url, out MessageAnswer refusal)
    {
        refusal = MessageAnswer.Error(ErrorCodes.NotMapped, "No handler is mapped to this url.");
        try
        {
            return routes.Find(url);
        }
#pragma warning disable CA1031 // A constraint of the application's, or a regular expression out of time: this message's own failure.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            MessageLog.NotFound(logger, failure);
            refusal = Failed;
            return null;
        }
    }

    private async Task<MessageAnswer> RunAsync(
        MessageRoute route, ClientConnection connection, RouteValueDictionary values, ReadOnlyMemory<byte> body, CancellationToken either)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var context = new MessageContext(connection, values, body, scope.ServiceProvider, either);
            object? result = await route.InvokeAsync(context);
            return context.Problem ?? AnswerOf(route, result);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return TimedOut; // or there is nobody left to tell
        }
#pragma warning disable CA1031 // Whatever a handler throws is that message's own failure; the client learns that, and no more.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            MessageLog.HandlerFailed(logger, route.Pattern, failure);
            return Failed;
        }
        finally
        {
            if (Interlocked.Decrement(ref _running) == 0 && Volatile.Read(ref _isStopping)) _ = _idle.TrySetResult();
        }
    }

    private static MessageAnswer Failed => MessageAnswer.Error(ErrorCodes.HandlerFailed, "The message could not be handled.");

    private MessageAnswer AnswerOf(MessageRoute route, object? result)
    {
        if (result is MessageResult said)
        {
            if (said.ErrorCode is { } code) return MessageAnswer.Error(code, said.Message!);
            result = said.Body;
        }

        if (result is null) return MessageAnswer.Empty;
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(result, result.GetType(), json.Value.SerializerOptions);
        if (bytes.Length <= _options.ReplyLimitBytes) return new(null, null, bytes);
        MessageLog.ReplyTooLarge(logger, route.Pattern, bytes.Length, _options.ReplyLimitBytes);
        return Failed;
    }
}
