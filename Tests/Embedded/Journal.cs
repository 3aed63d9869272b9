using System.Collections.Concurrent;

namespace Notify.Tests.Embedded;

/// <summary>
/// Where grains and tests meet outside of calls: grains note what happens and wait at gates, tests await the notes
/// and open the gates. Shared by all grains of a silo; names begin with the grain's key.
/// </summary>
public sealed class Journal
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();
    private readonly Lock _lock = new();
    private readonly List<string> _notes = [];
    private TaskCompletionSource _noted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Note(string note)
    {
        TaskCompletionSource noted;
        lock (_lock)
        {
            _notes.Add(note);
            (noted, _noted) = (_noted, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        noted.SetResult();
    }

    public string[] Of(string key)
    {
        lock (_lock)
            return [.. _notes.Where(note => note.StartsWith(key + " ", StringComparison.Ordinal)).Select(note => note[(key.Length + 1)..])];
    }

    public int Count(string note)
    {
        lock (_lock)
            return _notes.Count(noted => noted == note);
    }

    public async Task NotedAsync(string note, int times = 1)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (true)
        {
            Task next;
            lock (_lock)
            {
                if (_notes.Count(noted => noted == note) >= times)
                    return;
                next = _noted.Task;
            }

            var left = Patience - TimeProvider.System.GetElapsedTime(deadline);
            await next.OrTimeout($"note '{note}' ({times} times)", left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1));
        }
    }

    public Task GateAsync(string name) => Gate(name).Task;

    public void Open(string name) => Gate(name).TrySetResult();

    private TaskCompletionSource Gate(string name) =>
        _gates.GetOrAdd(name, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}

internal static class WaitExtensions
{
    /// <summary>Awaits, but not for ever; the message names what did not come.</summary>
    public static async Task OrTimeout(this Task task, string awaited, TimeSpan? patience = null)
    {
        try
        {
            await task.WaitAsync(patience ?? TimeSpan.FromSeconds(30));
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw new TimeoutException($"Waited in vain for {awaited}.");
        }
    }

    public static async Task<T> OrTimeout<T>(this Task<T> task, string awaited, TimeSpan? patience = null)
    {
        await ((Task)task).OrTimeout(awaited, patience);
        return await task;
    }
}
