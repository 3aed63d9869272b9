using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Notify.Grains.Log;
using Notify.Grains.Log.Files;

namespace Notify.Bench.Log;

/// <summary>
/// Durable appends per second: one pusher, which waits for an fsync each time, and 64, whose appends gather. The disk's own rate of
/// write + fsync is measured in the same run, before and after.
/// </summary>
internal static class LogThroughput
{
    private const int PayloadBytes = 200;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        double before = MeasureDisk(folder, PayloadBytes);
        double batches = MeasureDisk(folder, 64 * (PayloadBytes + 100));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"disk                  {before,10:N0} write+fsync/s of {PayloadBytes} bytes, {batches:N0}/s of 64 records"));
        var one = await MeasureAsync(folder, 1);
        var many = await MeasureAsync(folder, 64);
        var more = await MeasureAsync(folder, 512);
        double after = MeasureDisk(folder, PayloadBytes);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"disk again            {after,10:N0} write+fsync/s"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"64 pushers / 1 pusher {many / one,10:N1} times; 512 / 1: {more / one:N1}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"64 pushers            {many / (batches * 64),10:P0} of what 64 appends per fsync would give"));
    }

    private static async Task<double> MeasureAsync(string folder, int pushers)
    {
        string path = Path.Combine(folder, $"log-{pushers}");
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        var options = new ChannelLogOptions { Path = path };
        await using var log = new FileChannelLog(options, new(TimeSpan.FromMinutes(10), 10_000), TimeProvider.System, NullLogger<FileChannelLog>.Instance);
        await log.OpenAsync(CancellationToken.None);
        var clock = Stopwatch.StartNew();
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        long[] counts = await Task.WhenAll(Enumerable.Range(0, pushers).Select(pusher => Task.Run(() => PushAsync(log, pusher, clock))));
        double seconds = clock.Elapsed.TotalSeconds;
        process.Refresh();
        double perSecond = counts.Sum() / seconds;
        double batch = counts.Sum() / (double)log.CommitCount;
        double micros = (process.TotalProcessorTime - cpu).TotalMicroseconds / counts.Sum();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{pushers,3} pushers           {perSecond,10:N0} appends/s, {log.CommitCount / seconds:N0} fsyncs/s, {batch:N1} appends each, {micros:N1} µs of CPU per append"));
        return perSecond;
    }

    private static async Task<long> PushAsync(FileChannelLog log, int pusher, Stopwatch clock)
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
}
