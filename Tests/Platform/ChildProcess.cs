using System.Diagnostics;

namespace Notify.Tests.Platform;

/// <summary>This program once more, in another role; killed with the test.</summary>
internal sealed class ChildProcess : IDisposable
{
    public const string Argument = "--child";

    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public static ChildProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Notify.Tests"), [Argument, .. arguments])
        {
            RedirectStandardOutput = true,
        };
        return new(Process.Start(start) ?? throw new InvalidOperationException("The child process did not start."));
    }

    /// <summary>The next line that it wrote; null when it has ended and everything was read.</summary>
    public Task<string?> ReadLineAsync() => _process.StandardOutput.ReadLineAsync();

    /// <summary>Ends it without notice (SIGKILL).</summary>
    public void Kill() => _process.Kill();

    /// <summary>It is gone, with its locks.</summary>
    public Task ExitedAsync() => _process.WaitForExitAsync().Within("the end of the child process");

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
