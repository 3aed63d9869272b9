using Notify.Protocol;

namespace Notify.EdgeHost.Messages;

/// <summary>One connection's messages, handled one after the other; bounded. Costs nothing until the first one comes. Thread safe.</summary>
internal sealed class MessageQueue(ClientConnection connection, MessageHandling handling, Action<ClientFrame, MessageAnswer> answer)
{
    private readonly Lock _gate = new();
    private Queue<ClientFrame>? _waiting;
    private bool _isRunning;
    private bool _isEnded;

    /// <summary>Takes a message; false when too many wait.</summary>
    public bool TryPost(ClientFrame message)
    {
        lock (_gate)
        {
            if (_isEnded) return true;
            _waiting ??= new();
            if (_waiting.Count >= handling.WaitingLimitCount) return false;
            _waiting.Enqueue(message);
            if (_isRunning) return true;
            _isRunning = true;
        }

        _ = Task.Run(RunAsync); // at most one; ends with the last message, and at the host's stop MessageHandling waits for its handler
        return true;
    }

    /// <summary>The connection is over: what waits is dropped.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isEnded = true;
            _waiting?.Clear();
        }
    }

    private async Task RunAsync()
    {
        while (Next() is { } message) await handling.HandleAsync(connection, message, said => answer(message, said));
    }

    private ClientFrame? Next()
    {
        lock (_gate)
        {
            if (_waiting!.TryDequeue(out var message)) return message;
            _isRunning = false;
            return null;
        }
    }
}
