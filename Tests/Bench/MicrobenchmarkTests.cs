using System.Reflection;
using BenchmarkDotNet.Attributes;
using Notify.Bench.Codec;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Bench;

/// <summary>Each microbenchmark runs: its set-up, its body a few times, its end. Nothing is measured.</summary>
[Collection(Heavy.Name)]
public sealed class MicrobenchmarkTests
{
    public static TheoryData<string> Classes => [.. typeof(CodecBenchmarks).Assembly.GetTypes().Where(type => BodiesOf(type).Any()).Select(type => type.FullName!)];

    [Theory, MemberData(nameof(Classes))]
    public async Task Benchmarks_Run(string name)
    {
        var type = typeof(CodecBenchmarks).Assembly.GetType(name)!;
        object benchmarks = Activator.CreateInstance(type)!;
        Invoke<GlobalSetupAttribute>(benchmarks);
        try
        {
            foreach (var body in BodiesOf(type))
            {
                for (int i = 0; i < 3; i++)
                {
                    object? result = body.Invoke(benchmarks, null);
                    if (result is ValueTask<int> value) await value;
                    else if (result is Task task) await task.Within($"the end of {body.Name}");
                    else if (body.ReturnType != typeof(void)) Assert.NotEqual(0, result is byte[] bytes ? bytes.Length : result);
                }
            }
        }
        finally
        {
            Invoke<GlobalCleanupAttribute>(benchmarks);
        }
    }

    private static IEnumerable<MethodInfo> BodiesOf(Type type) => type.GetMethods().Where(method => method.IsDefined(typeof(BenchmarkAttribute)));

    private static void Invoke<T>(object benchmarks) where T : Attribute
    {
        foreach (var method in benchmarks.GetType().GetMethods().Where(method => method.IsDefined(typeof(T)))) method.Invoke(benchmarks, null);
    }
}
