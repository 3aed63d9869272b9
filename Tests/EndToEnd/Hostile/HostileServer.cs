using System.Globalization;
using Notify.Tests.EdgeHost.Security;
using Notify.Tests.EdgeHost.Security.Tokens;
using Notify.Tests.EndToEnd.Faults;
using Notify.Tests.Platform;

namespace Notify.Tests.EndToEnd.Hostile;

/// <summary>The real Standalone in Production with keys, with short time-outs; what it costs and says is looked at from outside.</summary>
internal sealed class HostileServer : IAsyncDisposable
{
    private readonly StandaloneProcess _process = new(Settings());
    private HttpClient? _http;

    public Uri Address => _process.Address;

    /// <summary>What it has written.</summary>
    public string Output => _process.Output;

    public async Task StartAsync()
    {
        await _process.StartAsync();
        _http = new() { BaseAddress = Address };
        _http.DefaultRequestHeaders.Add("X-Api-Key", TestSecurity.PlatformKey);
    }

    /// <summary>Connections, over HTTP.</summary>
    public async Task<int> ConnectionsAsync()
    {
        string answer = await _http!.GetStringAsync(new Uri("/api/connections/count", UriKind.Relative));
        return System.Text.Json.JsonElement.Parse(answer).GetProperty("count").GetInt32();
    }

    /// <summary>Waits until only so many connections are left.</summary>
    public Task UntilConnectionsAsync(int count) => Polling.Until(async () => await ConnectionsAsync() == count, $"{count} connections to be left");

    /// <summary>What the process has of the machine's memory.</summary>
    public long ResidentBytes()
    {
        string line = File.ReadLines($"/proc/{_process.ProcessId.ToString(CultureInfo.InvariantCulture)}/status").First(one => one.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
    }

    /// <summary>Open files and sockets.</summary>
    public int OpenHandles() => Directory.GetFiles($"/proc/{_process.ProcessId.ToString(CultureInfo.InvariantCulture)}/fd").Length;

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        await _process.DisposeAsync();
    }

    private static Dictionary<string, string?> Settings()
    {
        var settings = new Dictionary<string, string?>(TestTokens.Settings)
        {
            ["Notify:Publishers:Keys:0:Name"] = "platform",
            ["Notify:Publishers:Keys:0:Hash"] = TestSecurity.HashOf(TestSecurity.PlatformKey),
            ["Notify:Authentication:FirstMessageTimeout"] = "00:00:02",
            ["Notify:Connections:PingEvery"] = "00:00:03",
            ["Notify:Connections:PingTimeout"] = "00:00:02",
            ["Kestrel:Limits:RequestHeadersTimeout"] = "00:00:02",
            ["Kestrel:Limits:KeepAliveTimeout"] = "00:00:03",
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["Logging:LogLevel:Default"] = "Warning",
            ["DOTNET_gcServer"] = "0", // so that what is kept is told from what was not collected yet
            ["DOTNET_GCgen0size"] = "1000000", // hexadecimal: 16 MiB
        };
        return settings.ToDictionary(one => one.Key.Replace(":", "__", StringComparison.Ordinal), one => one.Value);
    }
}
