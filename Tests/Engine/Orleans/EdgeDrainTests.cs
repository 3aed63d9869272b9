using System.Globalization;
using System.Text.RegularExpressions;
using Notify.Tests.EdgeHost.Lifecycle;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Engine.Orleans;

/// <summary>An edge in a process of its own.</summary>
[Collection(Heavy.Name)]
public sealed partial class EdgeDrainTests
{
    [Fact]
    public async Task Sigterm_SendsClientsAwayAndReleasesTheLeaseAtOnce()
    {
        await using var silo = await TestSilo.StartAsync();
        var environment = new Dictionary<string, string?>(DrainOfAProcess.Settings)
        {
            ["Notify__Localhost__GatewayPort"] = silo.GatewayPort.ToString(CultureInfo.InvariantCulture),
        };
        string program = Path.Combine(AppContext.BaseDirectory, "Notify.EdgeHost.dll");
        await using var edge = RunningProgram.Start("dotnet", [program], AppContext.BaseDirectory, environment);
        await edge.WaitForAsync("Now listening on: http", TimeSpan.FromSeconds(60));
        await edge.WaitForAsync("is registered and serves", TimeSpan.FromSeconds(60));
        var directory = silo.Grains.GetGrain<IEdgeDirectoryGrain>(IEdgeDirectoryGrain.Key);
        var id = Assert.Single((await directory.GetEdges()).Alive);

        _ = await DrainOfAProcess.RunAsync(edge, new(Address().Match(edge.Output).Groups[1].Value));

        // It has only just ended: without a release its lease would go on for seconds.
        var edges = await directory.GetEdges();
        Assert.DoesNotContain(id, edges.Alive);
        Assert.Contains(id, edges.Gone);
    }

    [GeneratedRegex(@"Now listening on: (http\S+)")]
    private static partial Regex Address();
}
