using Notify.EdgeHost.Telemetry;

namespace Notify.EdgeHost.Delivery;

/// <summary>
/// Makes the calls that the channels ask for and brings their outcomes back to the worker. Starting one is for the worker;
/// the number in flight is bounded by whoever asks <see cref="HasRoom"/>.
/// </summary>
internal sealed class ChannelCalls(
    IGrainFactory grains, EdgeId edge, DeliveryWorker worker, TimeSpan timeout, int limitInFlight, TimeProvider clock, EdgeMetrics metrics, ILogger logger)
{
    private long _version;
    private int _inFlight;
    private TaskCompletionSource? _idle;

    /// <summary>Whether another call may start.</summary>
    public bool HasRoom => _inFlight < limitInFlight;

    /// <summary>Reports this edge's members.</summary>
    public void Attach(ChannelEntry entry, Action<ChannelEntry, AttachResult?> done)
    {
        var request = new AttachRequest(edge, ++_version, entry.Members.Count, entry.ReportedConnections(), entry.Channel.VerifyHead);
        Start(async () => await grains.GetChannel(entry.Id).Attach(request).WaitAsync(timeout, clock), "attach", entry.Id, result => done(entry, result));
    }

    /// <summary>Reports that this edge has none.</summary>
    public void Detach(ChannelId channel, Action<bool> done)
    {
        var request = new DetachRequest(edge, ++_version);
        Start(DetachAsync, "detach", channel, result => done(result is not null));

        async Task<object?> DetachAsync()
        {
            await grains.GetChannel(channel).Detach(request).WaitAsync(timeout, clock);
            return request;
        }
    }

    /// <summary>Reads what is missing.</summary>
    public void Read(ChannelEntry entry, ChannelRead read, Action<ChannelEntry, ChannelPage?> done, string name = "read") =>
        Start(async () => await grains.GetChannel(entry.Id).Read(read).WaitAsync(timeout, clock), name, entry.Id, page => done(entry, page));

    /// <summary>Worker only: done when no call is in flight.</summary>
    public Task WhenIdleAsync() => _inFlight == 0 ? Task.CompletedTask : (_idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private void Start<T>(Func<Task<T?>> call, string name, ChannelId channel, Action<T?> done)
        where T : class
    {
        _inFlight++;
        metrics.CallsUnderWay(1);
        _ = RunAsync(); // its end is counted by the worker: WhenIdleAsync waits for it

        async Task RunAsync()
        {
            T? result = null;
            long started = clock.GetTimestamp();
            try
            {
                result = await call().ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Whatever failed, nobody knows whether the call was applied: the channel tries again.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                EdgeLog.ChannelCallFailed(logger, name, channel, failure);
            }

            metrics.Called(name, result is not null, clock.GetElapsedTime(started));
            worker.Post(() =>
            {
                metrics.CallsUnderWay(-1);
                if (--_inFlight == 0)
                {
                    _idle?.SetResult();
                    _idle = null;
                }

                done(result);
            });
        }
    }
}
