namespace Notify.EdgeHost;

/// <summary>The executable: an edge in a process of its own.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => EdgeProcess.RunAsync(args);
}
