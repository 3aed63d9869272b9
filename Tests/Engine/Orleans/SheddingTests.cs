using Notify.Tests.Platform;
using Orleans.Configuration;
using Orleans.Hosting;
using Xunit;

namespace Notify.Tests.Silo;

public sealed class SheddingTests
{
    [Fact]
    public async Task Start_WhenActivationsWouldBeShedUnderMemoryPressure_IsRefused()
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(async () => await TestSilo.StartAsync(
            silo => silo.Configure<GrainCollectionOptions>(options => options.EnableActivationSheddingOnMemoryPressure = true)));
        Assert.Contains("EnableActivationSheddingOnMemoryPressure must be off", failure.ToString(), StringComparison.Ordinal);
    }
}
