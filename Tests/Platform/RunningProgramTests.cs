using Xunit;

namespace Notify.Tests.Platform;

/// <summary>Reading a program's output must not hold the program up: tests measure such programs.</summary>
public sealed class RunningProgramTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Output_OfManyLines_IsReadAsFastAsItComes_WhateverWasAwaitedBefore()
    {
        await using var program = RunningProgram.Start("sh", ["-c", "echo ready; seq 1 200000; echo the end"], AppContext.BaseDirectory);
        await program.WaitForAsync("ready", Limit);
        await program.WaitForAsync("the end", Limit);

        Assert.Equal(0, await program.WaitForExitAsync(Limit));
    }
}
