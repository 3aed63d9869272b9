using Notify.Protocol;

namespace Notify.EdgeHost.Connections;

/// <summary>What happens to a frame for which the outbox has no room.</summary>
internal enum FrameLoss : byte
{
    /// <summary>It must arrive: the connection is closed, and resumes.</summary>
    Closes,

    /// <summary>It is dropped.</summary>
    Drops,
}

/// <summary>Ready bytes for one transport, shared by all connections that they go to; never changed.</summary>
internal sealed class Frame(byte[] bytes, FrameLoss loss)
{
    /// <summary>As they go to the socket.</summary>
    public byte[] Bytes => bytes;

    /// <summary>What happens when there is no room.</summary>
    public FrameLoss Loss => loss;

    /// <summary>For SSE: how far the client has come with it.</summary>
    public CursorMark? Mark { get; init; }

    /// <summary>For SSE: where the client is altogether; made for this frame alone, the transport goes on with it.</summary>
    public Cursor? Cursor { get; init; }
}

/// <summary>A channel's position for a cursor; the channel by its <see cref="Cursor.TagOf"/>.</summary>
internal sealed record CursorMark(long Tag, Position Position);

/// <summary>Why a connection is closed by the server; the code is one of <see cref="CloseCodes"/>.</summary>
internal readonly record struct CloseReason(int Code, string Text);
