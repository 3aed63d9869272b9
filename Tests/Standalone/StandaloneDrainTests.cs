using System.Text.RegularExpressions;
using Notify.Tests.EdgeHost.Lifecycle;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Standalone;

[Collection(Heavy.Name)]
public sealed partial class StandaloneDrainTests
{
    [Fact]
    public async Task Sigterm_SendsClientsAwaySpreadRefusesNewOnesAndEndsInTime()
    {
        using var folder = new TemporaryFolder();
        string program = Path.Combine(AppContext.BaseDirectory, "Notify.Standalone.dll");
        await using var standalone = RunningProgram.Start("dotnet", [program], folder.Path, DrainOfAProcess.Settings);
        await standalone.WaitForAsync("Notify is ready: open http", TimeSpan.FromSeconds(60));
        _ = await DrainOfAProcess.RunAsync(standalone, new(Address().Match(standalone.Output).Groups[1].Value));
    }

    [GeneratedRegex(@"Notify is ready: open (http\S+)")]
    private static partial Regex Address();
}
