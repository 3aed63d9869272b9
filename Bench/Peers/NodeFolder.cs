using System.Diagnostics;

namespace Notify.Bench.Peers;

/// <summary>Where the servers of Node and Bun are, with their packages from npm.</summary>
internal static class NodeFolder
{
    /// <summary>Beside this program.</summary>
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "Peers", "node");

    /// <summary>Installs the packages unless they are there; a sentence if that cannot be done.</summary>
    public static async Task<string?> FillAsync()
    {
        if (Directory.Exists(System.IO.Path.Combine(Path, "node_modules", "ws"))) return null;
        try
        {
            var start = new ProcessStartInfo("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]) { WorkingDirectory = Path };
            using var npm = Process.Start(start)!;
            await npm.WaitForExitAsync();
            return npm.ExitCode == 0 ? null : $"npm install ended with {npm.ExitCode}";
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            return $"npm: {missing.Message}";
        }
    }
}
