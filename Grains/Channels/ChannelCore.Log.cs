using Microsoft.Extensions.Logging;
using Notify.Streams;

namespace Notify.Grains.Channels;

// The channel's head and its log.
internal sealed partial class ChannelCore
{
    private Position _head;      // the edges of the roster were sent everything up to here
    private bool _isLoaded;      // false: the log may be ahead of _head
    private Task? _loading;

    /// <summary>Reads a page of what is retained.</summary>
    public async Task<ChannelPage> ReadAsync(ChannelRead request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.LimitEntries is < 1 or > 1_000) throw new ArgumentException("A page has 1 to 1,000 notifications.");
        if (request.LimitBytes < 1) throw new ArgumentException("A page has at least one byte.");
        using var cancellation = new CancellationTokenSource();
        return await AskLogAsync(services.Log.ReadAsync(channel, request, cancellation.Token), cancellation);
    }

    /// <summary>Loads head and dedupe window unless they are known; edges hear of a head that moved unseen.</summary>
    private Task LoadAsync()
    {
        if (_isLoaded) return Task.CompletedTask;
        if (_loading is not null) return _loading;
        var loading = LoadCoreAsync();
        if (!loading.IsCompleted) _loading = loading;
        return loading;
    }

    private async Task LoadCoreAsync()
    {
        try
        {
            using var cancellation = new CancellationTokenSource();
            var state = await AskLogAsync(services.Log.LoadAsync(channel, _head, cancellation.Token), cancellation);
            if (!state.Recent.IsEmpty) Dedupe.Merge(state.Recent);
            bool hasMoved = _head.IsKnown && _head != state.Head;
            _head = state.Head;
            _isLoaded = true;
            if (hasMoved) Send(new() { Kind = DeliveryKind.Head, Channel = channel, Position = _head });
        }
        finally
        {
            _loading = null;
        }
    }

    private async Task LoadForRosterAsync()
    {
        try
        {
            await LoadAsync();
        }
        catch (Exception failure)
        {
            // Whatever the store threw: it need not be known to the caller's process.
            LogLoadFailed(services.Logger, channel, failure);
            throw new NotAcknowledgedException("The channel's log did not answer; try again.");
        }
    }

    /// <summary>Waits for the log for as long as the option says.</summary>
    private async ValueTask<T> AskLogAsync<T>(ValueTask<T> answer, CancellationTokenSource cancellation)
    {
        if (answer.IsCompletedSuccessfully) return await answer;
        try
        {
            return await answer.AsTask().WaitAsync(services.Options.LogTimeout, services.Clock.Time);
        }
        catch (TimeoutException)
        {
            await cancellation.CancelAsync();
            throw;
        }
    }

    [LoggerMessage(1201, LogLevel.Warning, "The head of {Channel} could not be loaded")]
    private static partial void LogLoadFailed(ILogger logger, ChannelId channel, Exception failure);

    [LoggerMessage(1202, LogLevel.Warning, "An append to {Channel} has an unknown outcome")]
    private static partial void LogAppendFailed(ILogger logger, ChannelId channel, Exception failure);

    [LoggerMessage(1203, LogLevel.Warning, "Another activation of {Channel} appended: expected head {Expected}, found {Found}; this one steps down")]
    private static partial void LogSteppingDown(ILogger logger, ChannelId channel, Position expected, Position found);

    [LoggerMessage(1204, LogLevel.Error, "A commit to {Channel} failed unexpectedly")]
    private static partial void LogCommitFailed(ILogger logger, ChannelId channel, Exception failure);

    [LoggerMessage(1205, LogLevel.Error, "The log of {Channel} has lost what it acknowledged: expected head {Expected}, found {Found}; the channel goes on in a new epoch")]
    private static partial void LogLogIsBehind(ILogger logger, ChannelId channel, Position expected, Position found);
}
