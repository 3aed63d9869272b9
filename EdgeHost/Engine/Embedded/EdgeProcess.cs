namespace Notify.EdgeHost;

/// <summary>The embedded engine never crosses a process: an edge of its own has no silo to talk to.</summary>
internal static class EdgeProcess
{
    public static async Task<int> RunAsync(string[] args)
    {
        _ = args;
        await Console.Error.WriteLineAsync(
            "An edge in a process of its own needs a build with NotifyEngine=Orleans; the engine Embedded runs in one process: start Standalone.");
        return 1;
    }
}
