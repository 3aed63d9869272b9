using Notify.Protocol;

namespace Notify.EdgeHost.Messages;

/// <summary>One message on its way into a handler's parameters.</summary>
internal sealed record MessageContext(
    ClientConnection Connection, RouteValueDictionary Route, ReadOnlyMemory<byte> Body, IServiceProvider Services, CancellationToken CancellationToken)
{
    /// <summary>Why a parameter could not be had from the message.</summary>
    public MessageAnswer? Problem { get; private set; }

    /// <summary>Takes note of it; false, for binders to return.</summary>
    public bool Refuse(string code, string message)
    {
        Problem = MessageAnswer.Error(code, message);
        return false;
    }
}

/// <summary>What came of a message: an answer's JSON (empty: none), or an error.</summary>
internal sealed record MessageAnswer(string? ErrorCode, string? Message, ReadOnlyMemory<byte> Body)
{
    /// <summary>Nothing to say but that it was handled.</summary>
    public static MessageAnswer Empty { get; } = new(null, null, default);

    /// <summary>An error.</summary>
    public static MessageAnswer Error(string code, string message) => new(code, message, default);

    /// <summary>As a WebSocket frame.</summary>
    public byte[] ToFrame(ClientFrame asked) =>
        ErrorCode is null ? FrameEncoder.OfThread.Reply(ReplyTo(asked)) : FrameEncoder.OfThread.Error(ErrorTo(asked));

    /// <summary>As JSON.</summary>
    public byte[] ToJson(ClientFrame asked) =>
        ErrorCode is null ? FrameEncoder.OfThread.ReplyJson(ReplyTo(asked)) : FrameEncoder.OfThread.ErrorJson(ErrorTo(asked));

    private ReplyFrame ReplyTo(ClientFrame asked) => new(FrameTypes.Message, asked.Ref) { Url = asked.Url, Body = Body };

    private FrameError ErrorTo(ClientFrame asked) => new(ErrorCode!, Message!, asked.Ref) { Url = asked.Url };
}
