using Notify.EdgeHost.Security;

namespace Notify.EdgeHost;

/// <summary>The executable: an edge in a process of its own.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args)
    {
        if (args is not ["make-key"]) return EdgeProcess.RunAsync(args);
        PublisherKey.Make(Console.Out);
        return Task.FromResult(0);
    }
}
