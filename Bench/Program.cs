using BenchmarkDotNet.Running;
using Notify.Bench.Engine;
using Notify.Bench.Grains;
using Notify.Bench.Memory;

switch (args)
{
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
    default:
        Console.Error.WriteLine(
            """
            memory grains               bytes per connected user's grain, idle and after a push
            grains push                 CPU per push, from the call to the edge's confirmation
            micro engine-cpu            CPU and wall time of grain calls, with 1 and 8 callers
            micro engine-memory         bytes per idle activation
            micro [--filter '*name*']   BenchmarkDotNet
            """);
        return 2;
}
