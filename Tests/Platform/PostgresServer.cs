using System.Diagnostics;
using Npgsql;
using Notify.Tests.Platform;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Notify.Tests.Platform;

/// <summary>
/// A PostgreSQL server of the tests' own, of Debian's packages, in a temporary folder, reached by a socket in it. Started when the first
/// test needs it; stopped and deleted with the test process, however that ends.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly SemaphoreSlim _lock = new(1);
    private string? _folder;
    private string _programs = "";
    private Process? _cleaner;
    private int _schemas;

    /// <summary>How to reach the server's database "postgres".</summary>
    public async Task<string> GetConnectionStringAsync()
    {
        await _lock.WaitAsync();
        try
        {
            if (_folder is null) await CreateAsync();
            return $"Host={_folder};Username=notify;Database=postgres";
        }
        finally
        {
            _lock.Release();
        }
    }

    /// <summary>A name for tables of one test.</summary>
    public string NewSchema() => $"test_{Interlocked.Increment(ref _schemas)}";

    public Task StartAsync() => ControlAsync("start", "-w", "-t", "60", "-l", $"{_folder}/log", "-o", $"-k {_folder} -c listen_addresses='' -c max_connections=300");

    /// <summary>Ends it in order, or as a crash would.</summary>
    public Task StopAsync(bool asCrash = false) => ControlAsync("stop", "-w", "-m", asCrash ? "immediate" : "fast");

    public async ValueTask DisposeAsync()
    {
        if (_cleaner is not null)
        {
            NpgsqlConnection.ClearAllPools();
            _cleaner.StandardInput.Close();
            await _cleaner.WaitForExitAsync();
            _cleaner.Dispose();
        }

        _lock.Dispose();
    }

    private async Task CreateAsync()
    {
        _programs = FindPrograms();
        _folder = Directory.CreateTempSubdirectory("notify-pg-").FullName;
        if (Environment.IsPrivilegedProcess) await RunAsync("chown", "postgres:", _folder);

        // Whatever becomes of this process, the end of its standard input tells the shell to clean up.
        string stop = string.Join(' ', AsUser($"{_programs}/pg_ctl", "-D", $"{_folder}/data", "-m", "immediate", "stop"));
        _cleaner = Process.Start(new ProcessStartInfo("sh", ["-c", $"cat > /dev/null; {stop} > /dev/null 2>&1; rm -rf {_folder}"]) { RedirectStandardInput = true });
        await RunAsync(AsUser($"{_programs}/initdb", "-D", $"{_folder}/data", "-U", "notify", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"));
        await StartAsync();
    }

    private Task ControlAsync(params string[] arguments) => RunAsync(AsUser([$"{_programs}/pg_ctl", "-D", $"{_folder}/data", .. arguments]));

    private static string FindPrograms()
    {
        const string Debian = "/usr/lib/postgresql";
        var versions = Directory.Exists(Debian) ? Directory.GetDirectories(Debian) : [];
        string? found = versions.Where(version => File.Exists($"{version}/bin/initdb"))
            .MaxBy(version => int.TryParse(Path.GetFileName(version), out int number) ? number : 0);
        return found is null ? throw new InvalidOperationException("PostgreSQL is missing: apt-get install postgresql") : $"{found}/bin";
    }

    // The server refuses to run as root.
    private static string[] AsUser(params string[] command) => Environment.IsPrivilegedProcess ? ["runuser", "-u", "postgres", "--", .. command] : command;

    private static async Task RunAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = "/", RedirectStandardOutput = true })
            ?? throw new InvalidOperationException($"{command[0]} did not start.");
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}.");
    }
}
