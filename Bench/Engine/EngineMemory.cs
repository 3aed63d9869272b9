namespace Notify.Bench.Engine;

/// <summary>Bytes of managed memory per idle activation of a grain without fields, with its key of some 12 characters.</summary>
internal static class EngineMemory
{
    public static async Task RunAsync()
    {
        using var silo = await BenchSilo.StartAsync();
        var grains = silo.Grains();
        await grains.GetGrain<IBenchGrain>("first").Nothing();
        Console.WriteLine(BenchSilo.Engine);
        foreach (var count in new[] { 10_000, 100_000 })
        {
            var before = Settled();
            for (var i = 0; i < count; i++)
                await grains.GetGrain<IBenchGrain>($"{count}/{i}").Nothing();
            Console.WriteLine($"{count,9:N0} activations: {(Settled() - before) / (double)count,8:N0} bytes each");
        }

        await silo.StopAsync();
    }

    private static long Settled()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
