using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using Microsoft.Extensions.Logging.Abstractions;
using Notify.Grains.Log;
using Notify.Grains.Log.Files;

namespace Notify.Bench.Log;

/// <summary>
/// How much a process grows by 200,000 appends to 50,000 channels. Promised: at most 1.3 times the configured bytes plus 64 MiB.
/// </summary>
internal static class LogMemory
{
    private const int Channels = 50_000;
    private const int Appends = 200_000;
    private const int PayloadBytes = 600;

    public static async Task RunAsync(string store, long limitBytes, string folder)
    {
        var options = new ChannelLogOptions { MemoryLimitBytes = limitBytes, Path = Path.Combine(folder, "memory") };
        options.File.IndexLimitBytes = limitBytes;
        if (Directory.Exists(options.Path)) Directory.Delete(options.Path, recursive: true);
        IChannelLog log = store == "file"
            ? new FileChannelLog(options, new(TimeSpan.FromMinutes(10), 10_000), TimeProvider.System, NullLogger<FileChannelLog>.Instance)
            : new MemoryChannelLog(options, TimeSpan.FromMinutes(10), 10_000, TimeProvider.System);
        if (log is IDurableChannelLog durable) await durable.OpenAsync(CancellationToken.None);

        long before = WorkingSet();
        long peak = 0;
        var pushers = Enumerable.Range(0, 64).Select(pusher => Task.Run(() => PushAsync(log, pusher))).ToList();
        var all = Task.WhenAll(pushers);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!all.IsCompleted && await timer.WaitForNextTickAsync()) peak = Math.Max(peak, WorkingSet());
        await all;

        long after = WorkingSet();
        peak = Math.Max(peak, after);
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        long live = GC.GetTotalMemory(forceFullCollection: true);
        long allowed = (long)(1.3 * limitBytes) + (64 << 20);
        long held = log is FileChannelLog file ? file.Index.IndexBytes : ((MemoryChannelLog)log).Bytes;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{store}: limit {Mib(limitBytes)}, held by its own count {Mib(held)}, managed heap after a collection {Mib(live)}"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{store}: resident before {Mib(before)}, after {Mib(after)}, at most {Mib(peak)}: grown by {Mib(peak - before)}, allowed {Mib(allowed)}: {(peak - before <= allowed ? "ok" : "TOO MUCH")}"));
        if (log is IAsyncDisposable disposable) await disposable.DisposeAsync();
    }

    private static async Task PushAsync(IChannelLog log, int pusher)
    {
        for (int round = 0; round < Appends / Channels; round++)
        {
            for (int i = pusher; i < Channels; i += 64)
            {
                var channel = new UserId("", string.Create(CultureInfo.InvariantCulture, $"user-{i:D8}")).Channel;
                var head = (await log.LoadAsync(channel, default, CancellationToken.None)).Head;
                var notification = new Notification { Event = "order.shipped", Payload = new byte[PayloadBytes], Time = TimeProvider.System.GetUtcNow() };
                _ = await log.AppendAsync(channel, head, [notification], CancellationToken.None);
            }
        }
    }

    private static long WorkingSet()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private static string Mib(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024.0:N0} MiB");
}
