using Microsoft.Extensions.Options;
using Notify.Grains.Log;
using Notify.Grains.Telemetry;

namespace Notify.Silo.Health;

/// <summary>
/// Knows whether the channel log takes writes: by what was committed since the last look, else by a write of its own, one at a time and
/// bounded. Whoever asks waits for nothing.
/// </summary>
internal sealed partial class LogProbe : BackgroundService
{
    private const string NotYet = "The channel log has not been written to yet.";

    private readonly IChannelLog _log;
    private readonly HealthOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<LogProbe> _logger;
    private readonly string _store;
    private volatile string? _fault = NotYet;
    private long _seenCommits;
    private long _seenFailures;

    public LogProbe(IChannelLog log, IOptions<HealthOptions> options, IOptions<ChannelLogOptions> store, TimeProvider time, SiloMetrics metrics, ILogger<LogProbe> logger)
    {
        (_log, _options, _time, _logger, _store) = (log, options.Value, time, logger, store.Value.Store.ToString());
        if (log is not IDurableChannelLog) _fault = null; // memory takes what it is given
        metrics.Observe("notify.log.writable", "", "1: the log took the last write; 0: it did not.", () => _fault is null ? 1 : 0);
    }

    /// <summary>Null: the log takes writes; else what is wrong, without names and addresses.</summary>
    public string? Fault => _fault;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_log is not IDurableChannelLog durable) return;
        using var timer = new PeriodicTimer(_options.ProbeEvery, _time);
        try
        {
            do
            {
                await LookAsync(durable, stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task LookAsync(IDurableChannelLog durable, CancellationToken stoppingToken)
    {
        bool hasFailed = durable.FailureCount != _seenFailures;
        bool hasCommitted = durable.CommitCount != _seenCommits;
        (_seenFailures, _seenCommits) = (durable.FailureCount, durable.CommitCount);
        if (hasCommitted && !hasFailed)
        {
            Found(null);
            return;
        }

        try
        {
            using var timeout = new CancellationTokenSource(_options.ProbeTimeout, _time);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, timeout.Token);
            await durable.ProbeAsync(limit.Token).AsTask().WaitAsync(limit.Token);
            _seenCommits = durable.CommitCount; // the probe may be one of them
            Found(null);
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            // Whatever the store threw: the next look tries again.
            Found(failure);
        }
    }

    private void Found(Exception? failure)
    {
        bool wasWritable = _fault is null;
        if (failure is not null)
        {
            _fault = $"The channel log ({_store}) does not take writes.";
            if (wasWritable) LogNotWritable(_store, failure);
        }
        else if (!wasWritable)
        {
            if (_fault != NotYet) LogWritable(_store);
            _fault = null;
        }
    }

    [LoggerMessage(1701, LogLevel.Error, "The channel log ({Store}) does not take writes: this silo is not ready, and pushes that must be stored are not acknowledged")]
    private partial void LogNotWritable(string store, Exception failure);

    [LoggerMessage(1702, LogLevel.Information, "The channel log ({Store}) takes writes again")]
    private partial void LogWritable(string store);
}
