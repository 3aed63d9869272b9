using Notify.Bench.Grains;

namespace Notify.Bench.Memory;

/// <summary>
/// Managed bytes per connected user's grain: the engine's part, the grain, its roster with one edge, the connection's entry, and its
/// place among the edge's channels; then also after one retained push of 100 bytes to each (log and dedupe window).
/// </summary>
internal static class GrainMemory
{
    private const int PayloadBytes = 100;

    public static async Task RunAsync()
    {
        Console.WriteLine(GrainsHost.Engine);
        foreach (int users in new[] { 10_000, 100_000 })
        {
            await using var host = await GrainsHost.StartAsync();
            _ = await AttachAsync(host, "first", 0);
            long empty = Settled();
            for (int i = 1; i <= users; i++) _ = await AttachAsync(host, $"user-{i}", i);
            long idle = Settled();
            for (int i = 1; i <= users; i++) _ = await host.Grains.GetGrain<IUserGrain>($"user-{i}").Push(new() { Payload = new byte[PayloadBytes] });
            await host.ReceivedAsync(users);
            long pushed = Settled();
            Console.WriteLine($"{users,9:N0} users, idle: {(idle - empty) / (double)users,7:N0} bytes each; after one push each: {(pushed - empty) / (double)users,7:N0}");
        }
    }

    private static Task<AttachResult> AttachAsync(GrainsHost host, string user, int number) =>
        host.Grains.GetGrain<IUserGrain>(user).Attach(host.Report(user, number));

    private static long Settled()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
