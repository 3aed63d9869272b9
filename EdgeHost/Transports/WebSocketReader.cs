using System.Buffers;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Lifecycle;
using Notify.EdgeHost.Messages;
using Notify.EdgeHost.Resume;
using Notify.EdgeHost.Security;
using Notify.EdgeHost.Telemetry;
using Notify.Protocol;

namespace Notify.EdgeHost.Transports;

/// <summary>Reads what a WebSocket client sends, until it closes or breaks the rules. Holds no buffer while nothing comes.</summary>
internal sealed class WebSocketReader(
    Connection connection, Edge edge, TokenRenewal renewal, ConnectionMessages messages, ConnectionOptions options, EdgeMetrics metrics) : IDisposable
{
    private const int ReadBytes = 4096;

    private readonly WebSocketMessageReader _reader = new(options.MessageLimitBytes);
    private ClientFrame? _token; // waits to be checked; what follows it waits, too

    /// <summary>The client has said that it sends nothing more.</summary>
    public bool IsClosedByClient { get; private set; }

    /// <summary>
    /// Reads to the end, beginning with bytes that were read before; the connection's own failures are its end, too. Whether the client may
    /// be there still, and the goodbye is for it.
    /// </summary>
    public async Task<bool> RunAsync(ClientLink link, byte[] begun)
    {
        try
        {
            if (!await TakeAsync(begun)) return true;
            while (true)
            {
                _ = await link.WaitAsync();
                byte[] buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
                try
                {
                    int length = await link.ReadAsync(buffer);
                    if (length == 0) return false;
                    connection.Heard();
                    if (!await TakeAsync(buffer.AsMemory(0, length))) return true;
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }
        }
        catch (Exception failure) when (ClientLink.IsGone(failure))
        {
            return false; // the client is gone without a word, or was cut off
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    /// <summary>Takes bytes; false when nothing more is to be read.</summary>
    private async ValueTask<bool> TakeAsync(ReadOnlyMemory<byte> input)
    {
        while (true)
        {
            if (!Take(input.Span, out int taken)) return false;
            if (_token is not { } frame) return true;
            _token = null;
            input = input[taken..];
            if (!await RenewAsync(frame)) return false;
        }
    }

    /// <summary>Takes bytes up to a token frame, or all.</summary>
    private bool Take(ReadOnlySpan<byte> input, out int taken)
    {
        int length = input.Length;
        while (true)
        {
            taken = length - input.Length;
            if (_token is not null) return true;
            switch (_reader.Read(ref input, out var message))
            {
                case WebSocketReadStatus.NeedMore:
                    return true;
                case WebSocketReadStatus.Violation:
                    _ = connection.Close(new(message.CloseCode, message.Violation!), discardWaiting: true);
                    return false;
                default:
                    if (!Take(message)) return false;
                    break; // and on, unless a token is to be checked first
            }
        }
    }

    private bool Take(in WebSocketMessage message)
    {
        if (message.Opcode != WebSocketOpcode.Close && !messages.TryTake(message.Payload.Length)) return Throttle(message);
        switch (message.Opcode)
        {
            case WebSocketOpcode.Close:
                // Answered with the client's own code; what waits is of no use to it any more.
                IsClosedByClient = true;
                int code = message.CloseCode == 1005 ? CloseCodes.Normal : message.CloseCode;
                if (connection.Outbox.Close(new(code, ""), discardWaiting: true)) connection.ClientCloseCode = code;
                return false;
            case WebSocketOpcode.Ping:
                _ = connection.Send(new(WebSocketFrames.Control(WebSocketOpcode.Pong, message.Payload), FrameLoss.Drops));
                return true;
            case WebSocketOpcode.Pong:
                return true;
            case WebSocketOpcode.Binary:
                _ = connection.Close(new(CloseCodes.UnsupportedData, "Clients send text."), discardWaiting: true);
                return false;
            default:
                return Serve(message.Payload);
        }
    }

    private bool Serve(ReadOnlySpan<byte> text)
    {
        if (connection.ClosedBy is not null) return true;
        if (!ClientFrameReader.TryRead(text, out var frame, out var error)) return Refuse(error);
        switch (frame!.Kind)
        {
            case ClientFrameKind.Ping:
                _ = connection.Send(new(FrameEncoder.OfThread.Reply(new(FrameTypes.Ping, frame.Ref)), FrameLoss.Closes));
                return true;
            case ClientFrameKind.Subscribe or ClientFrameKind.Unsubscribe:
                return ServeTopics(frame);
            case ClientFrameKind.Message:
                if (!messages.TryPost(frame)) Answer(new(ErrorCodes.Busy, "Too many of your messages wait; send the next after an answer.", frame.Ref) { Url = frame.Url });
                return true;
            default:
                _token = frame;
                return true;
        }
    }

    private async ValueTask<bool> RenewAsync(ClientFrame frame)
    {
        var (identity, problem) = await renewal.CheckAsync(connection.Identity, frame.Token!);
        if (identity is null) return Refuse(new(ErrorCodes.BadToken, problem!, frame.Ref));
        edge.OnRenewed(connection, identity, frame.Ref);
        return true;
    }

    private bool ServeTopics(ClientFrame frame)
    {
        var permitted = connection.Identity.Grant.Topics;
        if (frame.Kind == ClientFrameKind.Subscribe && !frame.Topics.All(permitted.Permit))
            return Refuse(new(ErrorCodes.Forbidden, "You may not subscribe to these topics.", frame.Ref));
        _ = ResumeRequest.Read(frame.Resume, out string? badResume);
        if (badResume is not null) return Refuse(new(ErrorCodes.InvalidField, badResume, frame.Ref));
        var topics = new TopicId[frame.Topics.Count];
        for (int i = 0; i < topics.Length; i++)
        {
            if (NameRules.Check(frame.Topics[i], "topic", NameRules.TopicLimitChars) is { } wrong)
                return Refuse(new(ErrorCodes.InvalidField, wrong, frame.Ref));
            topics[i] = new(connection.Entry.Tenant, frame.Topics[i]);
        }

        edge.OnTopics(connection, frame, topics);
        return true;
    }

    /// <summary>Answers with an error; who sends nothing else is closed.</summary>
    private bool Refuse(in FrameError error)
    {
        metrics.BadFrame();
        if (++connection.BadFrames > options.BadFramesLimitCount)
        {
            _ = connection.Close(new(CloseCodes.BadRequest, "too many bad frames"), discardWaiting: true);
            return false;
        }

        Answer(error);
        return true;
    }

    /// <summary>A frame over the limits is not served; a text frame is answered with an error. Who goes on all the same is closed.</summary>
    private bool Throttle(in WebSocketMessage message)
    {
        if (connection.ClosedBy is not null) return true;
        if (++connection.RefusedFrames > messages.RefusalsLimitCount)
        {
            _ = connection.Close(new(CloseCodes.RateLimited, "too many frames over the limits"), discardWaiting: true);
            return false;
        }

        if (message.Opcode != WebSocketOpcode.Text) return true;
        bool isFrame = ClientFrameReader.TryRead(message.Payload, out var frame, out var error);
        Answer(new(ErrorCodes.RateLimited, "You send more than you may; the frame was not served.", isFrame ? frame!.Ref : error.Ref) { Url = frame?.Url });
        return true;
    }

    private void Answer(in FrameError error) => _ = connection.Send(new(FrameEncoder.OfThread.Error(error), FrameLoss.Closes));
}
