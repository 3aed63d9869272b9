using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Notify.SampleService;

/// <summary>
/// Ships orders and tells a user of each, until it is acknowledged. The id of a notification comes from the business event, so that trying
/// again never tells it twice.
/// </summary>
internal abstract partial class OrderLoop(string way, IOptions<SampleOptions> options, TimeProvider time, ILogger logger) : BackgroundService
{
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];

    /// <summary>One attempt to push.</summary>
    protected abstract Task<PushReceipt> PushAsync(string user, Notification notification, CancellationToken cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Every, time);
        try
        {
            for (int order = 1; await timer.WaitForNextTickAsync(stoppingToken); order++)
            {
                var notification = Notification.Json("order.shipped", new { order, way }) with { Id = $"order-{way}-{_run}-{order}" };
                while (!await TryAsync(notification, stoppingToken)) _ = await timer.WaitForNextTickAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task<bool> TryAsync(Notification notification, CancellationToken cancellationToken)
    {
        try
        {
            var receipt = await PushAsync(options.Value.User, notification, cancellationToken);
            LogPushed(notification.Id, options.Value.User, way, receipt.Connections);
            return true;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it was, it is not acknowledged: again, with the same id.
            LogNotPushed(notification.Id, way, failure);
            return false;
        }
    }

    [LoggerMessage(3001, LogLevel.Information, "{Id} told to {User} {Way}: {Connections} connections")]
    private partial void LogPushed(string id, string user, string way, int connections);

    [LoggerMessage(3002, LogLevel.Warning, "{Id} is not acknowledged {Way}; it is pushed again")]
    private partial void LogNotPushed(string id, string way, Exception failure);
}
