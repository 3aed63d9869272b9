using Notify.Protocol;

namespace Notify.Client;

/// <summary>How far a receiving client has come in each channel: what it resumes with, and what it has already.</summary>
internal sealed class ReceivedPositions
{
    private readonly Dictionary<ChannelId, Position> _received = [];
    private Cursor? _cursor;

    /// <summary>The cursor's text; null before the first welcome.</summary>
    public string? Cursor => _cursor?.ToString();

    /// <summary>A connection begins: the server says where. Positions of channels that lost something mean nothing any more.</summary>
    public void Welcome(string? cursor, IEnumerable<ChannelId> lost)
    {
        foreach (var channel in lost) _ = _received.Remove(channel);
        Renew(cursor);
    }

    /// <summary>The server says how far the client has come.</summary>
    public void Renew(string? cursor)
    {
        if (Protocol.Cursor.TryParse(cursor, out var read)) _cursor = read;
    }

    /// <summary>Takes note of a notification; false when it was received before.</summary>
    public bool Advance(ReceivedNotification notification)
    {
        var (channel, position) = (notification.Channel, notification.Position);
        if (notification.IsEphemeral || !position.IsKnown) return true;
        if (_received.TryGetValue(channel, out var last)
            && (position.Epoch < last.Epoch || (position.Epoch == last.Epoch && position.Offset <= last.Offset)))
            return false;
        _received[channel] = position;
        _ = _cursor?.Set(Protocol.Cursor.TagOf(channel.KindName, channel.Name), position.Epoch, position.Offset);
        return true;
    }
}
