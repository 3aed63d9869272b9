using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Engine.Embedded;

/// <summary>The engine Embedded never crosses a process: the executables that would need to say so.</summary>
public sealed class ExecutablesTests
{
    [Theory, InlineData("Notify.Silo.dll"), InlineData("Notify.EdgeHost.dll"), InlineData("Notify.SampleService.dll")]
    public async Task Start_OnEmbedded_SaysSoInOneSentenceAndExits(string assembly)
    {
        await using var program = RunningProgram.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, assembly)], AppContext.BaseDirectory);

        Assert.Equal(1, await program.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("NotifyEngine=Orleans", program.Output, StringComparison.Ordinal);
        Assert.Single(program.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
