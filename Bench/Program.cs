using System.Globalization;
using BenchmarkDotNet.Running;
using Notify.Bench.Engine;
using Notify.Bench.Grains;
using Notify.Bench.Load;
using Notify.Bench.Log;
using Notify.Bench.Memory;
using Notify.Bench.Peers;
using Notify.Bench.Peers.Servers;

switch (args)
{
    case ["load", .. var rest]:
        return await LoadRun.RunAsync(rest);
    case ["peers", "serve", var name, var port]:
        return await PeerServers.RunAsync(name, port);
    case ["peers", .. var rest]:
        return await PeerComparison.RunAsync(rest);
    case ["micro", "engine-cpu", ..]:
        await EngineCpu.RunAsync();
        return 0;
    case ["micro", "engine-memory", ..]:
        await EngineMemory.RunAsync();
        return 0;
    case ["micro", .. var rest]:
        BenchmarkSwitcher.FromAssembly(typeof(EngineCpu).Assembly).Run(rest);
        return 0;
    case ["memory", "grains"]:
        await GrainMemory.RunAsync();
        return 0;
    case ["grains", "push"]:
        await GrainPushes.RunAsync();
        return 0;
    case ["log", "throughput", .. var rest]:
        await LogThroughput.RunAsync(rest.ElementAtOrDefault(0) ?? "artifacts/log", rest.ElementAtOrDefault(1));
        return 0;
    case ["log", "memory", ("memory" or "file") and var store, var limitMib, .. var rest]:
        await LogMemory.RunAsync(store, long.Parse(limitMib, CultureInfo.InvariantCulture) << 20, rest.FirstOrDefault("artifacts/log"));
        return 0;
    default:
        Console.Error.WriteLine(
            """
            load --url … (load --help)  load on a deployment: latency, and whether anything is lost
            peers (peers --help)        beside SignalR, raw WebSockets, Bun, Node ws and socket.io: CPU, latency, memory
            memory grains               bytes per connected user's grain, idle and after a push
            grains push                 CPU per push, from the call to the edge's confirmation
            micro engine-cpu            CPU and wall time of grain calls, with 1 and 8 callers
            micro engine-memory         bytes per idle activation
            log throughput [folder [connection string]]
                                        durable appends per second with 1, 64 and 512 pushers, and the disk's own rate
            log memory memory|file MiB [folder]
                                        growth by 200,000 appends to 50,000 channels
            micro [--filter '*name*']   BenchmarkDotNet
            """);
        return 2;
}
