using Notify.Grains.Log;
using Notify.Grains.Log.Files;
using Notify.Tests.Platform;

namespace Notify.Tests.Grains.Log.Files;

public sealed class FileChannelLogTests : DurableChannelLogTests
{
    private readonly TemporaryFolder _folder = new();

    private protected override async Task<IDurableChannelLog> OpenAsync()
    {
        var options = new ChannelLogOptions
        {
            Path = _folder.Path,
            Users = new() { CountLimit = 5, AgeLimit = TimeSpan.FromHours(1) },
            File = new() { SegmentBytes = 16 << 10 },
        };
        var log = new FileChannelLog(options, new(TimeSpan.FromMinutes(10), 1_000), Time, new TestOutputLogger<FileChannelLog>());
        await log.OpenAsync(Cancellation);
        return log;
    }

    private protected override ValueTask CleanUpAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
