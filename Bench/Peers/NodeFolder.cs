using System.Diagnostics;

namespace Notify.Bench.Peers;

/// <summary>Where the servers of Node and Bun are, with their packages from npm.</summary>
internal static class NodeFolder
{
    /// <summary>Beside this program.</summary>
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "Peers", "node");

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private static readonly Lazy<Task<string?>> Filling = new(InstallAsync);

    /// <summary>Installs the packages unless they are there, once; a sentence if that cannot be done.</summary>
    public static Task<string?> FillAsync() => Filling.Value;

    private static async Task<string?> InstallAsync()
    {
        if (Directory.Exists(System.IO.Path.Combine(Path, "node_modules", "ws"))) return null;
        try
        {
            var start = new ProcessStartInfo("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]) { WorkingDirectory = Path };
            using var npm = Process.Start(start)!;
            using var limit = new CancellationTokenSource(Limit);
            try
            {
                await npm.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                npm.Kill(entireProcessTree: true);
                return $"npm install took more than {Limit.TotalMinutes} minutes";
            }

            return npm.ExitCode == 0 ? null : $"npm install ended with {npm.ExitCode}";
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            return $"npm: {missing.Message}";
        }
    }
}
