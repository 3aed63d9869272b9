using System.Buffers;
using Microsoft.Extensions.Options;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Security;
using Notify.Protocol;

namespace Notify.EdgeHost.Transports;

/// <summary>What a client sent first: its token, and what came behind it in the same bytes; or why it is closed.</summary>
internal sealed record FirstMessage(string? Token, ReadOnlyMemory<byte> Ref, byte[] Rest, CloseReason? Closed);

/// <summary>
/// Waits for the token of clients that said <c>auth=message</c>: a bounded time, a bounded number of them. Until it has come they are no
/// connection: they have no outbox and are in no list.
/// </summary>
internal sealed class FirstMessages(IOptions<NotifyAuthenticationOptions> options, IOptions<ConnectionOptions> connections, TimeProvider clock)
{
    private const string QueryName = "auth", QueryValue = "message";
    private const int ReadBytes = 4096;
    private const int FrameBytes = 1024; // of the frame beside the token

    private int _waiting;

    /// <summary>Whether the client wants to send its token in the first message.</summary>
    public static bool IsWanted(HttpContext context) => (string?)context.Request.Query[QueryName] == QueryValue;

    /// <summary>Whether one more may be waited for; then <see cref="End"/> follows.</summary>
    public bool TryBegin()
    {
        if (Interlocked.Increment(ref _waiting) <= options.Value.FirstMessageLimitCount) return true;
        End();
        return false;
    }

    /// <summary>One less is waited for.</summary>
    public void End() => Interlocked.Decrement(ref _waiting);

    /// <summary>Reads the first message.</summary>
    public async Task<FirstMessage> ReadAsync(Stream stream, CancellationToken aborted)
    {
        using var limit = new CancellationTokenSource(options.Value.FirstMessageTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, aborted);
        using var reader = new WebSocketMessageReader(Math.Max(connections.Value.MessageLimitBytes, options.Value.TokenLimitChars + FrameBytes));
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            while (true)
            {
                int length = await stream.ReadAsync(buffer.AsMemory(), either.Token);
                if (length == 0) return Close(CloseCodes.Normal, "");
                if (Take(reader, buffer.AsSpan(0, length)) is { } first) return first;
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            return Close(CloseCodes.Unauthorized, "no token came in time");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private static FirstMessage Close(int code, string reason) => new(null, default, [], new(code, reason));

    private static FirstMessage? Take(WebSocketMessageReader reader, ReadOnlySpan<byte> input)
    {
        while (true)
        {
            switch (reader.Read(ref input, out var message))
            {
                case WebSocketReadStatus.NeedMore:
                    return null;
                case WebSocketReadStatus.Violation:
                    return Close(message.CloseCode, message.Violation!);
            }

            switch (message.Opcode)
            {
                case WebSocketOpcode.Close:
                    return Close(message.CloseCode == 1005 ? CloseCodes.Normal : message.CloseCode, "");
                case WebSocketOpcode.Text when ClientFrameReader.TryRead(message.Payload, out var frame, out _) && frame!.Kind == ClientFrameKind.Token:
                    return new(frame.Token, frame.Ref, input.ToArray(), null);
                case WebSocketOpcode.Text or WebSocketOpcode.Binary:
                    return Close(CloseCodes.Unauthorized, "the first message is not a token");
            }
        }
    }
}
