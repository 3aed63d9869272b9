using System.Collections.Concurrent;
using System.Reflection;
using Notify.Tests.Platform;
using Xunit.v3;

[assembly: HungTests]

namespace Notify.Tests.Platform;

/// <summary>A test that does not end is named, and ends the run: otherwise the run would say nothing, for ever.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class HungTestsAttribute : BeforeAfterTestAttribute
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(Environment.GetEnvironmentVariable("NOTIFY_LONG") is null ? 10 : 120);
    private static readonly ConcurrentDictionary<string, (string Name, DateTimeOffset Start)> Running = new();
    private static readonly ITimer Watch = TimeProvider.System.CreateTimer(_ => Look(), null, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));

    /// <inheritdoc/>
    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        GC.KeepAlive(Watch);
        Running[test.UniqueID] = (test.TestDisplayName, TimeProvider.System.GetUtcNow());
    }

    /// <inheritdoc/>
    public override void After(MethodInfo methodUnderTest, IXunitTest test) => Running.TryRemove(test.UniqueID, out _);

    private static void Look()
    {
        var since = TimeProvider.System.GetUtcNow() - Limit;
        string[] hung = [.. Running.Values.Where(test => test.Start < since).Select(test => test.Name)];
        if (hung.Length == 0) return;
        Console.Error.WriteLine($"Not at its end after {Limit.TotalMinutes:0} minutes, so the run ends here: {string.Join(", ", hung)}");
        Environment.Exit(1);
    }
}
