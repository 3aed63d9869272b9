using System.Diagnostics;

namespace Notify.Bench.Grains;

/// <summary>
/// Pushes to grains of this process until an edge's observer has them: CPU of the process per push, from Push to the confirmed batch.
/// </summary>
internal static class GrainPushes
{
    private const int Users = 1_000;
    private const int Callers = 16;

    public static async Task RunAsync()
    {
        Console.WriteLine(GrainsHost.Engine);
        await using var host = await GrainsHost.StartAsync();
        for (int i = 0; i < Users; i++) _ = await host.Grains.GetGrain<IUserGrain>($"user-{i}").Attach(host.Report($"user-{i}", i));
        _ = await host.Grains.GetGrain<ICompanyGrain>("company").Attach(new(host.Edge, 1, 1, []));
        foreach (int round in Enumerable.Range(1, 3))
        {
            await MeasureAsync(host, $"round {round}, single users", i => host.Grains.GetGrain<IUserGrain>($"user-{i % Users}"), 200_000);
            await MeasureAsync(host, $"round {round}, one company", _ => host.Grains.GetGrain<ICompanyGrain>("company"), 200_000);
        }
    }

    private static async Task MeasureAsync(GrainsHost host, string what, Func<int, IChannelGrain> find, int pushes)
    {
        byte[] payload = new byte[100];
        (long before, long folded) = (host.Received, host.Folded);
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        long allocated = GC.GetTotalAllocatedBytes();
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            for (int i = caller; i < pushes; i += Callers)
            {
                // As requests do: a loop of calls that complete at once would keep the pump from getting a thread.
                await Task.Yield();
                _ = await find(i).Push(new() { Payload = payload });
            }
        })));
        await host.ReceivedAsync(before + pushes);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var used = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        Console.WriteLine(
            $"{what}: {pushes / elapsed.TotalSeconds,9:N0} pushes/s, {used.TotalMicroseconds / pushes,6:N2} µs CPU and {(GC.GetTotalAllocatedBytes() - allocated) / pushes:N0} bytes per push, {Callers} in flight, {host.Folded - folded:N0} folded");
    }
}
