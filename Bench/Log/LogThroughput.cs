using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Notify.Grains.Log;
using Notify.Grains.Log.Files;
using Notify.Silo.Log.Postgres;

namespace Notify.Bench.Log;

/// <summary>
/// Durable appends per second: one pusher, which waits for an fsync each time, and 64, whose appends gather. The disk's own rate of
/// write + fsync is measured in the same run, before and after.
/// </summary>
internal static class LogThroughput
{
    private const int PayloadBytes = 200;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(string folder, string? connectionString)
    {
        Directory.CreateDirectory(folder);
        double before = MeasureDisk(folder, PayloadBytes);
        double batches = MeasureDisk(folder, 64 * (PayloadBytes + 100));
        Say($"disk: {before:N0} write+fsync/s of {PayloadBytes} bytes, {batches:N0}/s of 64 records");
        await MeasureAsync("file", pushers => OpenFileAsync(Path.Combine(folder, $"log-{pushers}")), batches);
        Say($"disk again: {MeasureDisk(folder, PayloadBytes):N0} write+fsync/s");
        if (connectionString is not null) await MeasureAsync("PostgreSQL", _ => OpenPostgresAsync(connectionString), null);
    }

    private static async Task MeasureAsync(string store, Func<int, Task<(IDurableChannelLog, Func<long>)>> open, double? batchesPerSecond)
    {
        double one = await MeasureAsync(store, open, 1);
        double many = await MeasureAsync(store, open, 64);
        double more = await MeasureAsync(store, open, 512);
        Say($"{store}: 64 pushers are {many / one:N1} times one, 512 are {more / one:N1} times one");
        if (batchesPerSecond is { } rate) Say($"{store}: 64 pushers reach {many / (rate * 64):P0} of 64 appends for each fsync that the disk does");
    }

    private static async Task<double> MeasureAsync(string store, Func<int, Task<(IDurableChannelLog, Func<long>)>> open, int pushers)
    {
        var (log, commits) = await open(pushers);
        await using var _ = log;
        var clock = Stopwatch.StartNew();
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        long[] counts = await Task.WhenAll(Enumerable.Range(0, pushers).Select(pusher => Task.Run(() => PushAsync(log, pusher, clock))));
        double seconds = clock.Elapsed.TotalSeconds;
        process.Refresh();
        double micros = (process.TotalProcessorTime - cpu).TotalMicroseconds / counts.Sum();
        double perSecond = counts.Sum() / seconds;
        Say($"{store}, {pushers,3} pushers: {perSecond,8:N0} appends/s, {commits() / seconds:N0} commits/s of {counts.Sum() / (double)commits():N1} appends, {micros:N1} µs of CPU per append");
        return perSecond;
    }

    private static async Task<(IDurableChannelLog, Func<long>)> OpenFileAsync(string path)
    {
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        var log = new FileChannelLog(new() { Path = path }, new(TimeSpan.FromMinutes(10), 10_000), TimeProvider.System, NullLogger<FileChannelLog>.Instance);
        await log.OpenAsync(CancellationToken.None);
        return (log, () => log.CommitCount);
    }

    private static async Task<(IDurableChannelLog, Func<long>)> OpenPostgresAsync(string connectionString)
    {
        var log = new PostgresChannelLog(
            new() { ConnectionString = connectionString }, new(), new(TimeSpan.FromMinutes(10), 10_000), TimeProvider.System, NullLogger<PostgresChannelLog>.Instance);
        await log.OpenAsync(CancellationToken.None);
        return (log, () => log.CommitCount);
    }

    private static async Task<long> PushAsync(IDurableChannelLog log, int pusher, Stopwatch clock)
    {
        var channel = new UserId("", string.Create(CultureInfo.InvariantCulture, $"user-{pusher:D6}")).Channel;
        byte[] payload = new byte[PayloadBytes];
        var head = (await log.LoadAsync(channel, default, CancellationToken.None)).Head;
        long count = 0;
        for (; clock.Elapsed < Duration; count++)
        {
            var notification = new Notification { Event = "order.shipped", Payload = payload, Time = TimeProvider.System.GetUtcNow() };
            head = (await log.AppendAsync(channel, head, [notification], CancellationToken.None)).Head;
        }

        return count;
    }

    private static double MeasureDisk(string folder, int bytes)
    {
        string path = Path.Combine(folder, "disk");
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        byte[] data = new byte[bytes];
        var clock = Stopwatch.StartNew();
        int count = 0;
        for (; clock.Elapsed < Duration / 2; count++)
        {
            RandomAccess.Write(file, data, (long)count * bytes);
            RandomAccess.FlushToDisk(file);
        }

        double rate = count / clock.Elapsed.TotalSeconds;
        file.Dispose();
        File.Delete(path);
        return rate;
    }

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
