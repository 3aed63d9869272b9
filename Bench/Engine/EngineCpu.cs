using System.Diagnostics;

namespace Notify.Bench.Engine;

/// <summary>
/// CPU time of the process per call, which wall time hides as soon as an engine uses several threads. Each line is
/// the median of five rounds after one to warm up.
/// </summary>
internal static class EngineCpu
{
    private const int Rounds = 5;

    public static async Task RunAsync()
    {
        using var silo = await BenchSilo.StartAsync();
        var grains = silo.Grains();
        var calls = BenchSilo.Engine == "Embedded" ? 4_000_000 : 400_000;
        Console.WriteLine($"{BenchSilo.Engine}, {Environment.ProcessorCount} processors, {calls:N0} calls per round");
        Console.WriteLine($"{"call",-44}{"callers",8}{"CPU ns/call",13}{"wall ns/call",14}");

        foreach (var callers in new[] { 1, 8 })
        {
            await ReportAsync("plain method, no engine", callers, calls, _ => BenchSilo.Plain, static grain => grain.Nothing());
            await ReportAsync("grain, Task", callers, calls, i => grains.GetGrain<IBenchGrain>($"own {i}"), static grain => grain.Nothing());
            await ReportAsync("grain, Task<int> of two arguments", callers, calls, i => grains.GetGrain<IBenchGrain>($"own {i}"), static grain => grain.Add(1, 2));
            await ReportAsync("grain, ValueTask<int>", callers, calls, i => grains.GetGrain<IBenchGrain>($"own {i}"), static grain => grain.OneValue().AsTask());
            await ReportAsync("one grain for all callers", callers, calls / 4, _ => grains.GetGrain<IBenchGrain>("shared"), static grain => grain.Nothing());
            await ReportAsync("plain method that yields, no engine", callers, calls / 4, _ => BenchSilo.Plain, static grain => grain.Yield());
            await ReportAsync("grain, method that yields", callers, calls / 4, i => grains.GetGrain<IBenchGrain>($"own {i}"), static grain => grain.Yield());
            await MeasureAsync("grain to grain", callers, calls, (i, count) => grains.GetGrain<IBenchGrain>($"own {i}").CallOther($"other {i}", count));
        }

        await silo.StopAsync();
    }

    private static Task ReportAsync(string name, int callers, int calls, Func<int, IBenchGrain> grainOf, Func<IBenchGrain, Task> call) =>
        MeasureAsync(name, callers, calls, async (caller, count) =>
        {
            var grain = grainOf(caller);
            for (var i = 0; i < count; i++)
                await call(grain);
        });

    private static async Task MeasureAsync(string name, int callers, int calls, Func<int, int, Task> run)
    {
        // Calls made in one go from one grain must end before its caller's time-out.
        const int Most = 100_000;
        var measured = new List<(double Cpu, double Wall)>();
        for (var round = 0; round <= Rounds; round++)
        {
            GC.Collect();
            using var process = Process.GetCurrentProcess();
            var (cpu, wall) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
            await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
            {
                for (var left = calls / callers; left > 0; left -= Most)
                    await run(caller, Math.Min(left, Most));
            })));
            process.Refresh();
            var count = calls / callers * callers;
            if (round > 0)
                measured.Add(((process.TotalProcessorTime - cpu).TotalNanoseconds / count, Stopwatch.GetElapsedTime(wall).TotalNanoseconds / count));
        }

        var median = measured.OrderBy(one => one.Cpu).ElementAt(Rounds / 2);
        Console.WriteLine($"{name,-44}{callers,8}{median.Cpu,13:N0}{median.Wall,14:N0}");
    }
}
