using System.Threading.Channels;

namespace Notify.Tests.Platform;

/// <summary>Waits for named events: a test that waits in vain says for what.</summary>
public static class Awaited
{
    /// <summary>How long a test waits for something that should happen at once, on a busy machine.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>The task's result; <paramref name="what"/> ends the sentence "Awaited in vain: …".</summary>
    public static async Task<T> Within<T>(this Task<T> task, string what)
    {
        await ((Task)task).Within(what);
        return await task;
    }

    /// <summary>The task's end.</summary>
    public static Task Within(this Task task, string what) => task.Within(what, Limit);

    /// <summary>The task's end, for what takes longer.</summary>
    public static async Task Within(this Task task, string what, TimeSpan limit)
    {
        try
        {
            await task.WaitAsync(limit, Xunit.TestContext.Current.CancellationToken);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw new TimeoutException($"Awaited in vain: {what}.");
        }
    }

    /// <summary>The next item.</summary>
    public static Task<T> NextAsync<T>(this ChannelReader<T> reader, string what) => reader.ReadAsync().AsTask().Within(what);

    /// <summary>The first item that fits; others are left out.</summary>
    public static async Task<T> NextAsync<T>(this ChannelReader<T> reader, Func<T, bool> fits, string what)
    {
        while (true)
        {
            var item = await reader.NextAsync(what);
            if (fits(item)) return item;
        }
    }
}
