namespace Notify.Silo.Engine;

/// <summary>The executable on the engine Embedded: there is no silo apart from the process that needs it.</summary>
internal static class SiloHost
{
    /// <summary>Says so; exit code 1.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        _ = arguments;
        await Console.Error.WriteLineAsync("A silo of its own needs a build with NotifyEngine=Orleans; the engine Embedded runs in one process: start Standalone.");
        return 1;
    }
}
