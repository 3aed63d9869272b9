using System.Globalization;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd;

/// <summary>Pushes to nobody: what they leave in memory is what the settings allow.</summary>
[Collection(Heavy.Name)]
public sealed class MemoryOfPushesTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("Memory")]
    [InlineData("File")]
    public async Task Growth_By200000PushesTo50000Channels_IsAtMost13TimesTheLimitAnd64MiB(string store)
    {
        const string limitMib = "256"; // the default of both stores
        using var folder = new TemporaryFolder();
        using var child = ChildProcess.Start(MemoryOfPushes.Name, store, limitMib, folder.Path);
        string? line = await child.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(4), TestContext.Current.CancellationToken);
        long[] said = [.. (line ?? throw new InvalidOperationException("The child process ended without a word.")).Split(" of ").Select(number => long.Parse(number, CultureInfo.InvariantCulture))];
        output.WriteLine($"{store}: grown by {said[0] >> 20} MiB, allowed {said[1] >> 20} MiB");
        Assert.InRange(said[0], 0, said[1]);
    }
}
