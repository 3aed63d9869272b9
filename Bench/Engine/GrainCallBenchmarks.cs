using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Hosting;

namespace Notify.Bench.Engine;

/// <summary>One caller, one call at a time: wall time and allocations. For CPU time see <see cref="EngineCpu"/>.</summary>
[Config(typeof(InProcess))]
[MemoryDiagnoser]
public class GrainCallBenchmarks
{
    private const int Calls = 1000;

    private IBenchGrain _plain = null!;
    private IHost _silo = null!;
    private IBenchGrain _grain = null!;

    [GlobalSetup]
    public void SetUp()
    {
        // BenchmarkDotNet does not await a set-up in its own process.
        _plain = BenchSilo.Plain;
        _silo = BenchSilo.StartAsync().GetAwaiter().GetResult();
        _grain = _silo.Grains().GetGrain<IBenchGrain>("a");
        _grain.Nothing().GetAwaiter().GetResult();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _silo.StopAsync().GetAwaiter().GetResult();
        _silo.Dispose();
    }

    [Benchmark(Baseline = true)]
    public Task PlainCall() => _plain.Nothing();

    [Benchmark]
    public Task PlainCallThatYields() => _plain.Yield();

    [Benchmark]
    public Task GrainCall() => _grain.Nothing();

    [Benchmark]
    public Task<int> GrainCallWithResult() => _grain.Add(1, 2);

    [Benchmark]
    public ValueTask<int> GrainCallWithValueTask() => _grain.OneValue();

    [Benchmark]
    public Task GrainCallWithGetGrain() => _silo.Grains().GetGrain<IBenchGrain>("a").Nothing();

    [Benchmark]
    public Task GrainCallThatYields() => _grain.Yield();

    [Benchmark(OperationsPerInvoke = Calls)]
    public Task GrainToGrain() => _grain.CallOther("b", Calls);
}
