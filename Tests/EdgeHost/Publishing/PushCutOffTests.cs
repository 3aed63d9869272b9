using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Notify.Tests.EndToEnd.Hostile;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Publishing;

/// <summary>Publishers that go in the middle of a push.</summary>
public sealed class PushCutOffTests
{
    private const int Publishers = 2_000;
    private const int AtOnce = 64;
    private const string PartOfAPush = "POST /api/push/users/nobody HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";

    [Fact]
    public async Task Push_ResetWithinItsBody_IsNoFailureOfTheServer()
    {
        using var captured = new CapturedLogs(LogLevel.Error);
        await using var platform = await TestPlatform.StartAsync(new() { EdgeServices = services => services.AddLogging(logging => logging.AddProvider(captured)) });
        var edge = platform.Edge.Address;
        await Parallel.ForAsync(0, Publishers, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (_, cancellation) =>
        {
            using var socket = await HostileSocket.ConnectAsync(edge);
            Assert.True(await socket.SendAsync(PartOfAPush));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellation); // the body's rest is being waited for
            socket.Reset();
        });

        _ = await platform.Edge.PushAsync("/users/nobody", """{"data":1}""");
        Assert.Empty(captured.Lines);
    }
}
