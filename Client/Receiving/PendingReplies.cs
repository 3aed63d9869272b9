using System.Globalization;

namespace Notify.Client;

/// <summary>Messages that are sent and not answered yet, by their ref. Thread safe.</summary>
internal sealed class PendingReplies
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TaskCompletionSource<ServerFrame>> _pending = [];
    private TaskCompletionSource? _changed; // somebody waits
    private long _lastRef;

    /// <summary>Whether an answer is awaited.</summary>
    public bool IsAny
    {
        get
        {
            lock (_gate) return _pending.Count > 0;
        }
    }

    /// <summary>Done after the next <see cref="SignalChange"/>, or when another answer is awaited.</summary>
    public Task WhenChangedAsync()
    {
        lock (_gate) return (_changed ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>Wakes whoever waits for a change.</summary>
    public void SignalChange()
    {
        TaskCompletionSource? changed;
        lock (_gate) (changed, _changed) = (_changed, null);
        changed?.SetResult();
    }

    /// <summary>Begins to wait for an answer, under a ref of its own.</summary>
    public Task<ServerFrame> Add(out string reference)
    {
        var pending = new TaskCompletionSource<ServerFrame>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            reference = (++_lastRef).ToString(CultureInfo.InvariantCulture);
            _pending.Add(reference, pending);
        }

        SignalChange();
        return pending.Task;
    }

    /// <summary>Waits no longer.</summary>
    public void Remove(string reference)
    {
        lock (_gate) _ = _pending.Remove(reference);
    }

    /// <summary>A reply or an error has come.</summary>
    public void Complete(ServerFrame frame)
    {
        TaskCompletionSource<ServerFrame>? pending = null;
        lock (_gate)
        {
            if (frame.Ref is not null) _ = _pending.Remove(frame.Ref, out pending);
        }

        _ = pending?.TrySetResult(frame);
    }

    /// <summary>The link is over: nobody knows what became of what was sent over it.</summary>
    public void FailAll()
    {
        TaskCompletionSource<ServerFrame>[] all;
        lock (_gate)
        {
            all = [.. _pending.Values];
            _pending.Clear();
        }

        foreach (var pending in all) _ = pending.TrySetException(new IOException("The connection ended before the answer came; the message may have been handled."));
    }
}
